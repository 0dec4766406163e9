/* See socket_find.h. A socket that nobody listens at counts only when there is no other: its supervisor may be on its way up
 * again, or dead for good. Below /tmp only a folder of the user's own counts, for others could lay a socket there. */
#include "cli/socket_find.h"
#include "cli/exit_code.h"

#include "common/base/buf.h"
#include "common/base/fd.h"
#include <glob.h>
#include <stdio.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/un.h>
#include <unistd.h>

enum { SOCKETS_MAX = 16, LIST_BYTES_MAX = 400 };

struct socket_found {
    char path[SOCKET_PATH_SIZE];
    bool answers;
};
struct socket_list {
    struct socket_found items[SOCKETS_MAX];
    size_t count;
};

static const char *variable(const struct socket_query *query, const char *name)
{
    const char *value = query->lookup(name);
    return value && value[0] ? value : NULL;
}

static bool answers(const char *path)
{
    struct sockaddr_un address = {.sun_family = AF_UNIX};
    CLEANUP(fd_closep) int fd = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);
    if (fd < 0 || str_copy(address.sun_path, sizeof address.sun_path, str_of(path)) < 0)
        return false;
    return connect(fd, (struct sockaddr *)&address, sizeof address) == 0 || errno == EAGAIN;
}

static void list_add(struct socket_list *list, const char *path)
{
    struct stat status;
    struct socket_found found = {.answers = false};
    if (list->count == SOCKETS_MAX || str_copy(found.path, sizeof found.path, str_of(path)) < 0)
        return;
    if (stat(path, &status) < 0 || !S_ISSOCK(status.st_mode))
        return;
    for (size_t i = 0; i < list->count; i++)
        if (strcmp(list->items[i].path, path) == 0)
            return;
    found.answers = answers(path);
    list->items[list->count++] = found;
}

static void list_glob(struct socket_list *list, const char *pattern)
{
    glob_t found;
    if (glob(pattern, GLOB_NOSORT, NULL, &found) != 0)
        return;
    for (size_t i = 0; i < found.gl_pathc; i++)
        list_add(list, found.gl_pathv[i]);
    globfree(&found);
}

static bool is_own_folder(const char *path, uid_t uid)
{
    struct stat status;
    return lstat(path, &status) == 0 && S_ISDIR(status.st_mode) && status.st_uid == uid;
}

static void list_fill(struct socket_list *list, const struct socket_query *query)
{
    char path[SOCKET_PATH_SIZE + 16];
    const char *runtime = variable(query, "RUNTIME_DIRECTORY"), *user = variable(query, "XDG_RUNTIME_DIR");
    if (runtime) {
        snprintf(path, sizeof path, "%s/api.sock", runtime);
        list_add(list, path);
    }
    snprintf(path, sizeof path, "%s/sluice-%u", user ? user : "/tmp", (unsigned)query->uid);
    if (is_own_folder(path, query->uid)) {
        snprintf(path, sizeof path, "%s/sluice-%u/*/api.sock", user ? user : "/tmp", (unsigned)query->uid);
        list_glob(list, path);
    }
    snprintf(path, sizeof path, "%s/api.sock", query->system_root);
    list_add(list, path);
    snprintf(path, sizeof path, "%s/*/api.sock", query->system_root);
    list_glob(list, path);
}

static int refuse_several(const struct socket_list *list, struct reason *why)
{
    CLEANUP(buf_deinit) struct buf text = BUF_INIT(LIST_BYTES_MAX);
    for (size_t i = 0; i < list->count; i++)
        if (buf_printf(&text, "%s%s", i ? ", " : "", list->items[i].path) < 0)
            break; /* as many as a message can hold */
    return reason_set(why, REASON_NONE, EXIT_CODE_USAGE, "there are %zu supervisors; choose one with --socket: %s",
                      list->count, text.data ? text.data : "");
}

static int choose(struct socket_list *list, char ret_path[SOCKET_PATH_SIZE], struct reason *why)
{
    size_t alive = 0;
    for (size_t i = 0; i < list->count; i++)
        if (list->items[i].answers)
            list->items[alive++] = list->items[i];
    list->count = alive ? alive : list->count;
    if (list->count == 0)
        return reason_set(
            why, REASON_NONE, EXIT_CODE_UNREACHABLE,
            "no supervisor runs here, and no kubeconfig names a cluster; start one with: sluice-supervisor "
            "--standalone DIR");
    if (list->count > 1)
        return refuse_several(list, why);
    check(str_copy(ret_path, SOCKET_PATH_SIZE, str_of(list->items[0].path)) == 0);
    return 0;
}

int socket_find(const struct socket_query *query, char ret_path[SOCKET_PATH_SIZE], struct reason *why)
{
    struct socket_list list = {.count = 0};
    list_fill(&list, query);
    return choose(&list, ret_path, why);
}

bool socket_alive(const struct socket_query *query, char ret_path[SOCKET_PATH_SIZE])
{
    struct socket_list list = {.count = 0};
    list_fill(&list, query);
    for (size_t i = 0; i < list.count; i++)
        if (list.items[i].answers) {
            check(str_copy(ret_path, SOCKET_PATH_SIZE, str_of(list.items[i].path)) == 0);
            return true;
        }
    return false;
}
