/* The mark of a run. Fails never: what cannot be written is logged, and the next start may take a stop for a crash. */
#include "supervisor/main/run_mark.h"

#include <stdio.h>
#include <string.h>

#include "common/base/fd.h"
#include "common/base/log.h"
#include "common/json/json.h"

#define COMPONENT "supervisor"
#define MARK_FILE "run.json"
#define MARK_BYTES_MAX 256

const char *run_end_name(enum run_end end)
{
    switch (end) {
    case RUN_END_NONE:
        return "None";
    case RUN_END_STOPPED:
        return "Stopped";
    case RUN_END_CRASHED:
        return "Crashed";
    }
    return "";
}

void run_mark_read(int state_fd, struct run_mark *ret)
{
    struct buf text CLEANUP(buf_deinit) = BUF_INIT(MARK_BYTES_MAX);
    struct json *mark CLEANUP(json_freep) = NULL;
    struct json_error error;
    *ret = (struct run_mark){.state_fd = state_fd, .before = RUN_END_CRASHED};
    wall_format(wall_now_ms(), ret->started);
    int r = file_read(state_fd, MARK_FILE, &text);
    if (r == -ENOENT)
        ret->before = RUN_END_NONE;
    if (r < 0 || json_parse(buf_str(&text), &JSON_LIMITS_DOCUMENT, &mark, &error) != 0)
        return;
    if (strcmp(json_text(json_get(mark, "state")), "Stopped") == 0)
        ret->before = RUN_END_STOPPED;
    if (str_copy(ret->before_at, sizeof ret->before_at, json_str(json_get(mark, "at"))) < 0)
        ret->before_at[0] = '\0';
}

static void write_mark(const struct run_mark *mark, const char *state, const char *at)
{
    char text[MARK_BYTES_MAX];
    int length = snprintf(text, sizeof text, "{\"state\":\"%s\",\"at\":\"%s\"}\n", state, at);
    int r = file_write_atomic(mark->state_fd, MARK_FILE, text, (size_t)length, 0600);
    if (r < 0)
        log_warn(COMPONENT, "the mark of this run cannot be written, ignored: a stop and a crash may look the same",
                 LF_STR("state", state), LF_ERR(r));
}

void run_mark_begin(const struct run_mark *mark)
{
    if (mark->before == RUN_END_STOPPED)
        log_info(COMPONENT, "the supervisor before this one was stopped in order", LF_STR("at", mark->before_at));
    else if (mark->before == RUN_END_CRASHED)
        log_warn(COMPONENT, "the supervisor before this one did not end in order",
                 LF_STR("started", mark->before_at));
    write_mark(mark, "Running", mark->started);
}

void run_mark_stopped(const struct run_mark *mark)
{
    char now[WALL_TEXT_SIZE];
    wall_format(wall_now_ms(), now);
    write_mark(mark, "Stopped", now);
}
