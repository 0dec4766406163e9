/* The user of a context: certificate, token, command, and whom to be instead. */
#include "common/kube/kubeconfig_file.h"

#include <string.h>

/* Forms that nobody speaks any more, or that we do not: left out silently, the user would be somebody else. */
static int refuse_others(const struct kubeconfig_part *user, struct reason *why)
{
    struct kubeconfig_part part;
    if (kubeconfig_sub(user, "auth-provider", &part))
        return kubeconfig_refuse(&part, "", why,
                                 "'%.60s' is not supported, as in kubectl since 1.26; use its exec plugin",
                                 json_text(json_get(part.body, "name")));
    if (kubeconfig_sub(user, "username", &part) || kubeconfig_sub(user, "password", &part))
        return kubeconfig_refuse(&part, "", why, "passwords are not supported, as in Kubernetes since 1.19");
    if (kubeconfig_sub(user, "as-user-extra", &part))
        return kubeconfig_refuse(&part, "", why, "is not supported");
    return 0;
}

static int token_read(const struct kubeconfig_part *user, struct kube_access *access, struct reason *why)
{
    const struct json *token = json_get(user->body, "token");
    int r = kubeconfig_path(user, "tokenFile", &access->token_file, why);
    if (r != 0 || json_type(token) == JSON_NULL)
        return r;
    if (json_type(token) != JSON_STRING)
        return kubeconfig_refuse(user, "token", why, "is no text");
    r = buf_append_str(&access->token, json_str(token));
    return r == -ENOBUFS ? kubeconfig_refuse(user, "token", why, "is longer than %u bytes", KUBE_TOKEN_BYTES_MAX) : r;
}

static int certificate_read(const struct kubeconfig_part *user, struct kube_access *access, struct reason *why)
{
    int r = kubeconfig_pem(user, "client-certificate", &access->certificate, why);
    if (r == 0)
        r = kubeconfig_pem(user, "client-key", &access->key, why);
    if (r != 0)
        return r;
    bool certificate = access->certificate.file || access->certificate.data.len > 0;
    bool key = access->key.file || access->key.data.len > 0;
    if (certificate != key)
        return kubeconfig_refuse(user, certificate ? "client-key" : "client-certificate", why, "is missing");
    return 0;
}

static int impersonation_read(const struct kubeconfig_part *user, struct kube_access *access, struct reason *why)
{
    int r = kubeconfig_text(user, "as", &access->as_user, why);
    if (r == 0)
        r = kubeconfig_text(user, "as-uid", &access->as_uid, why);
    if (r == 0)
        r = kubeconfig_texts(user, "as-groups", NULL, &access->as_groups, why);
    return r;
}

int kubeconfig_user(const struct kubeconfig_part *user, const struct kubeconfig_part *cluster,
                    struct kubeconfig *config, struct reason *why)
{
    struct kubeconfig_part exec;
    int r = refuse_others(user, why);
    if (r == 0)
        r = certificate_read(user, &config->access, why);
    if (r == 0)
        r = token_read(user, &config->access, why);
    if (r == 0)
        r = impersonation_read(user, &config->access, why);
    bool token = config->access.token_file || config->access.token.len > 0; /* makes the command needless */
    if (r == 0 && !token && kubeconfig_sub(user, "exec", &exec))
        r = kubeconfig_exec(&exec, cluster, &config->access, &config->exec, why);
    return r;
}
