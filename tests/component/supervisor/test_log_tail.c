/* Logs of workers, line by line for another place: each once, also over restarts, and in order. */
#include "supervisor/main/log_tail.h"

#include "common/base/buf.h"
#include "common/base/fd.h"
#include "tests/unit/cmocka_all.h"
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/xattr.h>
#include <unistd.h>

#define WORKER "split-0123456789abcdef"

struct desk {
    char folder[64];
    struct loop *loop;
    struct log_tail *tail;
    struct buf got; /* "worker:line|" */
    bool refuse;
};

static int take(void *context, const char *worker, struct str line)
{
    struct desk *desk = context;
    if (desk->refuse)
        return -EAGAIN;
    assert_int_equal(buf_append_str(&desk->got, str_of(worker)), 0);
    assert_int_equal(buf_append_str(&desk->got, STR(":")), 0);
    assert_int_equal(buf_append_str(&desk->got, line), 0);
    assert_int_equal(buf_append_str(&desk->got, STR("|")), 0);
    return 0;
}

static void put(const struct desk *desk, const char *file, const char *text, int flags)
{
    char path[128];
    snprintf(path, sizeof path, "%s/%s", desk->folder, file);
    int fd CLEANUP(fd_closep) = open(path, O_WRONLY | O_CREAT | O_CLOEXEC | flags, 0600);
    assert_int_equal(fd_write_all(fd, text, strlen(text)), 0);
}

static void begin(struct desk *desk)
{
    assert_int_equal(log_tail_new(desk->loop, desk->folder, take, desk, &desk->tail), 0);
}

/* The end looks once more, so nothing has to be waited for. */
static void end(struct desk *desk, const char *wanted)
{
    log_tail_free(desk->tail);
    desk->tail = NULL;
    assert_int_equal(buf_append(&desk->got, "", 1), 0);
    assert_string_equal(desk->got.data, wanted);
    buf_deinit(&desk->got);
    desk->got = BUF_INIT(1 << 20);
}

static void each_line_is_given_once(void **state)
{
    struct desk *desk = *state;
    begin(desk);
    put(desk, WORKER ".log", "one\ntwo\nhal", O_APPEND);
    put(desk, WORKER ".log.1", "older\n", O_APPEND);
    put(desk, "target.default.app.log", "no worker's\n", O_APPEND);
    end(desk, WORKER ":one|" WORKER ":two|");
    begin(desk); /* another supervisor */
    put(desk, WORKER ".log", "f\nthree\n", O_APPEND);
    end(desk, WORKER ":half|" WORKER ":three|");
    put(desk, WORKER ".log", "new\n", O_TRUNC); /* rotated: copied away and emptied in place */
    begin(desk);
    end(desk, WORKER ":new|");
}

static void what_is_refused_comes_again(void **state)
{
    struct desk *desk = *state;
    put(desk, WORKER ".log", "one\n\ntwo\n", O_APPEND);
    desk->refuse = true;
    begin(desk);
    end(desk, "");
    desk->refuse = false;
    begin(desk);
    end(desk, WORKER ":one|" WORKER ":two|");
}

/* Whatever a worker wrote: no line waits for an end that does not come. */
static void a_line_without_end_is_given_in_parts(void **state)
{
    struct desk *desk = *state;
    char *text = calloc(1, (40 << 10) + 1);
    memset(text, 'x', 40 << 10);
    put(desk, WORKER ".log", text, O_APPEND);
    begin(desk);
    log_tail_free(desk->tail);
    desk->tail = NULL;
    assert_int_equal(desk->got.len, strlen(WORKER) + 2 + (32 << 10));
    free(text);
}

static int desk_open(void **state)
{
    struct desk *desk = calloc(1, sizeof *desk);
    desk->got = BUF_INIT(1 << 20);
    snprintf(desk->folder, sizeof desk->folder, "/tmp/sluice-tail-XXXXXX");
    *state = desk;
    return mkdtemp(desk->folder) && loop_new(&desk->loop) == 0 ? 0 : -1;
}

static int desk_close(void **state)
{
    struct desk *desk = *state;
    static const char *const files[] = {WORKER ".log", WORKER ".log.1", "target.default.app.log"};
    char path[128];
    for (size_t i = 0; i < sizeof files / sizeof *files; i++) {
        snprintf(path, sizeof path, "%s/%s", desk->folder, files[i]);
        unlink(path);
    }
    rmdir(desk->folder);
    log_tail_free(desk->tail);
    loop_free(desk->loop);
    buf_deinit(&desk->got);
    free(desk);
    return 0;
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(each_line_is_given_once, desk_open, desk_close),
        cmocka_unit_test_setup_teardown(what_is_refused_comes_again, desk_open, desk_close),
        cmocka_unit_test_setup_teardown(a_line_without_end_is_given_in_parts, desk_open, desk_close),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
