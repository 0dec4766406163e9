/* See journal.h. Cannot block: a journal that does not keep up is told so to the caller. */
#include "common/base/journal.h"

#include <ctype.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/un.h>
#include <unistd.h>

#include "common/base/fd.h"

#define JOURNAL_SOCKET "/run/systemd/journal/socket"

struct level_row {
    const char *text, *json;
    char priority; /* of syslog(3) */
};
static const struct level_row levels[] = {
    {"ERROR ", "\"level\":\"error\"", '3'}, {"WARN ", "\"level\":\"warn\"", '4'},
    {"INFO ", "\"level\":\"info\"", '6'},   {"DEBUG ", "\"level\":\"debug\"", '7'},
    {"TRACE ", "\"level\":\"trace\"", '7'},
};
#define PRIORITY_UNKNOWN '5' /* nothing of the log: what a library or the kernel's last word says should be seen */

int journal_open(int *ret_fd)
{
    struct sockaddr_un address = {.sun_family = AF_UNIX, .sun_path = JOURNAL_SOCKET};
    const char *stream = getenv("JOURNAL_STREAM");
    struct stat status;
    char own[48];
    if (!stream || fstat(STDERR_FILENO, &status) < 0)
        return -ENOENT;
    snprintf(own, sizeof own, "%lu:%lu", (unsigned long)status.st_dev, (unsigned long)status.st_ino);
    if (strcmp(own, stream) != 0)
        return -ENOENT;
    CLEANUP(fd_closep) int fd = socket(AF_UNIX, SOCK_DGRAM | SOCK_CLOEXEC, 0);
    if (fd < 0 || connect(fd, (const struct sockaddr *)&address, sizeof address) < 0)
        return -errno;
    *ret_fd = fd;
    fd = -1;
    return 0;
}

static bool starts_with(struct str text, const char *prefix)
{
    size_t length = strlen(prefix);
    return text.len >= length && memcmp(text.data, prefix, length) == 0;
}

/* The value after mark, up to one of the characters of end; empty: there is none. */
static struct str value_after(struct str line, const char *mark, const char *end)
{
    ptrdiff_t at = str_find(line, str_of(mark));
    if (at < 0)
        return STR("");
    struct str rest = {line.data + at + strlen(mark), line.len - (size_t)at - strlen(mark)};
    size_t length = 0;
    while (length < rest.len && !strchr(end, rest.data[length]))
        length++;
    return (struct str){rest.data, length};
}

static struct str field_of(struct str line, bool json, const char *name)
{
    char mark[32];
    snprintf(mark, sizeof mark, json ? "\"%s\":\"" : " %s=\"", name);
    struct str quoted = value_after(line, mark, "\"");
    snprintf(mark, sizeof mark, " %s=", name);
    return json || quoted.len > 0 ? quoted : value_after(line, mark, " \"");
}

/* Takes time and level off a readable line; returns the priority. */
static char take_level(struct str *line, bool json)
{
    struct str rest = *line;
    for (size_t i = 0; json && i < sizeof levels / sizeof *levels; i++)
        if (str_find(rest, str_of(levels[i].json)) >= 0)
            return levels[i].priority;
    while (rest.len > 0 && (isdigit((unsigned char)rest.data[0]) || strchr("-:.TZ", rest.data[0])))
        rest = (struct str){rest.data + 1, rest.len - 1};
    if (json || rest.len == line->len || !starts_with(rest, " "))
        return PRIORITY_UNKNOWN;
    rest = (struct str){rest.data + 1, rest.len - 1};
    for (size_t i = 0; i < sizeof levels / sizeof *levels; i++)
        if (starts_with(rest, levels[i].text)) {
            size_t length = strlen(levels[i].text);
            *line = (struct str){rest.data + length, rest.len - length};
            return levels[i].priority;
        }
    return PRIORITY_UNKNOWN;
}

/* A value with a line feed would be read as another field; a line of a log has none. */
static int add(struct buf *entry, const char *name, struct str value)
{
    if (value.len == 0 || memchr(value.data, '\n', value.len))
        return 0;
    int r = buf_append_str(entry, str_of(name));
    if (r == 0)
        r = buf_append_str(entry, STR("="));
    if (r == 0)
        r = buf_append_str(entry, value);
    return r ? r : buf_append_str(entry, STR("\n"));
}

int journal_entry(struct str line, const char *identifier, const char *split, struct buf *entry)
{
    bool json = starts_with(line, "{");
    struct str of_line = field_of(line, json, "split"), session = field_of(line, json, "session");
    if (of_line.len == 0)
        of_line = field_of(line, json, "worker"); /* the supervisor's word for the process of a split */
    const char priority = take_level(&line, json);
    int r = add(entry, "MESSAGE", line);
    if (r == 0)
        r = add(entry, "PRIORITY", (struct str){&priority, 1});
    if (r == 0)
        r = add(entry, "SYSLOG_IDENTIFIER", str_of(identifier));
    if (r == 0)
        r = add(entry, "SPLIT", split[0] ? str_of(split) : of_line);
    return r ? r : add(entry, "SESSION", session);
}

int journal_send(int fd, struct str entry)
{
    ssize_t sent = send(fd, entry.data, entry.len, MSG_DONTWAIT | MSG_NOSIGNAL);
    return sent < 0 ? -errno : 0;
}
