/* Does somebody listen where a client config says that the brokers are? The workers run on this host, so what does not answer
 * here does not answer them. Connects and says nothing; who may do what there is seen when a worker asks. */
#include "cli/check_rules.h"
#include "cli/condition.h"
#include "common/base/fd.h"

#include <netdb.h>
#include <poll.h>
#include <sys/socket.h>

enum { CONFIG_DEPTH_MAX = 4, SERVERS_MAX = 8, WAIT_MS = 2000, SUBJECT_SIZE = 340, SERVER_SIZE = 300 };

/* 0 or the errno of the connection. */
static int connect_to(const struct addrinfo *address)
{
    CLEANUP(fd_closep) int fd = socket(address->ai_family, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);
    struct pollfd ready = {.fd = fd, .events = POLLOUT};
    int error = 0;
    socklen_t size = sizeof error;
    if (fd < 0)
        return errno;
    if (connect(fd, address->ai_addr, address->ai_addrlen) == 0)
        return 0;
    if (errno != EINPROGRESS)
        return errno;
    if (poll(&ready, 1, WAIT_MS) <= 0)
        return ETIMEDOUT;
    return getsockopt(fd, SOL_SOCKET, SO_ERROR, &error, &size) < 0 ? errno : error;
}

/* "host:port", "[::1]:port" or "host", as librdkafka has it. NULL: somebody listens there; else why not. */
static const char *server_trouble(char *server)
{
    const struct addrinfo wanted = {.ai_socktype = SOCK_STREAM};
    struct addrinfo *found = NULL;
    char *host = server, *colon = strrchr(server, ':');
    const char *port = "9092";
    if (colon && !strchr(colon, ']')) {
        *colon = '\0';
        port = colon + 1;
    }
    size_t len = strlen(host);
    if (host[0] == '[' && host[len - 1] == ']') {
        host[len - 1] = '\0';
        host++;
    }
    int r = getaddrinfo(host, port, &wanted, &found), error = 0;
    if (r != 0)
        return gai_strerror(r);
    for (const struct addrinfo *address = found; address; address = address->ai_next)
        if ((error = connect_to(address)) == 0)
            break;
    freeaddrinfo(found);
    return error ? strerror(error) : NULL;
}

/* "PLAINTEXT://host:port" too. */
static const char *list_trouble(const char *bootstrap)
{
    const char *trouble = "";
    char server[SERVER_SIZE];
    for (size_t n = 0, len; *bootstrap && n < SERVERS_MAX; n++, bootstrap += len + (bootstrap[len] == ',')) {
        len = strcspn(bootstrap, ",");
        snprintf(server, sizeof server, "%.*s", (int)(len < sizeof server ? len : sizeof server - 1), bootstrap);
        char *scheme = strstr(server, "://"), *name = scheme ? scheme + 3 : server;
        name += strspn(name, " ");
        name[strcspn(name, " ")] = '\0';
        trouble = server_trouble(name);
        if (!trouble)
            return NULL;
    }
    return trouble;
}

/* As the config itself or its parents say; "" when it stands in a secret, which is not read here. */
static const char *bootstrap_of(const struct check_world *world, const struct json *config)
{
    for (unsigned depth = 0; config && depth < CONFIG_DEPTH_MAX; depth++) {
        const struct json *properties = json_path(config, "spec", "properties", NULL);
        const char *value = "";
        for (size_t i = 0; i < json_count(properties); i++) {
            const char *name = check_member(json_at(properties, i), "name");
            if (strcmp(name, "bootstrap.servers") == 0 || strcmp(name, "metadata.broker.list") == 0)
                value = check_member(json_at(properties, i), "value");
        }
        if (value[0] || json_text(json_path(config, "spec", "loadFromSecret", NULL))[0])
            return value;
        config = check_config_named(world, json_text(json_path(config, "spec", "parent", NULL)));
    }
    return "";
}

static bool is_used(const struct check_world *world, const struct json *config, const char *target_name)
{
    const char *name = json_text(json_path(config, "metadata", "name", NULL));
    for (size_t i = 0; i < json_count(world->consumers); i++) {
        const struct json *spec = json_get(json_at(world->consumers, i), "spec"), *topics = json_get(spec, "topics");
        bool meant = !target_name || strcmp(check_member(spec, "consumerName"), target_name) == 0;
        for (size_t n = 0; meant && n < json_count(topics); n++)
            if (check_config_named(world, check_member(json_at(topics, n), "clientConfig")) == config && name[0])
                return true;
    }
    return false;
}

void check_brokers(const struct check_world *world, const char *target_name, struct findings *findings)
{
    for (size_t i = 0; i < json_count(world->configs); i++) {
        const struct json *config = json_at(world->configs, i);
        bool meant = is_used(world, config, target_name) && !condition_is_bad(condition_of(config, "Accepted"));
        const char *bootstrap = meant ? bootstrap_of(world, config) : "";
        char subject[SUBJECT_SIZE];
        if (!bootstrap[0])
            continue;
        snprintf(subject, sizeof subject, "brokers of client config %.250s",
                 json_text(json_path(config, "metadata", "name", NULL)));
        const char *trouble = list_trouble(bootstrap);
        if (trouble)
            findings_add(findings, FINDING_PROBLEM, subject, REASON_BROKER_UNREACHABLE,
                         "nobody can be reached at %.300s: %s", bootstrap, trouble);
        else
            findings_add(findings, FINDING_GOOD, subject, REASON_NONE, "somebody listens at %.300s", bootstrap);
    }
}
