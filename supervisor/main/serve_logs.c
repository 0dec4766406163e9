/* Logs of workers as text. Each follower is a file descriptor and an offset, looked at four times a second. */
#include "supervisor/main/serve_logs.h"

#include <fcntl.h>
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <unistd.h>

#include "common/base/fd.h"
#include "common/base/log.h"
#include "supervisor/fleet/fleet.h"

struct follower {
    struct serve_logs *logs;
    struct http_stream *stream; /* NULL: free */
    char path[PATH_MAX];
    off_t offset;
};

struct serve_logs {
    const struct store *store;
    const char *log_dir;
    struct loop_timer *timer;
    struct follower followers[SERVE_LOGS_FOLLOWED_MAX];
    size_t followed;
};

static void on_closed(void *context)
{
    struct follower *follower = context;
    follower->stream = NULL;
    if (--follower->logs->followed == 0)
        loop_timer_stop(follower->logs->timer);
}

/* Appends what stands in the file from *offset on, at most the tail's size. A file that became shorter was rotated: it is
 * read from its start. */
static int read_from(const char *path, off_t *offset, struct buf *buf)
{
    struct stat status;
    char *room = NULL;
    int fd CLEANUP(fd_closep) = open(path, O_RDONLY | O_CLOEXEC | O_NOFOLLOW);
    if (fd < 0 || fstat(fd, &status) < 0)
        return errno == ENOENT ? 0 : -errno;
    if (status.st_size < *offset)
        *offset = 0;
    size_t length = (size_t)(status.st_size - *offset);
    if (length > SERVE_LOGS_TAIL_BYTES)
        length = SERVE_LOGS_TAIL_BYTES;
    int r = length ? buf_reserve(buf, length, &room) : 0;
    if (r < 0 || length == 0)
        return r;
    ssize_t got = pread(fd, room, length, *offset);
    if (got < 0)
        return -errno;
    buf->len += (size_t)got;
    *offset += got;
    return 0;
}

static void look(struct follower *follower)
{
    struct buf text CLEANUP(buf_deinit) = BUF_INIT(SERVE_LOGS_TAIL_BYTES);
    int r = read_from(follower->path, &follower->offset, &text);
    if (r == 0 && text.len)
        r = http_stream_push(follower->stream, buf_str(&text));
    if (r < 0) /* the client reads too slowly, or the log cannot be read: it may ask again */
        http_stream_abort(follower->stream);
}

static void on_timer(void *context)
{
    struct serve_logs *logs = context;
    for (size_t i = 0; i < SERVE_LOGS_FOLLOWED_MAX; i++)
        if (logs->followers[i].stream)
            look(&logs->followers[i]);
}

int serve_logs_new(struct loop *loop, const struct store *store, const char *log_dir, struct serve_logs **ret)
{
    struct serve_logs *logs CLEANUP(serve_logs_freep) = calloc(1, sizeof *logs);
    if (!logs)
        return -ENOMEM;
    logs->store = store;
    logs->log_dir = log_dir;
    int r = loop_timer_new(loop, on_timer, logs, &logs->timer);
    if (r == 0)
        *ret = TAKE(logs);
    return r;
}

void serve_logs_free(struct serve_logs *logs)
{
    if (!logs)
        return;
    loop_timer_free(logs->timer);
    free(logs);
}

struct search {
    const char *name;
    bool found;
};

static void match(void *context, const struct resource_key *key, const struct json *document)
{
    struct search *search = context;
    (void)document;
    search->found = search->found || strcmp(key->name, search->name) == 0;
}

/* The file of a worker's log. Of one without a record (the split was removed, or it only checked a cluster) while it is kept.
 * False: there is none. */
static bool find_log(const struct serve_logs *logs, const char *worker, char path[PATH_MAX])
{
    char file[NAME_MAX + 1], named[GUARDIAN_SPLIT_SIZE];
    struct search search = {.name = worker};
    store_each(logs->store, KIND_QUEUE_SPLIT, NULL, match, &search);
    if (snprintf(file, sizeof file, "%s.log", worker) >= (int)sizeof file ||
        snprintf(path, PATH_MAX, "%s/%s", logs->log_dir, file) >= PATH_MAX)
        return false;
    return search.found || (fleet_log_name(file, named) && access(path, F_OK) == 0);
}

static int start_following(struct serve_logs *logs, const char *path, off_t offset, const struct buf *first,
                           struct http_response *response)
{
    for (size_t i = 0; i < SERVE_LOGS_FOLLOWED_MAX; i++) {
        struct follower *follower = &logs->followers[i];
        if (follower->stream)
            continue;
        int r = http_response_stream(response, on_closed, follower, &follower->stream);
        if (r < 0)
            return r;
        follower->logs = logs;
        follower->offset = offset;
        snprintf(follower->path, sizeof follower->path, "%s", path);
        if (logs->followed++ == 0)
            loop_timer_repeat(logs->timer, SERVE_LOGS_PERIOD_MS);
        /* The response is a stream by now: there is no other answer than its end. */
        if (first->len && http_stream_push(follower->stream, buf_str(first)) < 0)
            http_stream_abort(follower->stream);
        return 0;
    }
    return -EBUSY;
}

static int answer(struct serve_logs *logs, const char *path, bool follow, struct http_response *response)
{
    struct stat status;
    struct buf text CLEANUP(buf_deinit) = BUF_INIT(SERVE_LOGS_TAIL_BYTES);
    off_t offset = stat(path, &status) == 0 && status.st_size > SERVE_LOGS_TAIL_BYTES
                       ? status.st_size - SERVE_LOGS_TAIL_BYTES
                       : 0;
    int r = read_from(path, &offset, &text);
    if (r == 0)
        r = follow ? start_following(logs, path, offset, &text, response)
                   : buf_append_str(&response->body, buf_str(&text));
    return r;
}

void serve_logs_answer(void *context, const struct http_request *request, struct http_response *response)
{
    struct serve_logs *logs = context;
    const char *follow = http_request_query(request, "follow"), *worker = strrchr(request->path, '/') + 1;
    char path[PATH_MAX];
    if (!find_log(logs, worker, path)) {
        response->status = 404;
        return;
    }
    response->status = 200;
    response->content_type = "text/plain; charset=utf-8";
    int r = answer(logs, path, follow && strcmp(follow, "0") != 0, response);
    if (r < 0) {
        log_warn("supervisor.serve", "a log cannot be read", LF_STR("worker", worker), LF_ERR(r));
        response->status = r == -EBUSY ? 503 : 500;
    }
}
