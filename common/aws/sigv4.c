/* Signature Version 4 in its four steps: canonical request, string to sign, key, signature. Pure; every buffer that holds
 * something of the secret or the session's token is wiped. */
#include "common/aws/sigv4.h"

#include "common/base/secret.h"
#include "common/http/client.h"
#include <string.h>
#include <time.h>

static const char algorithm[] = "AWS4-HMAC-SHA256";

void aws_time_format(int64_t wall_ms, char text[AWS_TIME_SIZE])
{
    time_t seconds = (time_t)(wall_ms / 1000);
    struct tm utc;

    check(gmtime_r(&seconds, &utc) && strftime(text, AWS_TIME_SIZE, "%Y%m%dT%H%M%SZ", &utc) == AWS_TIME_SIZE - 1);
}

static int str_compare(struct str a, struct str b)
{
    size_t len = a.len < b.len ? a.len : b.len;
    int order = len > 0 ? memcmp(a.data, b.data, len) : 0;

    return order ? order : (a.len > b.len) - (a.len < b.len);
}

/* By name, then by value. */
static void sort(struct aws_pair *pairs, size_t count)
{
    for (size_t i = 1; i < count; i++)
        for (size_t j = i; j > 0; j--) {
            int order = str_compare(pairs[j - 1].name, pairs[j].name);
            if (order < 0 || (order == 0 && str_compare(pairs[j - 1].value, pairs[j].value) <= 0))
                break;
            struct aws_pair pair = pairs[j];
            pairs[j] = pairs[j - 1];
            pairs[j - 1] = pair;
        }
}

static int append_path(const struct aws_request *request, struct buf *buf)
{
    struct str rest = request->path;
    int r = request->path_once ? buf_append_str(buf, rest) : 0;

    while (!request->path_once && r == 0 && rest.len > 0) {
        ptrdiff_t slash = str_find(rest, STR("/"));
        struct str segment = {rest.data, slash < 0 ? rest.len : (size_t)slash};
        size_t used = segment.len + (slash >= 0);
        r = http_escape(segment, buf);
        if (r == 0 && slash >= 0)
            r = buf_append_char(buf, '/');
        rest = (struct str){rest.data + used, rest.len - used};
    }
    return r;
}

/* Escaped text goes to a buffer that is large enough from the start, so that pieces of it may be pointed at. */
static int escape(struct str text, struct buf *room, struct str *ret)
{
    size_t before = room->len;
    int r = http_escape(text, room);

    *ret = (struct str){room->data + before, room->len - before};
    return r;
}

/* The order is that of the escaped names and values. */
static int append_query(const struct aws_pair *query, size_t count, struct buf *buf)
{
    CLEANUP(buf_deinit) struct buf room = BUF_SECRET_INIT(AWS_SIGNED_BYTES_MAX);
    struct aws_pair pairs[AWS_PAIRS_MAX];
    char *start;
    int r = count > AWS_PAIRS_MAX ? -ENOBUFS : count > 0 ? buf_reserve(&room, AWS_SIGNED_BYTES_MAX, &start) : 0;

    for (size_t i = 0; r == 0 && i < count; i++) {
        r = escape(query[i].name, &room, &pairs[i].name);
        if (r == 0)
            r = escape(query[i].value, &room, &pairs[i].value);
    }
    if (r == 0)
        sort(pairs, count);
    for (size_t i = 0; r == 0 && i < count; i++)
        r = buf_printf(buf, "%s%.*s=%.*s", i ? "&" : "", STR_ARG(pairs[i].name), STR_ARG(pairs[i].value));
    return r;
}

/* Without blanks around it; runs of them are one. */
static int append_header_value(struct str value, struct buf *buf)
{
    bool blank = false, any = false;
    int r = 0;

    for (size_t i = 0; r == 0 && i < value.len; i++) {
        if (value.data[i] == ' ' || value.data[i] == '\t') {
            blank = any;
            continue;
        }
        if (blank)
            r = buf_append_char(buf, ' ');
        if (r == 0)
            r = buf_append_char(buf, value.data[i]);
        blank = false;
        any = true;
    }
    return r;
}

