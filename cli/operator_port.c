/* See operator_port.h. */
#include "cli/operator_port.h"
#include "cli/ask.h"

#include <string.h>

void operator_port_close(struct operator_port *port)
{
    kube_client_free(port->client); /* before the way that it goes */
    kube_forward_free(port->forward);
    kube_access_deinit(&port->access);
    *port = (struct operator_port){.access = kube_access_empty()};
}

bool operator_port_pod(const struct json *split, char ret[OPERATOR_POD_SIZE])
{
    const struct json *workers = json_path(split, "status", "workers", NULL);
    for (size_t i = 0; i < json_count(workers); i++) {
        const char *identity = json_text(json_get(json_at(workers, i), "pod")); /* name, '_', uid */
        struct str name = {identity, strcspn(identity, "_")};
        if (name.len > 0 && str_copy(ret, OPERATOR_POD_SIZE, name) == 0)
            return true;
    }
    return false;
}

/* The number of the pod's port named "http"; 0: it has none. */
static uint16_t number_of(const struct json *pod)
{
    const struct json *containers = json_path(pod, "spec", "containers", NULL);
    for (size_t i = 0; i < json_count(containers); i++) {
        const struct json *ports = json_get(json_at(containers, i), "ports");
        for (size_t n = 0; n < json_count(ports); n++) {
            int64_t number = 0;
            if (strcmp(json_text(json_get(json_at(ports, n), "name")), "http") == 0 &&
                json_int(json_get(json_at(ports, n), "containerPort"), &number) == 0 && number > 0 &&
                number <= UINT16_MAX)
                return (uint16_t)number;
        }
    }
    return 0;
}

static int find_number(struct kube_client *cluster, const char *namespace, const char *pod, uint16_t *ret,
                       struct reason *why)
{
    CLEANUP(buf_deinit) struct buf path = BUF_INIT(KUBE_PATH_BYTES_MAX);
    CLEANUP(json_freep) struct json *document = NULL;
    const struct kube_path place = {.resource = {"", "v1", "pods"}, .namespace = namespace, .name = pod};
    int r = kube_path_build(&place, &path);
    if (r < 0)
        return reason_set(why, REASON_NONE, EXIT_CODE_INTERNAL, "%s", strerror(-r));
    r = ask_wait(cluster, "GET", path.data, NULL, &document, why);
    if (r != EXIT_CODE_OK)
        return r;
    *ret = number_of(document);
    return *ret ? EXIT_CODE_OK
                : reason_set(why, REASON_NONE, EXIT_CODE_ANSWER, "pod %s of namespace %s has no port named http", pod,
                             namespace);
}

/* The operator is shown our token and nothing else: it has no use for a certificate, and must not act as us. */
static int take_token(struct kube_client *cluster, const struct kube_access *access, struct kube_access *ret,
                      struct reason *why)
{
    struct str token = kube_client_token(cluster);
    if (access->as_user)
        return reason_set(
            why, REASON_NONE, EXIT_CODE_USAGE,
            "logs, figures and samples are told to whom the context's token belongs, which --as does not change");
    if (token.len == 0)
        return reason_set(why, REASON_TOKEN_MISSING, EXIT_CODE_NOT_PERMITTED,
                          "the context logs in without a token (by a client certificate, say), and the operator can "
                          "only ask whose a token is");
    int r = buf_append_str(&ret->token, token);
    if (r == 0)
        r = str_dup(STR("http://127.0.0.1"), &ret->server); /* of the pod */
    return r < 0 ? reason_set(why, REASON_NONE, EXIT_CODE_INTERNAL, "%s", strerror(-r)) : EXIT_CODE_OK;
}

int operator_port_open(struct operator_port *port, struct kube_client *cluster, const struct kube_access *access,
                       const char *namespace, const char *pod, struct reason *why)
{
    CLEANUP(operator_port_close) struct operator_port new = {.access = kube_access_empty()};
    uint16_t number = 0;
    if (port->client)
        return EXIT_CODE_OK;
    int r = take_token(cluster, access, &new.access, why);
    if (r == EXIT_CODE_OK)
        r = find_number(cluster, namespace, pod, &number, why);
    if (r != EXIT_CODE_OK)
        return r;
    *port = new;
    new = (struct operator_port){.access = kube_access_empty()};
    r = kube_forward_new(cluster, namespace, pod, number, &port->forward);
    if (r == 0)
        r = str_dup(str_of(kube_forward_name(port->forward)), &port->access.through);
    if (r == 0)
        r = kube_client_new(kube_client_loop(cluster), &port->access, &port->client);
    if (r == 0)
        return EXIT_CODE_OK;
    operator_port_close(port);
    return reason_set(why, REASON_NONE, EXIT_CODE_INTERNAL, "%s", strerror(-r));
}

void operator_port_explain(const struct operator_port *port, struct reason *why)
{
    const struct reason *trouble = port->forward ? kube_forward_trouble(port->forward) : NULL;
    if (trouble)
        *why = *trouble;
}
