/* The web page: a listener on the loopback for one person's browser, until the command is ended. Included in this folder only.
 *
 * It asks the same API as the other commands, with the rights of whoever started it, so the browser never holds a credential of a
 * cluster; what the browser holds is the token of this start (gate.h). A request is taken by serve.c; what has to be asked elsewhere
 * becomes a task, which the command's main loop does, because asking turns the loop. Logs are passed on by log.c. */
#pragma once

#include "cli/page/gate.h"
#include "cli/state.h"
#include "common/base/mono.h"
#include "common/http/server.h"

enum {
    PAGE_TASKS_MAX = 32,          /* requests at hand that wait; more are told to come again */
    PAGE_TASK_KEPT_MS = 10000,    /* what was done and is not fetched, because its asker is gone */
    PAGE_LOGS_MAX = 8,            /* followed at the same time */
    PAGE_LOG_EARLY_MAX = 1 << 20, /* bytes of a log that come before its stream begins */
    PAGE_NAME_SIZE = 254,
    PAGE_HEADERS_MAX = 12,
};

enum page_task_kind { PAGE_TASK_STATUS, PAGE_TASK_FIGURES, PAGE_TASK_LOG, PAGE_TASK_END };
enum page_task_state { PAGE_TASK_FREE, PAGE_TASK_ASKED, PAGE_TASK_OPENING, PAGE_TASK_DONE };

struct page_log;
struct page_task {
    enum page_task_state state;
    enum page_task_kind kind;
    char namespace[PAGE_NAME_SIZE], name[PAGE_NAME_SIZE];
    struct http_wait *wait; /* NULL: not waited for */
    struct mono done_at;
    int exit_code; /* what came of it */
    struct reason why;
    struct page_log *log; /* of PAGE_TASK_LOG, while it is open */
};

struct page_log {
    struct kube_call *call;    /* NULL: over */
    struct operator_port port; /* its own way to a cluster's operator, so that others' failures do not end it */
    struct page_task *task;    /* until its stream begins */
    struct http_stream *stream;
    struct buf early;
    bool used, ended;
};

struct page {
    const struct options *options;
    struct connection connection;
    struct state state;  /* as it was read last */
    struct json *events; /* owned; NULL: not known */
    struct page_gate gate;
    struct http_server *server;
    struct http_header headers[PAGE_HEADERS_MAX];
    struct buf status_text, figures_text; /* the last documents, for those who wait */
    struct page_task tasks[PAGE_TASKS_MAX];
    struct page_log logs[PAGE_LOGS_MAX];
};

/* serve.c: the handler of the listener; context is the page. */
void page_serve(void *context, const struct http_request *request, struct http_response *response);
/* Fills a failed answer: {"reason", "message", "nextStep"}. */
void page_refuse(struct http_response *response, unsigned status, const struct reason *why);

/* task.c: takes a task for this request, which comes again when it is done; without room the response is filled. */
void page_task_begin(struct page *page, enum page_task_kind kind, const char *namespace, const char *name,
                     struct http_response *response);
/* The task is done; its request comes again. */
void page_task_done(struct page_task *task, int exit_code, const struct reason *why);
/* The request came again: fills its response. */
void page_task_finish(struct page *page, struct page_task *task, struct http_response *response);
/* Does what was asked for, turning the loop. From the main loop only. */
void page_tasks_work(struct page *page);

/* document.c: what the page shows, as text. namespace NULL: all. EXIT_CODE_OK or an exit status with *why. */
MUST_USE int page_read_status(struct page *page, struct reason *why);
MUST_USE int page_read_figures(struct page *page, struct reason *why);

/* log.c: opens the log that a task asks for; the task is done when it is open, or cannot be. From the main loop only. */
void page_log_open(struct page *page, struct page_task *task);
/* Turns the response into the log's stream. */
void page_log_stream(struct page_log *log, struct http_response *response);
/* Ends a log that nobody reads. */
void page_log_close(struct page_log *log);
/* Frees what is over. From the main loop only. */
void page_logs_sweep(struct page *page);
