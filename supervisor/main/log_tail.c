/* Looks at the files of the log folder twice a second. How much of a file was given is kept at the file itself, as an extended
 * attribute, so it goes with the file; where there are none, a new supervisor gives what a file holds once more. When a log is
 * rotated, what was written since the last look is left out: it stands in the older file. Nothing here can stop anything. */
#include "supervisor/main/log_tail.h"

#include <dirent.h>
#include <fcntl.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <sys/xattr.h>
#include <unistd.h>
#include <uthash.h>

#include "common/base/buf.h"
#include "common/base/fd.h"
#include "supervisor/fleet/fleet.h"

#define LOOK_MS 500
#define READ_BYTES_MAX (256 << 10) /* of one file in one look */
#define LINE_BYTES_MAX (32 << 10)  /* a longer one is given in parts: an entry of the journal is one datagram */
#define FILES_MAX 4096
#define ATTRIBUTE "user.sluice.given"

struct tailed {
    ino_t inode;
    off_t given;
    bool seen; /* in this look */
    UT_hash_handle hh;
};

struct log_tail {
    const char *log_dir;
    log_tail_fn *sink;
    void *context;
    struct loop_timer *timer;
    struct tailed *files; /* owned, by inode */
};

static struct tailed *file_of(struct log_tail *tail, int fd, const struct stat *status)
{
    struct tailed *file = NULL;
    int64_t given = 0;
    HASH_FIND(hh, tail->files, &status->st_ino, sizeof status->st_ino, file);
    if (file || HASH_COUNT(tail->files) >= FILES_MAX)
        return file;
    file = calloc(1, sizeof *file);
    if (!file)
        return NULL;
    file->inode = status->st_ino;
    if (fgetxattr(fd, ATTRIBUTE, &given, sizeof given) == sizeof given && given >= 0)
        file->given = given;
    HASH_ADD(hh, tail->files, inode, sizeof file->inode, file);
    return file;
}

/* How many bytes of text were given. The last line may still grow. */
static size_t give_lines(const struct log_tail *tail, const char *worker, struct str text)
{
    size_t given = 0;
    while (given < text.len) {
        struct str rest = {text.data + given, text.len - given};
        ptrdiff_t end = str_find(rest, STR("\n"));
        size_t length = end < 0 ? rest.len : (size_t)end;
        if (end < 0 && rest.len < LINE_BYTES_MAX)
            break;
        bool cut = length > LINE_BYTES_MAX || end < 0;
        length = cut ? LINE_BYTES_MAX : length;
        if (length > 0 && tail->sink(tail->context, worker, (struct str){rest.data, length}) != 0)
            break;
        given += length + !cut;
    }
    return given;
}

static int read_some(int fd, off_t from, off_t size, struct buf *text)
{
    char *room = NULL;
    size_t length = size - from < READ_BYTES_MAX ? (size_t)(size - from) : READ_BYTES_MAX;
    int r = buf_reserve(text, length, &room);
    ssize_t got = r == 0 ? pread(fd, room, length, from) : -1;
    text->len = got > 0 ? (size_t)got : 0;
    return r;
}

static void look_at(struct log_tail *tail, int folder_fd, const char *name)
{
    char worker[GUARDIAN_SPLIT_SIZE];
    struct stat status;
    struct buf text CLEANUP(buf_deinit) = BUF_INIT(READ_BYTES_MAX + 1);
    if (!fleet_log_name(name, worker) || strcmp(name + strlen(name) - 4, ".log") != 0)
        return;
    int fd CLEANUP(fd_closep) = openat(folder_fd, name, O_RDONLY | O_CLOEXEC | O_NOFOLLOW);
    struct tailed *file = fd >= 0 && fstat(fd, &status) == 0 ? file_of(tail, fd, &status) : NULL;
    if (!file)
        return;
    file->seen = true;
    file->given = status.st_size < file->given ? 0 : file->given; /* rotated */
    if (status.st_size == file->given || read_some(fd, file->given, status.st_size, &text) < 0)
        return;
    size_t given = give_lines(tail, worker, buf_str(&text));
    file->given += (off_t)given;
    int64_t kept = file->given;
    if (given > 0)
        fsetxattr(fd, ATTRIBUTE, &kept, sizeof kept, 0); /* ignored: known until we end */
}

static void forget_gone(struct log_tail *tail)
{
    struct tailed *file, *next;
    HASH_ITER (hh, tail->files, file, next) {
        if (!file->seen) {
            HASH_DEL(tail->files, file);
            free(file);
        } else {
            file->seen = false;
        }
    }
}

static void on_timer(void *context)
{
    struct log_tail *tail = context;
    DIR *folder = opendir(tail->log_dir);
    if (!folder)
        return; /* who writes there says so */
    for (const struct dirent *file; (file = readdir(folder));)
        look_at(tail, dirfd(folder), file->d_name);
    closedir(folder);
    forget_gone(tail);
}

int log_tail_new(struct loop *loop, const char *log_dir, log_tail_fn *sink, void *context, struct log_tail **ret)
{
    struct log_tail *tail CLEANUP(log_tail_freep) = calloc(1, sizeof *tail);
    if (!tail)
        return -ENOMEM;
    tail->log_dir = log_dir;
    tail->sink = sink;
    tail->context = context;
    int r = loop_timer_new(loop, on_timer, tail, &tail->timer);
    if (r < 0)
        return r;
    loop_timer_repeat(tail->timer, LOOK_MS);
    *ret = TAKE(tail);
    return 0;
}

void log_tail_free(struct log_tail *tail)
{
    if (!tail)
        return;
    if (tail->timer)
        on_timer(tail); /* the last words of workers that ended with us */
    loop_timer_free(tail->timer);
    forget_gone(tail); /* they are marked as not seen by the look */
    free(tail);
}
