/* The last words of a worker that nobody had stopped: how it ended, and the end of its log (lines of a log have no secrets in them, nor
 * contents of messages). Bounded; what cannot be read is left out. */
#include <fcntl.h>
#include <stdio.h>
#include <sys/stat.h>
#include <unistd.h>

#include "common/base/fd.h"
#include "common/base/log.h"
#include "supervisor/fleet/fleet_entry.h"

#define LINES_MAX 50
#define LINE_BYTES_MAX 500
#define LOG_END_BYTES (64 << 10)

static int end_read(const struct fleet *fleet, const char *worker, struct buf *text)
{
    char path[4096], *room = NULL;
    struct stat status;
    if (snprintf(path, sizeof path, "%s/%s.log", fleet->config.log_dir, worker) >= (int)sizeof path)
        return -ENAMETOOLONG;
    int fd CLEANUP(fd_closep) = open(path, O_RDONLY | O_CLOEXEC | O_NOFOLLOW);
    if (fd < 0 || fstat(fd, &status) < 0)
        return -errno;
    size_t length = status.st_size < LOG_END_BYTES ? (size_t)status.st_size : LOG_END_BYTES;
    int r = buf_reserve(text, length + 1, &room);
    if (r < 0)
        return r;
    ssize_t got = pread(fd, room, length, status.st_size - (off_t)length);
    text->len = got < 0 ? 0 : (size_t)got;
    return got < 0 ? -errno : 0;
}

/* Where the last lines begin; a first one that the reading has cut is left out. */
static struct str last_lines(struct str text, bool whole)
{
    size_t at = text.len, lines = 0;
    if (at > 0 && text.data[at - 1] == '\n')
        text.len = --at;
    while (at > 0 && (text.data[at - 1] != '\n' || ++lines < LINES_MAX))
        at--;
    if (at == 0 && !whole)
        at = (size_t)(str_find(text, STR("\n")) + 1);
    return (struct str){text.data + at, text.len - at};
}

static int lines_append(struct str text, struct json *list)
{
    int r = 0;
    while (r == 0 && text.len > 0) {
        ptrdiff_t end = str_find(text, STR("\n"));
        struct str line = {text.data, end < 0 ? text.len : (size_t)end};
        size_t used = line.len + (end >= 0);
        char cut[LINE_BYTES_MAX + 1];
        str_copy_cut(cut, sizeof cut, line);
        r = json_append_take(list, json_new_text(cut));
        text = (struct str){text.data + used, text.len - used};
    }
    return r;
}

static int log_end_write(const struct fleet *fleet, const char *worker, struct json *words)
{
    struct buf text CLEANUP(buf_deinit) = BUF_INIT(LOG_END_BYTES + 2);
    struct json *list CLEANUP(json_freep) = json_new_array();
    int r = list ? end_read(fleet, worker, &text) : -ENOMEM;
    if (r < 0 && r != -ENOMEM)
        log_debug(COMPONENT_FLEET, "the end of a log cannot be read, ignored", LF_STR("worker", worker), LF_ERR(r));
    if (r != -ENOMEM)
        r = lines_append(last_lines(buf_str(&text), text.len < LOG_END_BYTES), list);
    return r ? r : json_set_take(words, "log", TAKE(list));
}

static int words_of(const struct fleet *fleet, const struct fleet_entry *entry, const struct reason *why,
                    struct json **ret)
{
    struct json *words CLEANUP(json_freep) = json_new_object();
    char now[WALL_TEXT_SIZE];
    wall_format(wall_now_ms(), now);
    int r = words ? json_set_int(words, "incarnation", (int64_t)entry->incarnation) : -ENOMEM;
    if (r == 0)
        r = json_set_text(words, "at", now);
    if (r == 0)
        r = json_set_text(words, "reason", reason_name(why->code));
    if (r == 0)
        r = json_set_text(words, "message", why->text);
    if (r == 0)
        r = log_end_write(fleet, entry->worker, words);
    if (r == 0)
        *ret = TAKE(words);
    return r;
}

void fleet_words_keep(const struct fleet *fleet, struct fleet_entry *entry, const struct reason *why)
{
    struct json *words = NULL;
    int r = words_of(fleet, entry, why, &words);
    if (r < 0) {
        log_warn(COMPONENT_FLEET, "the last words of a worker are lost", LF_STR("worker", entry->worker), LF_ERR(r));
        return;
    }
    json_free(entry->last_words);
    entry->last_words = words;
}
