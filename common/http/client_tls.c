/* What a client was told of TLS and proxies. Owns the PEM texts, which libcurl reads where they lie, until the last call that
 * uses them is over; keys are wiped then. */
#include "common/http/client_internal.h"

#include <stdlib.h>
#include <string.h>
#include <strings.h>

#define PEM_BYTES_MAX (1u << 20) /* of each text */
#define HOST_BYTES_MAX 512

struct http_material *http_material_ref(struct http_material *material)
{
    if (material)
        material->refs++;
    return material;
}

void http_material_unref(struct http_material *material)
{
    if (!material || --material->refs > 0)
        return;
    buf_deinit(&material->ca);
    buf_deinit(&material->certificate);
    buf_deinit(&material->key);
    curl_slist_free_all(material->connect_to);
    free(material->base_url);
    free(material->host);
    free(material);
}

static void material_unrefp(struct http_material **slot) { http_material_unref(*slot); }
static void curl_url_freep(CURLU **slot) { curl_url_cleanup(*slot); }
static void curl_text_freep(char **slot) { curl_free(*slot); }

static char *url_part(CURLU *url, CURLUPart part)
{
    char *text = NULL;

    return curl_url_get(url, part, &text, CURLU_DEFAULT_PORT) == CURLUE_OK ? text : NULL;
}

static int rename_url(CURLU *url, const char *name, char **ret)
{
    CLEANUP(curl_text_freep) char *text = NULL;

    if (curl_url_set(url, CURLUPART_HOST, name, 0) != CURLUE_OK ||
        curl_url_get(url, CURLUPART_URL, &text, 0) != CURLUE_OK)
        return -EINVAL;
    struct str renamed = str_of(text);
    while (renamed.len > 0 && renamed.data[renamed.len - 1] == '/') /* an empty path is one to libcurl */
        renamed.len--;
    return str_dup(renamed, ret);
}

/* The URL names the server as the certificate does; the connection still goes where the host is. */
static int set_server_name(struct http_material *material, const char *base_url, const char *name)
{
    CLEANUP(curl_url_freep) CURLU *url = curl_url();
    CLEANUP(buf_deinit) struct buf header = BUF_INIT(HOST_BYTES_MAX);
    CLEANUP(buf_deinit) struct buf place = BUF_INIT(HOST_BYTES_MAX);

    if (!url)
        return -ENOMEM;
    if (curl_url_set(url, CURLUPART_URL, base_url, 0) != CURLUE_OK)
        return -EINVAL;
    CLEANUP(curl_text_freep) char *host = url_part(url, CURLUPART_HOST);
    CLEANUP(curl_text_freep) char *port = url_part(url, CURLUPART_PORT);
    if (!host || !port)
        return -EINVAL;
    int r = buf_printf(&header, "Host: %s:%s", host, port);
    if (r == 0)
        r = buf_printf(&place, "::%s:%s", host, port);
    if (r == 0)
        r = rename_url(url, name, &material->base_url);
    if (r == 0)
        r = buf_take(&header, &material->host);
    if (r < 0)
        return r;
    material->connect_to = curl_slist_append(NULL, place.data);
    return material->connect_to ? 0 : -ENOMEM;
}

int http_client_set_tls(struct http_client *client, const struct http_tls *tls)
{
    CLEANUP(material_unrefp) struct http_material *material = calloc(1, sizeof *material);
    int r;

    if (!material)
        return -ENOMEM;
    *material = (struct http_material){.refs = 1,
                                       .ca = BUF_INIT(PEM_BYTES_MAX),
                                       .certificate = BUF_INIT(PEM_BYTES_MAX),
                                       .key = BUF_SECRET_INIT(PEM_BYTES_MAX),
                                       .insecure = tls->insecure};
    if ((r = buf_append_str(&material->ca, tls->ca)) < 0 ||
        (r = buf_append_str(&material->certificate, tls->certificate)) < 0 ||
        (r = buf_append_str(&material->key, tls->key)) < 0 ||
        (r = tls->server_name ? set_server_name(material, client->base_url, tls->server_name) : 0) < 0)
        return r;
    http_material_unref(client->material);
    client->material = TAKE(material);
    return 0;
}

static bool set_blob(CURL *easy, CURLoption option, const struct buf *pem)
{
    struct curl_blob blob = {.data = pem->data, .len = pem->len, .flags = CURL_BLOB_NOCOPY};

    return pem->len == 0 || curl_easy_setopt(easy, option, &blob) == CURLE_OK;
}

bool http_call_set_tls(struct http_call *call)
{
    const struct http_material *material = call->material;
    CURL *easy = call->easy;

    if (!material)
        return true;
    return set_blob(easy, CURLOPT_CAINFO_BLOB, &material->ca) &&
           set_blob(easy, CURLOPT_SSLCERT_BLOB, &material->certificate) &&
           set_blob(easy, CURLOPT_SSLKEY_BLOB, &material->key) &&
           (!material->connect_to || curl_easy_setopt(easy, CURLOPT_CONNECT_TO, material->connect_to) == CURLE_OK) &&
           (!material->insecure || (curl_easy_setopt(easy, CURLOPT_SSL_VERIFYPEER, 0L) == CURLE_OK &&
                                    curl_easy_setopt(easy, CURLOPT_SSL_VERIFYHOST, 0L) == CURLE_OK));
}

int http_client_set_proxy(struct http_client *client, const char *url)
{
    static const char socks[] = "socks5://";
    CLEANUP(buf_deinit) struct buf text = BUF_INIT(HTTP_CLIENT_URL_BYTES_MAX);
    char *proxy = NULL;
    int r;

    if (!url)
        r = buf_append_str(&text, STR(""));
    else if (strncasecmp(url, "http://", 7) == 0 || strncasecmp(url, "https://", 8) == 0)
        r = buf_append_str(&text, str_of(url));
    else if (strncasecmp(url, socks, sizeof socks - 1) == 0) /* libcurl's name for one that resolves names itself */
        r = buf_printf(&text, "socks5h://%s", url + sizeof socks - 1);
    else
        return -EINVAL;
    if (r == 0)
        r = buf_take(&text, &proxy);
    if (r < 0)
        return r;
    free(client->proxy);
    client->proxy = proxy;
    return 0;
}
