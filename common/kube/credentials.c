/* The credentials in use at one API server. Owns copies of every secret, in buffers that are wiped; a file that cannot be read
 * keeps its last contents, for it may be about to be replaced. */
#include "common/kube/credentials.h"

#include "common/base/fd.h"
#include "common/kube/client.h"
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>

enum { HEADER_BYTES_MAX = KUBE_TOKEN_BYTES_MAX + 64 };

static int replace(struct buf *buf, struct str text, bool *changed)
{
    if (str_equal(buf_str(buf), text))
        return 0;
    buf_clear(buf);
    *changed = true;
    return buf_append_str(buf, text);
}

static int file_take(const char *path, struct buf *current, bool *changed, struct reason *why)
{
    CLEANUP(buf_deinit) struct buf text = BUF_SECRET_INIT(current->max_bytes);
    int r = file_read(AT_FDCWD, path, &text);
    if (r == 0)
        return replace(current, buf_str(&text), changed);
    if (current->len > 0 || r == -ENOMEM)
        return current->len > 0 ? 0 : r;
    return reason_set(why, REASON_KUBE_ACCESS_INVALID, -ENOKEY, "%s cannot be read: %s", path, strerror(-r));
}

static int pem_take(const struct kube_pem *pem, struct buf *current, bool *changed, struct reason *why)
{
    return pem->file ? file_take(pem->file, current, changed, why) : replace(current, buf_str(&pem->data), changed);
}

static struct str trimmed(struct str text)
{
    while (text.len > 0 && strchr(" \r\n\t", text.data[text.len - 1]))
        text.len--;
    return text;
}

/* A header is one line: a token with a line break in it would be two. */
static bool is_one_line(struct str text)
{
    for (size_t i = 0; i < text.len; i++)
        if ((unsigned char)text.data[i] < 0x20 || text.data[i] == 0x7F)
            return false;
    return true;
}

static int authorization_set(struct kube_credentials *credentials, struct reason *why)
{
    struct str token = trimmed(buf_str(&credentials->token));
    buf_clear(&credentials->authorization);
    if (token.len == 0)
        return 0;
    if (!is_one_line(token))
        return reason_set(why, REASON_KUBE_ACCESS_INVALID, -ENOKEY, "the token has more than one line");
    int r = buf_append_str(&credentials->authorization, STR("Authorization: Bearer "));
    return r == 0 ? buf_append_str(&credentials->authorization, token) : r;
}

static int tls_set(struct kube_credentials *credentials, struct reason *why)
{
    const struct kube_access *access = credentials->access;
    const struct http_tls tls = {.ca = buf_str(&credentials->ca),
                                 .certificate = buf_str(&credentials->certificate),
                                 .key = buf_str(&credentials->key),
                                 .server_name = access->tls_server_name,
                                 .insecure = access->insecure};
    int r = http_client_set_tls(credentials->http, &tls);
    if (r != -EINVAL)
        return r;
    return reason_set(why, REASON_KUBE_ACCESS_INVALID, -ENOKEY, "'%s' has no host, or '%s' is none", access->server,
                      access->tls_server_name);
}

/* What cannot be put to use is tried again with the next look: without it we would ask as nobody. */
static int publish(struct kube_credentials *credentials, struct reason *why)
{
    bool changed = credentials->token_changed || credentials->tls_changed;
    int r = credentials->token_changed ? authorization_set(credentials, why) : 0;
    if (r == 0 && credentials->tls_changed)
        r = tls_set(credentials, why);
    if (r == 0)
        credentials->token_changed = credentials->tls_changed = false;
    credentials->generation += changed;
    return r;
}

static int files_read(struct kube_credentials *credentials, struct reason *why)
{
    const struct kube_access *access = credentials->access;
    bool *token_changed = &credentials->token_changed, *tls_changed = &credentials->tls_changed;
    *tls_changed = *tls_changed || !mono_is_set(credentials->read_at);
    int r = pem_take(&access->ca, &credentials->ca, tls_changed, why);
    if (r == 0 && !credentials->have)
        r = pem_take(&access->certificate, &credentials->certificate, tls_changed, why);
    if (r == 0 && !credentials->have)
        r = pem_take(&access->key, &credentials->key, tls_changed, why);
    if (r == 0 && access->token_file)
        r = file_take(access->token_file, &credentials->token, token_changed, why);
    else if (r == 0 && !access->fetcher.fetch)
        r = replace(&credentials->token, buf_str(&access->token), token_changed);
    if (r == 0)
        r = publish(credentials, why);
    if (r == 0)
        credentials->read_at = mono_now();
    return r;
}

static int fetched_take(struct kube_credentials *credentials, const struct kube_credential *fetched,
                        struct reason *why)
{
    int r = replace(&credentials->token, fetched->token, &credentials->token_changed);
    if (r == 0 && fetched->certificate.len > 0)
        r = replace(&credentials->certificate, fetched->certificate, &credentials->tls_changed);
    if (r == 0 && fetched->certificate.len > 0)
        r = replace(&credentials->key, fetched->key, &credentials->tls_changed);
    return r == 0 ? publish(credentials, why) : r;
}