static int append_headers(const struct aws_pair *headers, size_t count, struct buf *buf)
{
    int r = 0;

    for (size_t i = 0; r == 0 && i < count; i++) {
        r = buf_printf(buf, "%.*s:", STR_ARG(headers[i].name));
        if (r == 0)
            r = append_header_value(headers[i].value, buf);
        if (r == 0)
            r = buf_append_char(buf, '\n');
    }
    return r;
}

static int append_names(const struct aws_pair *headers, size_t count, struct buf *buf)
{
    int r = 0;

    for (size_t i = 0; r == 0 && i < count; i++)
        r = buf_printf(buf, "%s%.*s", i ? ";" : "", STR_ARG(headers[i].name));
    return r;
}

/* A request whose headers are in their order, with the names of these. */
struct ordered {
    struct aws_pair headers[AWS_PAIRS_MAX];
    struct buf names;
};

static void ordered_deinit(struct ordered *ordered) { buf_deinit(&ordered->names); }

static int ordered_init(const struct aws_request *request, struct ordered *ret)
{
    *ret = (struct ordered){.names = BUF_INIT(AWS_SIGNED_BYTES_MAX)};
    if (request->header_count > AWS_PAIRS_MAX)
        return -ENOBUFS;
    memcpy(ret->headers, request->headers, request->header_count * sizeof *request->headers);
    sort(ret->headers, request->header_count);
    return append_names(ret->headers, request->header_count, &ret->names);
}

/* query: canonical. */
static int request_digest(const struct aws_request *request, const struct ordered *ordered, struct str query,
                          char text[SHA256_TEXT_SIZE])
{
    CLEANUP(buf_deinit) struct buf canonical = BUF_SECRET_INIT(3 * AWS_SIGNED_BYTES_MAX);
    int r = buf_printf(&canonical, "%s\n", request->method);

    if (r == 0)
        r = append_path(request, &canonical);
    if (r == 0)
        r = buf_append_char(&canonical, '\n');
    if (r == 0)
        r = buf_append_str(&canonical, query);
    if (r == 0)
        r = buf_append_char(&canonical, '\n');
    if (r == 0)
        r = append_headers(ordered->headers, request->header_count, &canonical);
    if (r == 0)
        r = buf_printf(&canonical, "\n%.*s\n%s", STR_ARG(buf_str(&ordered->names)), request->payload);
    if (r == 0)
        sha256_hex(buf_str(&canonical), text);
    return r;
}

/* "20150830/us-east-1/service/aws4_request" */
static int append_scope(const struct aws_scope *scope, struct buf *buf)
{
    char time[AWS_TIME_SIZE];

    aws_time_format(scope->wall_ms, time);
    return buf_printf(buf, "%.8s/%s/%s/aws4_request", time, scope->region, scope->service);
}

static int derive_key(struct str secret, const struct aws_scope *scope, unsigned char key[HMAC_SHA256_SIZE])
{
    CLEANUP(buf_deinit) struct buf first = BUF_SECRET_INIT(AWS_SIGNED_BYTES_MAX);
    const struct str derived = {(const char *)key, HMAC_SHA256_SIZE};
    char time[AWS_TIME_SIZE];
    int r = buf_append_str(&first, STR("AWS4"));

    if (r == 0)
        r = buf_append_str(&first, secret);
    if (r < 0)
        return r;
    aws_time_format(scope->wall_ms, time);
    hmac_sha256(buf_str(&first), (struct str){time, 8}, key);
    hmac_sha256(derived, str_of(scope->region), key);
    hmac_sha256(derived, str_of(scope->service), key);
    hmac_sha256(derived, STR("aws4_request"), key);
    return 0;
}

#define SIGNATURE_SIZE (2 * HMAC_SHA256_SIZE + 1)

static int signature(const struct aws_keys *keys, const struct aws_scope *scope, const char *digest,
                     char text[SIGNATURE_SIZE])
{
    CLEANUP(buf_deinit) struct buf to_sign = BUF_INIT(AWS_SIGNED_BYTES_MAX);
    unsigned char key[HMAC_SHA256_SIZE];
    char time[AWS_TIME_SIZE];

    aws_time_format(scope->wall_ms, time);
    int r = buf_printf(&to_sign, "%s\n%s\n", algorithm, time);
    if (r == 0)
        r = append_scope(scope, &to_sign);
    if (r == 0)
        r = buf_printf(&to_sign, "\n%s", digest);
    if (r == 0)
        r = derive_key(keys->secret, scope, key);
    if (r < 0)
        return r;
    hmac_sha256((struct str){(const char *)key, sizeof key}, buf_str(&to_sign), key);
    hex_encode(key, sizeof key, text);
    explicit_bzero(key, sizeof key);
    return 0;
}

