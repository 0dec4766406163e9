/* Where an API server is and who we are there. Reads only the service account's folder. */
#include "common/kube/access.h"

#include "common/base/fd.h"
#include "common/base/str.h"
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>

enum { FILE_PATH_BYTES_MAX = 4096, NAMESPACE_BYTES_MAX = 63, URL_BYTES_MAX = 512 };

struct kube_access kube_access_empty(void)
{
    return (struct kube_access){.ca.data = BUF_INIT(KUBE_PEM_BYTES_MAX),
                                .certificate.data = BUF_INIT(KUBE_PEM_BYTES_MAX),
                                .key.data = BUF_SECRET_INIT(KUBE_PEM_BYTES_MAX),
                                .token = BUF_SECRET_INIT(KUBE_TOKEN_BYTES_MAX)};
}

static void pem_deinit(struct kube_pem *pem)
{
    buf_deinit(&pem->data);
    free(pem->file);
}

void kube_texts_free(char **texts)
{
    for (char **text = texts; text && *text; text++)
        free(*text);
    free(texts);
}

void kube_access_deinit(struct kube_access *access)
{
    free(access->socket_path);
    free(access->server);
    pem_deinit(&access->ca);
    pem_deinit(&access->certificate);
    pem_deinit(&access->key);
    buf_deinit(&access->token);
    free(access->token_file);
    free(access->through);
    free(access->tls_server_name);
    free(access->proxy_url);
    free(access->namespace);
    free(access->as_user);
    free(access->as_uid);
    kube_texts_free(access->as_groups);
    *access = kube_access_empty();
}

int kube_access_socket(const char *path, struct kube_access *ret)
{
    CLEANUP(kube_access_deinit) struct kube_access access = kube_access_empty();
    int r = str_dup(str_of(path), &access.socket_path);
    if (r == 0)
        r = str_dup(STR("http://sluice"), &access.server);
    if (r < 0)
        return r;
    *ret = access;
    access = kube_access_empty();
    return 0;
}

static int server_set(const char *host, const char *port, struct kube_access *access)
{
    CLEANUP(buf_deinit) struct buf url = BUF_INIT(URL_BYTES_MAX);
    bool is_ipv6 = strchr(host, ':') && host[0] != '[';
    int r = buf_printf(&url, is_ipv6 ? "https://[%s]:%s" : "https://%s:%s", host, port);
    return r == 0 ? buf_take(&url, &access->server) : r;
}

static int file_set(const char *folder, const char *name, char **ret)
{
    CLEANUP(buf_deinit) struct buf path = BUF_INIT(FILE_PATH_BYTES_MAX);
    int r = buf_printf(&path, "%s/%s", folder, name);
    return r == 0 ? buf_take(&path, ret) : r;
}

/* The pod's namespace; without the file "default" counts. */
static int namespace_set(const char *folder, struct kube_access *access)
{
    CLEANUP(cleanup_freep) char *path = NULL;
    CLEANUP(buf_deinit) struct buf text = BUF_INIT(NAMESPACE_BYTES_MAX + 1);
    int r = file_set(folder, "namespace", &path);
    if (r < 0)
        return r;
    r = file_read(AT_FDCWD, path, &text);
    while (text.len > 0 && text.data[text.len - 1] == '\n')
        text.data[--text.len] = '\0';
    return r == 0 && text.len > 0 ? buf_take(&text, &access->namespace) : 0;
}

int kube_access_in_cluster(char *(*lookup)(const char *name), const char *folder, struct kube_access *ret,
                           struct reason *why)
{
    CLEANUP(kube_access_deinit) struct kube_access access = kube_access_empty();
    const char *host = lookup("KUBERNETES_SERVICE_HOST"), *port = lookup("KUBERNETES_SERVICE_PORT");
    if (!host || !host[0] || !port || !port[0])
        return KUBE_ACCESS_ABSENT;
    int r = server_set(host, port, &access);
    if (r == 0)
        r = file_set(folder, "token", &access.token_file);
    if (r == 0)
        r = file_set(folder, "ca.crt", &access.ca.file);
    if (r == 0)
        r = namespace_set(folder, &access);
    if (r == -ENOBUFS)
        return reason_set(why, REASON_KUBE_ACCESS_INVALID, KUBE_ACCESS_INVALID,
                          "KUBERNETES_SERVICE_HOST, its port or the service account's folder is too long");
    if (r < 0)
        return r;
    *ret = access;
    access = kube_access_empty();
    return 0;
}
