/* A worker's log, passed on as it comes. Owns the call and the way there; the stream belongs to the server. A reader who is too slow
 * loses the stream, and may ask again. */
#include "cli/page/page.h"

#include "common/http/client.h"

#define LOG_MS (INT64_C(1) << 40) /* whoever wants a log may wait for it */

static struct page_log *log_free(struct page *page)
{
    for (size_t i = 0; i < PAGE_LOGS_MAX; i++)
        if (!page->logs[i].used)
            return &page->logs[i];
    return NULL;
}

void page_log_close(struct page_log *log)
{
    kube_call_cancel(TAKE(log->call));
    log->task = NULL;
    log->ended = true;
}

static void on_stream_closed(void *context)
{
    struct page_log *log = context;
    log->stream = NULL;
    page_log_close(log);
}

static void on_open(void *context)
{
    struct page_log *log = context;
    const struct reason why = {.code = REASON_NONE};
    page_task_done(log->task, EXIT_CODE_OK, &why);
}

static void on_data(void *context, struct str data)
{
    struct page_log *log = context;
    int r = log->stream ? http_stream_push(log->stream, data) : buf_append_str(&log->early, data);
    if (r < 0 && log->stream)
        http_stream_abort(log->stream);
}

/* It never opened. */
static void tell(struct page_log *log, const struct kube_answer *answer)
{
    struct page_task *task = TAKE(log->task);
    struct reason why = answer->why;
    int exit_code = (int)ask_exit_code(answer);
    if (answer->status == 404)
        exit_code = reason_set(&why, REASON_NONE, EXIT_CODE_NOT_FOUND, "there is no log of split '%s'", task->name);
    else
        operator_port_explain(&log->port, &why);
    task->log = NULL;
    page_task_done(task, exit_code, &why);
}

static void on_done(void *context, const struct kube_answer *answer)
{
    struct page_log *log = context;
    log->call = NULL;
    if (log->stream)
        http_stream_end(log->stream);
    else if (log->task && log->task->state == PAGE_TASK_OPENING)
        tell(log, answer);
    log->ended = true;
}

static int call(struct page_log *log, struct kube_client *client, const char *split)
{
    CLEANUP(buf_deinit) struct buf path = BUF_INIT(KUBE_PATH_BYTES_MAX);
    struct kube_call_spec spec = {.method = "GET",
                                  .deadline_ms = LOG_MS,
                                  .retry_ms = -1,
                                  .on_open = on_open,
                                  .on_data = on_data,
                                  .done = on_done,
                                  .context = log};
    int r = buf_append_str(&path, STR("/sluice/v1/logs/"));
    if (r == 0)
        r = http_escape(str_of(split), &path);
    if (r == 0)
        r = buf_append_str(&path, STR("?follow=1"));
    spec.path = path.data;
    return r == 0 ? kube_client_call(client, &spec, &log->call) : r;
}

/* A split that is there no more has left its log, for a while, with the supervisor of this host. */
static int find_client(struct page *page, struct page_log *log, const char *split, struct kube_client **ret,
                       struct reason *why)
{
    struct connection connection = page->connection; /* borrowed, with a way of its own */
    const struct json *document = state_find(page->state.splits, split);
    connection.port = &log->port;
    if (!document && connection.cluster)
        return reason_set(why, REASON_NONE, EXIT_CODE_NOT_FOUND, "there is no split '%s'", split);
    return connection_process(&connection, document, ret, why);
}

void page_log_open(struct page *page, struct page_task *task)
{
    struct page_log *log = log_free(page);
    struct kube_client *client = NULL;
    struct reason why = {.code = REASON_NONE};
    if (!log) {
        reason_set(&why, REASON_NONE, 0, "%d logs are followed already", PAGE_LOGS_MAX);
        page_task_done(task, EXIT_CODE_REFUSED, &why);
        return;
    }
    *log = (struct page_log){
        .used = true, .task = task, .early = BUF_INIT(PAGE_LOG_EARLY_MAX), .port = {.access = kube_access_empty()}};
    task->state = PAGE_TASK_OPENING;
    task->log = log;
    int exit_code = find_client(page, log, task->name, &client, &why);
    int r = exit_code == EXIT_CODE_OK ? call(log, client, task->name) : 0;
    if (r < 0)
        exit_code = reason_set(&why, REASON_NONE, EXIT_CODE_INTERNAL, "%s", strerror(-r));
    if (exit_code == EXIT_CODE_OK)
        return;
    task->log = NULL;
    page_task_done(task, exit_code, &why);
    page_log_close(log);
}

void page_log_stream(struct page_log *log, struct http_response *response)
{
    log->task = NULL;
    if (http_response_stream(response, on_stream_closed, log, &log->stream) < 0) {
        page_log_close(log);
        return; /* 500, as it came */
    }
    response->status = 200;
    response->content_type = "text/plain; charset=utf-8";
    /* It is a stream by now: there is no other answer than its end. */
    if (log->early.len > 0 && http_stream_push(log->stream, buf_str(&log->early)) < 0)
        http_stream_abort(log->stream);
    else if (log->ended)
        http_stream_end(log->stream);
    buf_clear(&log->early);
}

void page_logs_sweep(struct page *page)
{
    for (size_t i = 0; i < PAGE_LOGS_MAX; i++) {
        struct page_log *log = &page->logs[i];
        if (!log->used || !log->ended || log->stream || (log->task && log->task->state == PAGE_TASK_DONE))
            continue;
        operator_port_close(&log->port);
        buf_deinit(&log->early);
        *log = (struct page_log){.used = false};
    }
}
