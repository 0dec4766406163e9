/* The headers of a request, with its signature. Pure. */
#include "common/aws/client_internal.h"

#include "common/base/secret.h"

enum { LINE_BYTES_MAX = AWS_SIGNED_BYTES_MAX + 64 };

void aws_headers_deinit(struct aws_headers *headers)
{
    for (size_t i = 0; i < headers->count; i++)
        buf_deinit(&headers->lines[i]);
}

static int add(struct aws_headers *headers, const char *name, struct str value)
{
    struct buf *line = &headers->lines[headers->count];

    check(headers->count < AWS_HEADERS_MAX);
    *line = BUF_SECRET_INIT(LINE_BYTES_MAX);
    headers->count++;
    int r = buf_printf(line, "%s: ", name);
    if (r == 0)
        r = buf_append_str(line, value);
    headers->list[headers->count - 1] = line->data;
    return r;
}

static int add_signature(const struct aws_call *call, const struct aws_held *held, int64_t wall_ms,
                         const struct aws_pair *pairs, size_t count, struct aws_headers *headers)
{
    const struct aws_client *client = call->client;
    const struct aws_scope scope = {client->service, client->region, wall_ms};
    CLEANUP(buf_deinit) struct buf authorization = BUF_INIT(LINE_BYTES_MAX);
    char payload[SHA256_TEXT_SIZE];

    sha256_hex(buf_str(&call->body), payload);
    const struct aws_request request = {
        .method = "POST", .path = STR("/"), .headers = pairs, .header_count = count, .payload = payload};
    int r = aws_sign(&held->keys, &scope, &request, &authorization);
    return r == 0 ? add(headers, "Authorization", buf_str(&authorization)) : r;
}

/* Host is said explicitly, so that what is sent is what was signed. Content-Type is added by the HTTP door. */
int aws_headers_init(const struct aws_call *call, const struct aws_held *held, int64_t wall_ms,
                     struct aws_headers *ret)
{
    struct aws_pair pairs[AWS_HEADERS_MAX];
    char time[AWS_TIME_SIZE];
    size_t count = 0;
    int r = 0;

    *ret = (struct aws_headers){.count = 0};
    aws_time_format(wall_ms, time);
    pairs[count++] = (struct aws_pair){STR("host"), str_of(aws_endpoint_host(&call->client->endpoint))};
    pairs[count++] = (struct aws_pair){STR("x-amz-date"), str_of(time)};
    if (call->target)
        pairs[count++] = (struct aws_pair){STR("x-amz-target"), str_of(call->target)};
    else
        pairs[count++] = (struct aws_pair){STR("accept"), STR("text/xml")};
    if (held && held->keys.token.len > 0)
        pairs[count++] = (struct aws_pair){STR("x-amz-security-token"), held->keys.token};
    for (size_t i = 0; r == 0 && i < count; i++)
        r = add(ret, pairs[i].name.data, pairs[i].value);
    pairs[count++] = (struct aws_pair){STR("content-type"),
                                       call->target ? STR(AWS_CONTENT_TYPE_JSON) : STR(AWS_CONTENT_TYPE_FORM)};
    return r == 0 && held ? add_signature(call, held, wall_ms, pairs, count, ret) : r;
}
