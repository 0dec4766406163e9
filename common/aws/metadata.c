/* One request at a time to a metadata service. Owns its HTTP client and the header, which may hold a token. */
#include "common/aws/metadata.h"

#include "common/aws/provider.h"
#include "common/loop/backoff.h"
#include <stdlib.h>
#include <string.h>

enum { HEADER_BYTES_MAX = AWS_TOKEN_BYTES_MAX + 128 };

struct aws_metadata {
    struct aws_endpoint endpoint;
    struct http_client *http;
    struct loop_timer *timer;
    int64_t deadline_ms;
    const char *method;
    char path[AWS_METADATA_PATH_SIZE];
    struct buf header;
    unsigned tries;
    http_done_fn *done;
    void *context;
};

static void on_answer(void *context, const struct http_result *result);

static int send(struct aws_metadata *metadata)
{
    const char *const headers[] = {metadata->header.data, NULL};
    const struct http_call_spec spec = {.method = metadata->method,
                                        .path = metadata->path,
                                        .headers = metadata->header.len > 0 ? headers : NULL,
                                        .deadline_ms = metadata->deadline_ms,
                                        .body_bytes_max = AWS_FOUND_BYTES_MAX,
                                        .on_done = on_answer,
                                        .context = metadata};

    metadata->tries++;
    return http_client_call(metadata->http, &spec, NULL);
}

static bool may_pass(const struct http_result *result)
{
    if (result->error)
        return result->error != -ENOBUFS && result->error != -EKEYREJECTED;
    return result->status == 429 || result->status >= 500;
}

static void on_answer(void *context, const struct http_result *result)
{
    static const struct backoff pauses = {AWS_METADATA_PAUSE_MS, 4 * AWS_METADATA_PAUSE_MS};
    struct aws_metadata *metadata = context;

    if (may_pass(result) && metadata->tries < AWS_METADATA_TRIES)
        loop_timer_start(metadata->timer, backoff_delay_ms(&pauses, metadata->tries, 0));
    else
        metadata->done(metadata->context, result);
}

static void on_pause_over(void *context)
{
    struct aws_metadata *metadata = context;
    int r = send(metadata);
    const struct http_result result = {.error = r, .body = STR("")};

    if (r < 0)
        metadata->done(metadata->context, &result);
}

int aws_metadata_ask(struct aws_metadata *metadata, const char *method, const char *path, struct str header,
                     http_done_fn *done, void *context)
{
    int r = str_copy(metadata->path, sizeof metadata->path, str_of(path));

    buf_deinit(&metadata->header);
    if (r == 0)
        r = buf_append_str(&metadata->header, header);
    if (r < 0)
        return r == -ENOMEM ? r : -ENAMETOOLONG;
    metadata->method = method;
    metadata->tries = 0;
    metadata->done = done;
    metadata->context = context;
    return send(metadata);
}

const char *aws_metadata_url(const struct aws_metadata *metadata) { return metadata->endpoint.url; }

int aws_metadata_new(struct loop *loop, const struct aws_endpoint *endpoint, int64_t deadline_ms,
                     struct aws_metadata **ret)
{
    CLEANUP(aws_metadata_freep) struct aws_metadata *metadata = calloc(1, sizeof *metadata);

    if (!metadata)
        return -ENOMEM;
    metadata->header = BUF_SECRET_INIT(HEADER_BYTES_MAX);
    metadata->deadline_ms = deadline_ms;
    metadata->endpoint = *endpoint;
    int r = http_client_new(loop, NULL, endpoint->url, &metadata->http);
    if (r == 0)
        r = loop_timer_new(loop, on_pause_over, metadata, &metadata->timer);
    if (r == 0)
        *ret = TAKE(metadata);
    return r;
}

void aws_metadata_free(struct aws_metadata *metadata)
{
    if (!metadata)
        return;
    http_client_free(metadata->http);
    loop_timer_free(metadata->timer);
    buf_deinit(&metadata->header);
    free(metadata);
}
