/* What a request waits for. The handler may not ask others itself, because asking turns the loop that called it. */
#include "cli/page/page.h"

static void on_closed(void *context)
{
    struct page_task *task = context;
    task->wait = NULL;
    task->state = PAGE_TASK_FREE;
}

static struct page_task *task_free(struct page *page)
{
    for (size_t i = 0; i < PAGE_TASKS_MAX; i++)
        if (page->tasks[i].state == PAGE_TASK_FREE)
            return &page->tasks[i];
    return NULL;
}

static void refuse_busy(struct http_response *response)
{
    struct reason why;
    reason_set(&why, REASON_NONE, 0, "too many ask at the moment; ask again");
    page_refuse(response, 503, &why);
}

void page_task_begin(struct page *page, enum page_task_kind kind, const char *namespace, const char *name,
                     struct http_response *response)
{
    struct page_task *task = task_free(page);
    if (!task || http_response_wait(response, on_closed, task, &task->wait) < 0) {
        refuse_busy(response);
        return;
    }
    struct http_wait *wait = task->wait;
    *task = (struct page_task){.state = PAGE_TASK_ASKED, .kind = kind, .wait = wait};
    str_copy_cut(task->namespace, sizeof task->namespace, str_of(namespace));
    str_copy_cut(task->name, sizeof task->name, str_of(name));
}

void page_task_done(struct page_task *task, int exit_code, const struct reason *why)
{
    struct http_wait *wait = TAKE(task->wait);
    task->state = PAGE_TASK_DONE;
    task->exit_code = exit_code;
    if (exit_code != EXIT_CODE_OK)
        task->why = *why;
    task->done_at = mono_now();
    if (wait)
        http_wait_over(wait);
}

/* --- The request came again --- */

static unsigned http_status(int exit_code)
{
    switch (exit_code) {
    case EXIT_CODE_NOT_FOUND:
        return 404;
    case EXIT_CODE_NOT_PERMITTED:
        return 403;
    case EXIT_CODE_REFUSED:
        return 409;
    case EXIT_CODE_INTERNAL:
        return 500;
    default:
        return 502; /* whom we ask does not answer, or not as it should */
    }
}

static void answer_text(struct http_response *response, const struct buf *text)
{
    if (buf_append_str(&response->body, buf_str(text)) < 0)
        return; /* 500, as it came */
    response->status = 200;
    response->content_type = "application/json";
}

static void answer(struct page *page, struct page_task *task, struct http_response *response)
{
    switch (task->kind) {
    case PAGE_TASK_STATUS:
        answer_text(response, &page->status_text);
        return;
    case PAGE_TASK_FIGURES:
        answer_text(response, &page->figures_text);
        return;
    case PAGE_TASK_LOG:
        page_log_stream(task->log, response);
        return;
    case PAGE_TASK_END:
        response->status = 204;
        return;
    }
}

void page_task_finish(struct page *page, struct page_task *task, struct http_response *response)
{
    if (task->exit_code == EXIT_CODE_OK)
        answer(page, task, response);
    else
        page_refuse(response, http_status(task->exit_code), &task->why);
    task->state = PAGE_TASK_FREE;
}

/* --- The main loop --- */

static int end_session(struct page *page, const struct page_task *task, struct reason *why)
{
    CLEANUP(buf_deinit) struct buf path = BUF_INIT(KUBE_PATH_BYTES_MAX);
    int r = ask_path(KIND_SPLIT_SESSION, task->namespace, task->name, &path);
    if (r < 0)
        return reason_set(why, REASON_NONE, EXIT_CODE_INTERNAL, "%s", strerror(-r));
    return ask_wait(page->connection.client, "DELETE", path.data, NULL, NULL, why);
}

/* One answer serves all who wait for the same by then. */
static void answer_all(struct page *page, enum page_task_kind kind, int exit_code, const struct reason *why)
{
    for (size_t i = 0; i < PAGE_TASKS_MAX; i++)
        if (page->tasks[i].state == PAGE_TASK_ASKED && page->tasks[i].kind == kind)
            page_task_done(&page->tasks[i], exit_code, why);
}

static void work(struct page *page, struct page_task *task)
{
    struct reason why = {.code = REASON_NONE};
    int exit_code;
    switch (task->kind) {
    case PAGE_TASK_STATUS:
        exit_code = page_read_status(page, &why);
        answer_all(page, PAGE_TASK_STATUS, exit_code, &why);
        return;
    case PAGE_TASK_FIGURES:
        exit_code = page_read_figures(page, &why);
        answer_all(page, PAGE_TASK_FIGURES, exit_code, &why);
        return;
    case PAGE_TASK_LOG:
        page_log_open(page, task);
        return;
    case PAGE_TASK_END:
        exit_code = end_session(page, task, &why);
        page_task_done(task, exit_code, &why);
        return;
    }
}

/* Done for somebody who did not come again. */
static void forget(struct page_task *task)
{
    if (task->state != PAGE_TASK_DONE || !mono_reached(mono_now(), mono_after(task->done_at, PAGE_TASK_KEPT_MS)))
        return;
    if (task->kind == PAGE_TASK_LOG && task->log)
        page_log_close(task->log);
    task->state = PAGE_TASK_FREE;
}

void page_tasks_work(struct page *page)
{
    for (size_t i = 0; i < PAGE_TASKS_MAX; i++) {
        if (page->tasks[i].state == PAGE_TASK_ASKED)
            work(page, &page->tasks[i]);
        forget(&page->tasks[i]);
    }
}
