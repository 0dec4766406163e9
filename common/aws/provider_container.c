/* Keys from the agent of a container: ECS, or EKS Pod Identity. Its address and the token for it come from the environment; the
 * file of the token is read with each fetch, for it is replaced. */
#include "common/aws/metadata.h"
#include "common/aws/provider.h"

#include <stdio.h>
#include <string.h>

enum { DEADLINE_MS = 2000 }; /* the agent may have to ask others */

static void on_answer(void *context, const struct http_result *result)
{
    struct aws_fetch *fetch = context;
    int r;

    if (result->error)
        r = aws_fetch_say(fetch, AWS_FETCH_FAILED, "the agent does not answer: %s", strerror(-result->error));
    else if (result->status / 100 != 2)
        r = aws_fetch_say(fetch, AWS_FETCH_FAILED, "the agent answered with HTTP status %u", result->status);
    else
        r = aws_fetch_found_json(fetch, result->body);
    fetch->done(fetch, r);
}

/* ECS says a path at its own address, others a URL. */
static int find(struct aws_fetch *fetch, char url[AWS_METADATA_PATH_SIZE])
{
    const char *relative = aws_fetch_variable(fetch, "AWS_CONTAINER_CREDENTIALS_RELATIVE_URI"),
               *full = aws_fetch_variable(fetch, "AWS_CONTAINER_CREDENTIALS_FULL_URI");
    bool at_home = relative[0] == '/';
    int len = snprintf(url, AWS_METADATA_PATH_SIZE, "%s%s", at_home ? "http://169.254.170.2" : "",
                       at_home ? relative : full);

    if (!relative[0] && !full[0])
        return aws_fetch_say(fetch, AWS_FETCH_ABSENT, "AWS_CONTAINER_CREDENTIALS_FULL_URI is not set");
    if ((relative[0] && !at_home) || len >= AWS_METADATA_PATH_SIZE)
        return aws_fetch_say(fetch, AWS_FETCH_FAILED, "its address is none, or too long");
    return 0;
}

static int token_header(struct aws_fetch *fetch, struct buf *header)
{
    CLEANUP(buf_deinit) struct buf token = BUF_SECRET_INIT(AWS_TOKEN_BYTES_MAX);
    const char *path = aws_fetch_variable(fetch, "AWS_CONTAINER_AUTHORIZATION_TOKEN_FILE"),
               *text = aws_fetch_variable(fetch, "AWS_CONTAINER_AUTHORIZATION_TOKEN");
    int r = path[0] ? aws_fetch_file(fetch, path, &token) : buf_append_str(&token, str_of(text));

    if (r == -ENOBUFS || strpbrk(text, "\r\n"))
        return aws_fetch_say(fetch, AWS_FETCH_FAILED, "AWS_CONTAINER_AUTHORIZATION_TOKEN is too long, or two lines");
    if (r == 0 && token.len > 0)
        r = buf_append_str(header, STR("Authorization: "));
    if (r == 0 && token.len > 0)
        r = buf_append_str(header, buf_str(&token));
    return r;
}

static int ask(struct aws_fetch *fetch, const struct aws_endpoint *endpoint, const char *path, void **state)
{
    CLEANUP(buf_deinit) struct buf header = BUF_SECRET_INIT(AWS_TOKEN_BYTES_MAX + 64);
    struct aws_metadata *agent = *state;
    int r = agent ? 0 : aws_metadata_new(fetch->loop, endpoint, DEADLINE_MS, &agent);

    *state = agent;
    if (r == 0)
        r = token_header(fetch, &header);
    if (r == 0)
        r = aws_metadata_ask(agent, "GET", path, buf_str(&header), on_answer, fetch);
    return r == 0 ? AWS_FETCH_WAIT : r;
}

static int start(struct aws_fetch *fetch, void **state)
{
    char url[AWS_METADATA_PATH_SIZE];
    struct aws_endpoint endpoint;
    const char *path;
    int r = find(fetch, url);

    if (r != 0)
        return r;
    if (aws_url_split(url, &endpoint, &path) < 0)
        return aws_fetch_say(fetch, AWS_FETCH_FAILED, "AWS_CONTAINER_CREDENTIALS_FULL_URI is no URL");
    if (!aws_endpoint_is_safe(&endpoint))
        return aws_fetch_say(
            fetch, AWS_FETCH_FAILED,
            "AWS_CONTAINER_CREDENTIALS_FULL_URI is plain http to a host that is not on this machine");
    return ask(fetch, &endpoint, path, state);
}

static void agent_free(void *state) { aws_metadata_free(state); }

const struct aws_provider aws_provider_container = {.name = "container", .start = start, .free = agent_free};