int aws_sign(const struct aws_keys *keys, const struct aws_scope *scope, const struct aws_request *request,
             struct buf *buf)
{
    CLEANUP(buf_deinit) struct buf query = BUF_SECRET_INIT(AWS_SIGNED_BYTES_MAX);
    CLEANUP(ordered_deinit) struct ordered ordered;
    char digest[SHA256_TEXT_SIZE], text[SIGNATURE_SIZE];
    int r = ordered_init(request, &ordered);

    if (r == 0)
        r = append_query(request->query, request->query_count, &query);
    if (r == 0)
        r = request_digest(request, &ordered, buf_str(&query), digest);
    if (r == 0)
        r = signature(keys, scope, digest, text);
    if (r == 0)
        r = buf_printf(buf, "%s Credential=%.*s/", algorithm, STR_ARG(keys->id));
    if (r == 0)
        r = append_scope(scope, buf);
    return r < 0 ? r : buf_printf(buf, ", SignedHeaders=%s, Signature=%s", ordered.names.data, text);
}

/* The request's query, and what stands for the headers of a signed request. */
static int presigned_query(const struct aws_keys *keys, const struct aws_scope *scope,
                           const struct aws_request *request, const struct ordered *ordered, unsigned expires_s,
                           struct buf *buf)
{
    CLEANUP(buf_deinit) struct buf credential = BUF_INIT(AWS_SIGNED_BYTES_MAX);
    CLEANUP(buf_deinit) struct buf expires = BUF_INIT(16);
    struct aws_pair pairs[AWS_PAIRS_MAX];
    char time[AWS_TIME_SIZE];
    size_t count = request->query_count;
    int r = count + 6 > AWS_PAIRS_MAX ? -ENOBUFS : buf_printf(&credential, "%.*s/", STR_ARG(keys->id));

    if (r == 0)
        r = append_scope(scope, &credential);
    if (r == 0)
        r = buf_printf(&expires, "%u", expires_s);
    if (r < 0)
        return r;
    aws_time_format(scope->wall_ms, time);
    if (count > 0)
        memcpy(pairs, request->query, count * sizeof *pairs);
    pairs[count++] = (struct aws_pair){STR("X-Amz-Algorithm"), str_of(algorithm)};
    pairs[count++] = (struct aws_pair){STR("X-Amz-Credential"), buf_str(&credential)};
    pairs[count++] = (struct aws_pair){STR("X-Amz-Date"), str_of(time)};
    pairs[count++] = (struct aws_pair){STR("X-Amz-Expires"), buf_str(&expires)};
    pairs[count++] = (struct aws_pair){STR("X-Amz-SignedHeaders"), buf_str(&ordered->names)};
    if (keys->token.len > 0)
        pairs[count++] = (struct aws_pair){STR("X-Amz-Security-Token"), keys->token};
    return append_query(pairs, count, buf);
}

int aws_presign(const struct aws_keys *keys, const struct aws_scope *scope, const struct aws_request *request,
                unsigned expires_s, struct buf *buf)
{
    CLEANUP(buf_deinit) struct buf query = BUF_SECRET_INIT(AWS_SIGNED_BYTES_MAX);
    CLEANUP(ordered_deinit) struct ordered ordered;
    char digest[SHA256_TEXT_SIZE], text[SIGNATURE_SIZE];
    int r = ordered_init(request, &ordered);

    if (r == 0)
        r = presigned_query(keys, scope, request, &ordered, expires_s, &query);
    if (r == 0)
        r = request_digest(request, &ordered, buf_str(&query), digest);
    if (r == 0)
        r = signature(keys, scope, digest, text);
    if (r < 0)
        return r;
    return buf_printf(buf, "%.*s?%.*s&X-Amz-Signature=%s", STR_ARG(request->path), STR_ARG(buf_str(&query)), text);
}
