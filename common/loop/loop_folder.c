/* Watches on folders (inotify). Owns one uv fs event handle and the path each; fails as inotify does (-ENOENT,
 * -ENOSPC: too many watches), and with -ESTALE when the folder was replaced meanwhile.
 *
 * When inotify's queue overflows, libuv drops the notice. Nothing is missed by an owner who only marks himself dirty
 * here and reads the folder in work at the end of the turn: the queue is empty by then, and what was dropped came
 * before. */
#include "common/loop/loop_internal.h"
#include <string.h>
#include <sys/stat.h>

struct loop_folder {
    uv_fs_event_t uv;
    loop_folder_fn *callback;
    void *context;
    struct loop *loop;
    struct stat watched; /* which folder path meant when the watch began */
    char path[];
};

/* A folder that was deleted or moved away is watched still, but no longer under its name: the owner must know. */
static int folder_gone(const struct loop_folder *watch)
{
    struct stat now;

    if (stat(watch->path, &now) < 0)
        return -errno;
    return now.st_dev == watch->watched.st_dev && now.st_ino == watch->watched.st_ino ? 0 : -ESTALE;
}

static void on_folder(uv_fs_event_t *uv, const char *name, int events, int status)
{
    struct loop_folder *watch = uv->data;

    (void)name;
    (void)events;
    watch->callback(watch->context, status < 0 ? status : folder_gone(watch)); /* may free watch */
}

/* Looks before and after: of a folder that was replaced meanwhile it is not known which one is watched. */
static int folder_start(struct loop_folder *watch)
{
    int r;

    if (stat(watch->path, &watch->watched) < 0)
        return -errno;
    if (!S_ISDIR(watch->watched.st_mode))
        return -ENOTDIR;
    r = uv_fs_event_start(&watch->uv, on_folder, watch->path, 0);
    return r < 0 ? r : folder_gone(watch);
}

int loop_folder_new(struct loop *loop, const char *path, loop_folder_fn *callback, void *context,
                    struct loop_folder **ret)
{
    size_t path_size = strlen(path) + 1;
    CLEANUP(loop_folder_freep) struct loop_folder *watch = NULL;

    watch = calloc(1, sizeof *watch + path_size);
    if (!watch)
        return -ENOMEM;
    watch->callback = callback;
    watch->context = context;
    watch->loop = loop;
    watch->uv.data = watch;
    memcpy(watch->path, path, path_size);
    check(uv_fs_event_init(&loop->uv, &watch->uv) == 0);
    loop->handle_count++;
    int r = folder_start(watch);
    if (r < 0)
        return r;
    *ret = TAKE(watch);
    return 0;
}

void loop_folder_free(struct loop_folder *watch)
{
    if (watch)
        loop_handle_free(watch->loop, (uv_handle_t *)&watch->uv);
}