/* What came with its time over is used for a while all the same: it may be our clock that is wrong, and the server decides. */
static int64_t expiry_of(const struct kube_credential *fetched)
{
    int64_t now_ms = wall_now_ms();
    bool over = fetched->expires_wall_ms != 0 && fetched->expires_wall_ms <= now_ms;
    return over ? now_ms + KUBE_CREDENTIALS_FETCHED_MIN_MS : fetched->expires_wall_ms;
}

static void fetch_done(void *context, int error, const struct kube_credential *fetched, const struct reason *why)
{
    struct kube_credentials *credentials = context;
    credentials->fetching = false;
    credentials->failure = error;
    if (error < 0)
        credentials->why = *why;
    else
        credentials->failure = fetched_take(credentials, fetched, &credentials->why);
    credentials->have = credentials->failure == 0;
    credentials->expires_wall_ms = credentials->have ? expiry_of(fetched) : 0;
    credentials->fetched(credentials->context);
}

static int fetch_look(struct kube_credentials *credentials, struct reason *why)
{
    const struct kube_fetcher *fetcher = &credentials->access->fetcher;
    bool expired = credentials->expires_wall_ms && wall_now_ms() >= credentials->expires_wall_ms;
    if (credentials->fetching)
        return KUBE_CREDENTIALS_WAIT;
    if (credentials->failure < 0) {
        *why = credentials->why;
        return credentials->failure;
    }
    if (credentials->have && !expired)
        return 0;
    int r = fetcher->fetch(fetcher->context, fetch_done, credentials);
    credentials->fetching = r == 0;
    return r < 0 ? r : KUBE_CREDENTIALS_WAIT;
}

int kube_credentials_look(struct kube_credentials *credentials, struct reason *why)
{
    const struct kube_access *access = credentials->access;
    struct mono stale = mono_after(credentials->read_at, KUBE_CREDENTIALS_AGE_MS);
    int r = 0;
    if (access->socket_path)
        return 0;
    if (!mono_is_set(credentials->read_at) || mono_reached(mono_now(), stale))
        r = files_read(credentials, why);
    return r == 0 && access->fetcher.fetch ? fetch_look(credentials, why) : r;
}

bool kube_credentials_refused(struct kube_credentials *credentials, unsigned generation)
{
    const struct kube_access *access = credentials->access;
    if (!access->fetcher.fetch && !access->token_file && !access->certificate.file)
        return false;
    if (generation != credentials->generation)
        return true; /* there are newer ones already */
    credentials->have = false;
    credentials->read_at = (struct mono){0};
    return true;
}

void kube_credentials_headers(const struct kube_credentials *credentials, const char *ret[KUBE_HEADERS_MAX + 2])
{
    size_t count = 0;
    if (credentials->authorization.len > 0)
        ret[count++] = credentials->authorization.data;
    for (size_t i = 0; i < credentials->header_count; i++)
        ret[count++] = credentials->headers[i];
    ret[count] = NULL;
}

static int header_add(struct kube_credentials *credentials, const char *name, const char *value)
{
    CLEANUP(buf_deinit) struct buf line = BUF_INIT(HEADER_BYTES_MAX);
    if (!value)
        return 0;
    if (credentials->header_count == KUBE_HEADERS_MAX || !is_one_line(str_of(value)))
        return -EINVAL;
    int r = buf_printf(&line, "%s: %s", name, value);
    if (r == 0)
        r = buf_take(&line, &credentials->headers[credentials->header_count]);
    credentials->header_count += r == 0;
    return r;
}

int kube_credentials_init(const struct kube_access *access, struct http_client *http, kube_credentials_fn *fetched,
                          void *context, struct kube_credentials *ret)
{
    *ret = (struct kube_credentials){.access = access,
                                     .http = http,
                                     .fetched = fetched,
                                     .context = context,
                                     .authorization = BUF_SECRET_INIT(HEADER_BYTES_MAX),
                                     .token = BUF_SECRET_INIT(KUBE_TOKEN_BYTES_MAX),
                                     .ca = BUF_INIT(KUBE_PEM_BYTES_MAX),
                                     .certificate = BUF_INIT(KUBE_PEM_BYTES_MAX),
                                     .key = BUF_SECRET_INIT(KUBE_PEM_BYTES_MAX)};
    int r = header_add(ret, "Impersonate-User", access->as_user);
    if (r == 0)
        r = header_add(ret, "Impersonate-Uid", access->as_uid);
    for (char **group = access->as_groups; r == 0 && group && *group; group++)
        r = header_add(ret, "Impersonate-Group", *group);
    return r;
}

void kube_credentials_deinit(struct kube_credentials *credentials)
{
    if (credentials->fetching)
        credentials->access->fetcher.cancel(credentials->access->fetcher.context);
    for (size_t i = 0; i < credentials->header_count; i++)
        free(credentials->headers[i]);
    buf_deinit(&credentials->authorization);
    buf_deinit(&credentials->token);
    buf_deinit(&credentials->ca);
    buf_deinit(&credentials->certificate);
    buf_deinit(&credentials->key);
}
