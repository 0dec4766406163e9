/* Commands that print credentials: their description, what they are told, and what they print (Kubernetes, "client-go credential
 * plugins"). Runs nothing. */
#include "common/kube/kubeconfig_file.h"

#include "common/base/base64.h"
#include "common/base/fd.h"
#include "common/base/mono.h"
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>

#define EXEC_GROUP "client.authentication.k8s.io/"

void kube_exec_free(struct kube_exec *exec)
{
    if (!exec)
        return;
    free(exec->api_version);
    kube_texts_free(exec->argv);
    json_free(exec->environment);
    json_free(exec->cluster);
    free(exec->install_hint);
    free(exec);
}

static int version_read(const struct kubeconfig_part *part, struct kube_exec *exec, struct reason *why)
{
    int r = kubeconfig_text(part, "apiVersion", &exec->api_version, why);
    if (r != 0)
        return r;
    if (!exec->api_version ||
        (strcmp(exec->api_version, EXEC_GROUP "v1") != 0 && strcmp(exec->api_version, EXEC_GROUP "v1beta1") != 0))
        return kubeconfig_refuse(part, "apiVersion", why, "is neither " EXEC_GROUP "v1 nor v1beta1");
    return 0;
}

static int command_read(const struct kubeconfig_part *part, struct kube_exec *exec, struct reason *why)
{
    CLEANUP(cleanup_freep) char *command = NULL;
    int r = kubeconfig_text(part, "command", &command, why);
    if (r == 0 && !command)
        return kubeconfig_refuse(part, "command", why, "is missing");
    if (r == 0 && strchr(command, '/')) /* one without a slash is looked up in PATH */
        r = kubeconfig_path(part, "command", &command, why);
    return r == 0 ? kubeconfig_texts(part, "args", command, &exec->argv, why) : r;
}

static int environment_read(const struct kubeconfig_part *part, struct kube_exec *exec, struct reason *why)
{
    const struct json *list = json_get(part->body, "env");
    if (json_type(list) == JSON_NULL)
        return 0;
    if (json_type(list) != JSON_ARRAY)
        return kubeconfig_refuse(part, "env", why, "is no list");
    for (size_t i = 0; i < json_count(list); i++) {
        struct str name = json_str(json_get(json_at(list, i), "name"));
        if (name.len == 0 || !json_str(json_get(json_at(list, i), "value")).data)
            return kubeconfig_refuse(part, "env", why, "number %zu has no name, or no value", i + 1);
    }
    return json_dup(list, &exec->environment);
}

static int interactive_read(const struct kubeconfig_part *part, struct kube_exec *exec, struct reason *why)
{
    static const char *const modes[] = {
        [KUBE_EXEC_NEVER] = "Never", [KUBE_EXEC_IF_AVAILABLE] = "IfAvailable", [KUBE_EXEC_ALWAYS] = "Always"};
    CLEANUP(cleanup_freep) char *mode = NULL;
    int r = kubeconfig_text(part, "interactiveMode", &mode, why);
    if (r != 0)
        return r;
    if (!mode && strcmp(exec->api_version, EXEC_GROUP "v1") == 0)
        return kubeconfig_refuse(part, "interactiveMode", why, "is missing");
    exec->interactive = KUBE_EXEC_IF_AVAILABLE;
    for (size_t i = 0; mode && i < sizeof modes / sizeof *modes; i++)
        if (strcmp(mode, modes[i]) == 0) {
            exec->interactive = (enum kube_exec_interactive)i;
            return 0;
        }
    return mode ? kubeconfig_refuse(part, "interactiveMode", why, "is not one of Never, IfAvailable, Always") : 0;
}

/* As data, whatever the file says it as. */
static int cluster_ca(const struct kube_access *access, struct json *cluster, struct reason *why)
{
    CLEANUP(buf_deinit) struct buf pem = BUF_INIT(KUBE_PEM_BYTES_MAX);
    CLEANUP(buf_deinit) struct buf text = BUF_INIT(2 * KUBE_PEM_BYTES_MAX);
    int r = access->ca.file ? file_read(AT_FDCWD, access->ca.file, &pem) : 0;
    if (r < 0)
        return reason_set(why, REASON_KUBE_ACCESS_INVALID, KUBECONFIG_REFUSED, "%.200s cannot be read: %s",
                          access->ca.file, strerror(-r));
    r = base64_encode(access->ca.file ? buf_str(&pem) : buf_str(&access->ca.data), &text);
    if (r == 0 && text.len > 0)
        r = json_set_take(cluster, "certificate-authority-data", json_new_str(buf_str(&text)));
    return r;
}

/* The extension that is meant for plugins. */
static int cluster_config(const struct kubeconfig_part *part, struct json *cluster)
{
    const struct json *extensions = json_get(part->body, "extensions");
    struct json *copy = NULL;
    for (size_t i = 0; i < json_count(extensions); i++) {
        const struct json *entry = json_at(extensions, i), *extension = json_get(entry, "extension");
        if (strcmp(json_text(json_get(entry, "name")), EXEC_GROUP "exec") != 0 || !extension)
            continue;
        int r = json_dup(extension, &copy);
        return r == 0 ? json_set_take(cluster, "config", copy) : r;
    }
    return 0;
}

