/* The cluster of a context: where it is and whom to believe. */
#include "common/kube/kubeconfig_file.h"

#include <string.h>
#include <strings.h>

static bool begins_with(const char *text, const char *begin) { return strncasecmp(text, begin, strlen(begin)) == 0; }

static int server_read(const struct kubeconfig_part *cluster, struct kube_access *access, struct reason *why)
{
    int r = kubeconfig_text(cluster, "server", &access->server, why);
    if (r != 0)
        return r;
    if (!access->server)
        return kubeconfig_refuse(cluster, "server", why, "is missing");
    if (!begins_with(access->server, "https://") && !begins_with(access->server, "http://"))
        return kubeconfig_refuse(cluster, "server", why, "does not begin with https://");
    for (size_t len = strlen(access->server); access->server[len - 1] == '/'; len--)
        access->server[len - 1] = '\0';
    return 0;
}

static int proxy_read(const struct kubeconfig_part *cluster, struct kube_access *access, struct reason *why)
{
    int r = kubeconfig_text(cluster, "proxy-url", &access->proxy_url, why);
    if (r != 0 || !access->proxy_url || begins_with(access->proxy_url, "http://") ||
        begins_with(access->proxy_url, "https://") || begins_with(access->proxy_url, "socks5://"))
        return r;
    return kubeconfig_refuse(cluster, "proxy-url", why, "does not begin with http://, https:// or socks5://");
}

int kubeconfig_cluster(const struct kubeconfig_part *cluster, struct kube_access *access, struct reason *why)
{
    int r = server_read(cluster, access, why);
    if (r == 0)
        r = kubeconfig_pem(cluster, "certificate-authority", &access->ca, why);
    if (r == 0)
        r = kubeconfig_flag(cluster, "insecure-skip-tls-verify", &access->insecure, why);
    if (r == 0)
        r = kubeconfig_text(cluster, "tls-server-name", &access->tls_server_name, why);
    if (r == 0)
        r = proxy_read(cluster, access, why);
    if (r == 0 && access->insecure && (access->ca.file || access->ca.data.len > 0))
        return kubeconfig_refuse(cluster, "insecure-skip-tls-verify", why,
                                 "says not to verify, and certificate-authority with what; take one of them away");
    return r;
}
