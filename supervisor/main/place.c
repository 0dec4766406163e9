/* Folders and locks of a supervisor. Refuses folders of others; changes nothing when it fails. */
#include "supervisor/main/place.h"

#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <unistd.h>

#include "common/base/fd.h"
#include "common/base/secret.h"

/* Room for what is appended later: "/ipc/<64>.<20>.lock" and the like; the socket's own limit is checked where it is made. */
#define PATH_TAIL_MAX 128

static int format(char *path, const char *first, const char *second, const char *third)
{
    int length = snprintf(path, PLACE_PATH_SIZE, "%s%s%s", first, second, third);
    return length < 0 || length > PLACE_PATH_SIZE - PATH_TAIL_MAX ? -ENAMETOOLONG : 0;
}

static const char *variable(const char *name)
{
    const char *value = getenv(name);
    return value && value[0] == '/' ? value : NULL;
}

static int derive(const char *hash, struct place *place)
{
    char uid[32];
    const char *state = variable("STATE_DIRECTORY"), *runtime = variable("RUNTIME_DIRECTORY");
    const char *state_home = variable("XDG_STATE_HOME"), *home = variable("HOME");
    const char *runtime_home = variable("XDG_RUNTIME_DIR"), *logs = variable("LOGS_DIRECTORY");
    int r = 0;
    place->runtime_shared[0] = '\0';
    snprintf(uid, sizeof uid, "/sluice-%u", (unsigned)geteuid());
    if (!runtime)
        r = format(place->runtime_shared, runtime_home ? runtime_home : "/tmp", uid, "");
    if (r < 0)
        return r;
    if (state)
        r = format(place->state, state, "", "");
    else if (state_home)
        r = format(place->state, state_home, "/sluice/", hash);
    else
        r = home ? format(place->state, home, "/.local/state/sluice/", hash) : -ENOENT;
    if (r == 0)
        r = runtime ? format(place->runtime, runtime, "", "")
                    : format(place->runtime, place->runtime_shared, "/", hash);
    if (r == 0)
        r = logs ? format(place->logs, logs, "", "") : format(place->logs, place->state, "/logs", "");
    return r ? r : format(place->api_socket, place->runtime, "/api.sock", "");
}

static int refuse_state(int r, const char *what, struct reason *why)
{
    if (r == -EPERM)
        return reason_set(why, REASON_FOLDER_UNSAFE, PLACE_STATE,
                          "%.400s: it is not a folder of the supervisor's user that others cannot write", what);
    return reason_set(why, REASON_STATE_UNWRITABLE, PLACE_STATE, "%.400s: %s", what, strerror(-r));
}

/* A folder under /tmp may have been made by somebody else: it must be ours alone. */
static int check_ours(const char *path)
{
    struct stat status;
    if (lstat(path, &status) < 0)
        return -errno;
    if (!S_ISDIR(status.st_mode) || status.st_uid != geteuid() || (status.st_mode & 022))
        return -EPERM;
    return 0;
}

static int make(const char *path, struct reason *why)
{
    int r = folder_make(path, 0700);
    if (r == 0)
        r = check_ours(path);
    return r < 0 ? refuse_state(r, path, why) : 0;
}

/* What an attacker owns above our folder could be swapped below us. */
static int make_runtime(const struct place *place, struct reason *why)
{
    char ipc[PLACE_PATH_SIZE];
    int r = place->runtime_shared[0] ? make(place->runtime_shared, why) : 0;
    if (r == 0)
        r = make(place->runtime, why);
    if (r == 0 && format(ipc, place->runtime, "/ipc", "") < 0)
        r = refuse_state(-ENAMETOOLONG, place->runtime, why);
    if (r == 0)
        r = make(ipc, why);
    if (r == 0 && chmod(ipc, 0700) < 0) /* S-13, whatever it was */
        r = refuse_state(-errno, ipc, why);
    return r;
}

static int make_all(const struct place *place, struct reason *why)
{
    int r = make(place->state, why);
    if (r == 0)
        r = make(place->logs, why);
    return r ? r : make_runtime(place, why);
}

static int lock(const char *folder, int *ret_fd, struct reason *why)
{
    char path[PLACE_PATH_SIZE];
    int r = format(path, folder, "/lock", "");
    if (r == 0)
        r = file_lock(AT_FDCWD, path, ret_fd);
    if (r == -EWOULDBLOCK)
        return reason_set(why, REASON_STATE_LOCKED, PLACE_LOCKED, "another supervisor holds %.400s", path);
    return r < 0 ? refuse_state(r, path, why) : 0;
}

int place_open(const char *dir, struct place *ret, struct reason *why)
{
    struct place place = {.state_fd = -1, .state_lock = -1, .runtime_lock = -1};
    char hash[SHA256_TEXT_SIZE];
    char *real CLEANUP(cleanup_freep) = realpath(dir, NULL);
    if (!real || format(place.manifests, real, "", ""))
        return reason_set(why, REASON_MANIFEST_UNREADABLE, PLACE_CONFIG, "the folder of manifests %.300s: %s", dir,
                          real ? "its path is too long" : strerror(errno));
    sha256_hex(str_of(real), hash);
    hash[16] = '\0';
    int r = derive(hash, &place);
    if (r == -ENOENT)
        return reason_set(why, REASON_STATE_UNWRITABLE, PLACE_STATE,
                          "none of STATE_DIRECTORY, XDG_STATE_HOME and HOME names a folder for the state");
    if (r < 0)
        return refuse_state(r, "the path of the state or runtime folder", why);
    r = make_all(&place, why);
    if (r == 0)
        r = lock(place.state, &place.state_lock, why);
    if (r == 0)
        r = lock(place.runtime, &place.runtime_lock, why);
    if (r == 0) {
        place.state_fd = open(place.state, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
        r = place.state_fd < 0 ? refuse_state(-errno, place.state, why) : 0;
    }
    if (r) {
        place_close(&place);
        return r;
    }
    *ret = place;
    return 0;
}

static int derive_shared(const char *guardian_socket, struct place *place)
{
    const char *slash = strrchr(guardian_socket, '/');
    if (!slash || slash == guardian_socket || guardian_socket[0] != '/')
        return -EINVAL;
    if (str_copy(place->runtime, sizeof place->runtime - PATH_TAIL_MAX,
                 (struct str){guardian_socket, (size_t)(slash - guardian_socket)}) < 0)
        return -ENAMETOOLONG;
    return format(place->logs, place->runtime, "/logs", "");
}

int place_open_shared(const char *guardian_socket, struct place *ret, struct reason *why)
{
    struct place place = {.state_fd = -1, .state_lock = -1, .runtime_lock = -1};
    int r = derive_shared(guardian_socket, &place);
    if (r < 0)
        return reason_set(why, REASON_STATE_UNWRITABLE, PLACE_CONFIG,
                          "%.300s: the path of the guardian's socket must be absolute and not too long",
                          guardian_socket);
    r = make_runtime(&place, why);
    if (r == 0)
        r = make(place.logs, why);
    if (r == 0)
        r = lock(place.runtime, &place.runtime_lock, why);
    if (r)
        place_close(&place);
    else
        *ret = place;
    return r;
}

void place_close(struct place *place)
{
    fd_closep(&place->state_fd);
    fd_closep(&place->state_lock);
    fd_closep(&place->runtime_lock);
}
