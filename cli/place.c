/* See place.h. */
#include "cli/place.h"
#include "cli/exit_code.h"
#include "cli/socket_find.h"

#include <stdlib.h>
#include <string.h>
#include <unistd.h>

static const char *variable(const char *name)
{
    const char *value = getenv(name);
    return value && value[0] ? value : NULL;
}

/* An option that only a cluster can be meant by. */
static const char *cluster_option(const struct options *options)
{
    if (options->context)
        return "--context";
    if (options->kubeconfig)
        return "--kubeconfig";
    return options->as ? "--as" : NULL;
}

static int use_socket(const char *path, struct kubeconfig *ret, struct reason *why)
{
    if (strlen(path) >= SOCKET_PATH_SIZE)
        return reason_set(why, REASON_NONE, EXIT_CODE_USAGE, "the socket's path is longer than %d bytes",
                          SOCKET_PATH_SIZE - 1);
    return kube_access_socket(path, &ret->access);
}

static int impersonate(const struct options *options, struct kube_access *access)
{
    if (!options->as)
        return 0;
    free(TAKE(access->as_user));
    return str_dup(str_of(options->as), &access->as_user);
}

/* ~/.kube/config is there for many reasons; beside a supervisor that runs here, nobody can know which is meant. */
static int doubtful(const struct socket_query *sockets, const char *context, struct reason *why)
{
    char path[SOCKET_PATH_SIZE];
    if (!socket_alive(sockets, path))
        return EXIT_CODE_OK;
    return reason_set(why, REASON_NONE, EXIT_CODE_USAGE,
                      "there is a supervisor on this host and a cluster in ~/.kube/config; choose one with --socket "
                      "%.107s or --context %.120s",
                      path, context);
}

/* No kubeconfig means anything. */
static int without_kubeconfig(const struct socket_query *sockets, struct kubeconfig *ret, struct reason *why)
{
    char path[SOCKET_PATH_SIZE];
    int found = socket_find(sockets, path, why);
    if (found == EXIT_CODE_OK)
        return use_socket(path, ret, why);
    if (found != EXIT_CODE_UNREACHABLE)
        return found;
    int r = kube_access_in_cluster(getenv, KUBE_SERVICE_ACCOUNT_FOLDER, &ret->access, why);
    if (r == KUBE_ACCESS_ABSENT)
        return found;
    return r == KUBE_ACCESS_INVALID ? EXIT_CODE_CLIENT_FILE : r;
}

static int in_files(const struct options *options, const struct socket_query *sockets, struct kubeconfig *ret,
                    struct reason *why)
{
    const struct kubeconfig_query query = {options->kubeconfig, options->context, getenv};
    const char *option = cluster_option(options);
    int r = kubeconfig_read(&query, ret, why);
    if (r == 0)
        return option || variable("KUBECONFIG") ? EXIT_CODE_OK : doubtful(sockets, ret->context, why);
    if (r == KUBECONFIG_ABSENT && !option)
        return without_kubeconfig(sockets, ret, why);
    if (r == KUBECONFIG_ABSENT)
        return reason_set(why, REASON_KUBE_ACCESS_INVALID, EXIT_CODE_CLIENT_FILE,
                          "%s means a cluster, but no context is the current one of a kubeconfig; choose one with "
                          "--context",
                          option);
    return r < 0 ? r : EXIT_CODE_CLIENT_FILE;
}

int place_find(const struct options *options, struct kubeconfig *ret, struct reason *why)
{
    const struct socket_query sockets = {getenv, "/run/sluice", getuid()};
    const char *option = cluster_option(options), *socket = options->socket;
    if (socket && option)
        return reason_set(why, REASON_NONE, EXIT_CODE_USAGE,
                          "--socket means a supervisor of this host and %s a cluster; give one of them", option);
    if (!socket && !option)
        socket = variable("SLUICE_SOCKET");
    if (socket)
        return use_socket(socket, ret, why);
    int r = in_files(options, &sockets, ret, why);
    return r == EXIT_CODE_OK ? impersonate(options, &ret->access) : r;
}
