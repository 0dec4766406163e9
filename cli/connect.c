/* See connect.h. */
#include "cli/connect.h"
#include "cli/place.h"
#include "cli/terminal.h"

void connection_close(struct connection *connection)
{
    if (connection->port)
        operator_port_close(connection->port);
    free(connection->port);
    kube_client_free(connection->client);
    exec_plugin_free(connection->plugin);
    loop_free(connection->loop);
    kubeconfig_deinit(&connection->config);
    *connection = (struct connection){.loop = NULL};
}

static int open_client(struct connection *connection)
{
    int r = loop_new(&connection->loop);
    connection->port = calloc(1, sizeof *connection->port);
    if (r == 0 && !connection->port)
        r = -ENOMEM;
    if (r == 0)
        connection->port->access = kube_access_empty();
    if (r == 0 && connection->config.exec)
        r = exec_plugin_new(connection->loop, connection->config.exec, &connection->plugin);
    if (r == 0 && connection->plugin)
        connection->config.access.fetcher = exec_plugin_fetcher(connection->plugin);
    return r == 0 ? kube_client_new(connection->loop, &connection->config.access, &connection->client) : r;
}

int connection_open(const struct options *options, struct connection *ret)
{
    struct reason why;
    *ret = (struct connection){.config = {.access = kube_access_empty()},
                               .operator_namespace = options->operator_namespace ? options->operator_namespace
                                                                                 : OPERATOR_NAMESPACE_DEFAULT};
    int r = place_find(options, &ret->config, &why);
    if (r > 0)
        say_reason(&why);
    if (r == EXIT_CODE_OK)
        r = open_client(ret);
    if (r != EXIT_CODE_OK)
        return r < 0 ? say_error(r) : r;
    ret->cluster = !ret->config.access.socket_path;
    if (ret->config.access.insecure)
        say("warning: context %s says insecure-skip-tls-verify, so nobody knows who answers at %s",
            ret->config.context, ret->config.access.server);
    return EXIT_CODE_OK;
}

int connection_process(const struct connection *connection, const struct json *split, struct kube_client **ret,
                       struct reason *why)
{
    char pod[OPERATOR_POD_SIZE];
    *ret = connection->client;
    if (!connection->cluster)
        return EXIT_CODE_OK;
    if (!operator_port_pod(split, pod))
        return reason_set(why, REASON_NONE, EXIT_CODE_NOT_FOUND, "no pod of the operator has a worker of split '%s'",
                          json_text(json_path(split, "metadata", "name", NULL)));
    int r = operator_port_open(connection->port, connection->client, &connection->config.access,
                               connection->operator_namespace, pod, why);
    *ret = connection->port->client;
    return r;
}

void connection_process_failed(const struct connection *connection, struct reason *why)
{
    if (!connection->cluster)
        return;
    operator_port_explain(connection->port, why);
    operator_port_close(connection->port);
}

static void pause_over(void *context) { *(bool *)context = true; }

void connection_pause(const struct connection *connection, int64_t ms)
{
    CLEANUP(loop_timer_freep) struct loop_timer *timer = NULL;
    bool over = false;
    if (loop_timer_new(connection->loop, pause_over, &over, &timer) < 0)
        return;
    loop_timer_start(timer, ms);
    while (!over && loop_turn(connection->loop) == 0)
        ;
}

const char *connection_default_namespace(const struct connection *connection)
{
    return connection->config.access.namespace ? connection->config.access.namespace : "default";
}

const char *connection_namespace(const struct connection *connection, const struct options *options)
{
    if (options->all_namespaces)
        return NULL;
    return options->namespace ? options->namespace : connection_default_namespace(connection);
}

static int review_new(struct json **ret)
{
    CLEANUP(json_freep) struct json *review = json_new_object();
    int r = review ? json_set_text(review, "apiVersion", "authentication.k8s.io/v1") : -ENOMEM;
    if (r == 0)
        r = json_set_text(review, "kind", "SelfSubjectReview");
    if (r == 0)
        *ret = TAKE(review);
    return r;
}

int connection_username(const struct connection *connection, char ret[USERNAME_SIZE], struct reason *why)
{
    CLEANUP(json_freep) struct json *review = NULL;
    CLEANUP(json_freep) struct json *answer = NULL;
    int r = review_new(&review);
    if (r < 0)
        return reason_set(why, REASON_NONE, EXIT_CODE_INTERNAL, "%s", strerror(-r));
    r = ask_wait(connection->client, "POST", "/apis/authentication.k8s.io/v1/selfsubjectreviews", review, &answer,
                 why);
    if (r != EXIT_CODE_OK)
        return r;
    struct str name = json_str(json_path(answer, "status", "userInfo", "username", NULL));
    if (name.len == 0 || str_copy(ret, USERNAME_SIZE, name) < 0)
        return reason_set(why, REASON_NONE, EXIT_CODE_ANSWER, "%s gives you no name that a session can have",
                          kube_client_name(connection->client));
    return EXIT_CODE_OK;
}