static int cluster_read(const struct kubeconfig_part *part, const struct kube_access *access, struct kube_exec *exec,
                        struct reason *why)
{
    struct json *cluster = exec->cluster = json_new_object();
    int r = cluster ? json_set_text(cluster, "server", access->server) : -ENOMEM;
    if (r == 0 && access->tls_server_name)
        r = json_set_text(cluster, "tls-server-name", access->tls_server_name);
    if (r == 0 && access->insecure)
        r = json_set_bool(cluster, "insecure-skip-tls-verify", true);
    if (r == 0 && access->proxy_url)
        r = json_set_text(cluster, "proxy-url", access->proxy_url);
    if (r == 0)
        r = cluster_ca(access, cluster, why);
    return r == 0 ? cluster_config(part, cluster) : r;
}

int kubeconfig_exec(const struct kubeconfig_part *part, const struct kubeconfig_part *cluster,
                    const struct kube_access *access, struct kube_exec **ret, struct reason *why)
{
    CLEANUP(kube_exec_freep) struct kube_exec *exec = calloc(1, sizeof *exec);
    bool tell_cluster = false;
    if (!exec)
        return -ENOMEM;
    int r = version_read(part, exec, why);
    if (r == 0)
        r = command_read(part, exec, why);
    if (r == 0)
        r = environment_read(part, exec, why);
    if (r == 0)
        r = interactive_read(part, exec, why);
    if (r == 0)
        r = kubeconfig_text(part, "installHint", &exec->install_hint, why);
    if (r == 0)
        r = kubeconfig_flag(part, "provideClusterInfo", &tell_cluster, why);
    if (r == 0 && tell_cluster)
        r = cluster_read(cluster, access, exec, why);
    if (r == 0)
        *ret = TAKE(exec);
    return r;
}

static int info_spec(const struct kube_exec *exec, bool interactive, struct json *info)
{
    struct json *spec = NULL, *cluster = NULL;
    int r = json_object_at(info, "spec", &spec);
    if (r == 0)
        r = json_set_bool(spec, "interactive", interactive);
    if (r == 0 && exec->cluster)
        r = json_dup(exec->cluster, &cluster);
    return r == 0 && cluster ? json_set_take(spec, "cluster", cluster) : r;
}

int kube_exec_info(const struct kube_exec *exec, bool interactive, struct buf *buf)
{
    CLEANUP(json_freep) struct json *info = json_new_object();
    int r = info ? json_set_text(info, "kind", "ExecCredential") : -ENOMEM;
    if (r == 0)
        r = json_set_text(info, "apiVersion", exec->api_version);
    if (r == 0)
        r = info_spec(exec, interactive, info);
    return r == 0 ? json_write(info, JSON_COMPACT, buf) : r;
}

void kube_exec_answer_deinit(struct kube_exec_answer *answer)
{
    buf_deinit(&answer->token);
    buf_deinit(&answer->certificate);
    buf_deinit(&answer->key);
}

static int refuse_answer(const struct kube_exec *exec, const char *text, struct reason *why)
{
    return reason_set(why, REASON_KUBE_ACCESS_INVALID, KUBECONFIG_REFUSED, "what %.200s printed %s", exec->argv[0],
                      text);
}

static int status_read(const struct kube_exec *exec, const struct json *status, struct kube_exec_answer *answer,
                       struct reason *why)
{
    const struct json *expires = json_get(status, "expirationTimestamp");
    int r = buf_append_str(&answer->token, json_str(json_get(status, "token")));
    if (r == 0)
        r = buf_append_str(&answer->certificate, json_str(json_get(status, "clientCertificateData")));
    if (r == 0)
        r = buf_append_str(&answer->key, json_str(json_get(status, "clientKeyData")));
    if (r == -ENOBUFS)
        return refuse_answer(exec, "is too long", why);
    if (r == 0 && answer->token.len == 0 && answer->certificate.len == 0)
        return refuse_answer(exec, "has neither status.token nor status.clientCertificateData", why);
    if (r == 0 && (answer->certificate.len == 0) != (answer->key.len == 0))
        return refuse_answer(exec, "has a certificate without its key, or a key without its certificate", why);
    if (r == 0 && json_type(expires) != JSON_NULL && wall_parse(json_text(expires), &answer->expires_wall_ms) != 0)
        return refuse_answer(exec, "has a status.expirationTimestamp that is no time", why);
    return r;
}

int kube_exec_read(const struct kube_exec *exec, struct str text, struct kube_exec_answer *ret, struct reason *why)
{
    CLEANUP(json_freep) struct json *document = NULL;
    CLEANUP(kube_exec_answer_deinit)
    struct kube_exec_answer answer = {.token = BUF_SECRET_INIT(KUBE_TOKEN_BYTES_MAX),
                                      .certificate = BUF_INIT(KUBE_PEM_BYTES_MAX),
                                      .key = BUF_SECRET_INIT(KUBE_PEM_BYTES_MAX)};
    struct json_error error; /* is not told: it could quote a secret */
    int r = json_parse(text, &JSON_LIMITS_DOCUMENT, &document, &error);
    if (r > 0)
        return refuse_answer(exec, "is no JSON", why);
    if (r < 0)
        return r;
    if (strcmp(json_text(json_get(document, "kind")), "ExecCredential") != 0 ||
        strcmp(json_text(json_get(document, "apiVersion")), exec->api_version) != 0)
        return refuse_answer(exec, "is no ExecCredential of the apiVersion that it was asked for", why);
    r = status_read(exec, json_get(document, "status"), &answer, why);
    if (r != 0)
        return r;
    *ret = answer;
    answer = (struct kube_exec_answer){.expires_wall_ms = 0};
    return 0;
}
