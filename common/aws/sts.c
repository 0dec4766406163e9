/* Keys of a role. Owns the client; what it asks lies in wiped buffers, for it may hold a token. */
#include "common/aws/sts.h"

#include "common/http/client.h"
#include <stdlib.h>

struct aws_sts {
    struct aws_fetch *fetch;
    struct aws_client *client;
};

static void on_done(void *context, const struct aws_result *result)
{
    struct aws_fetch *fetch = ((struct aws_sts *)context)->fetch;
    int r;

    if (aws_result_ok(result))
        r = aws_fetch_found_xml(fetch, result->body);
    else if (result->error == -ENOMEM)
        r = result->error;
    else if (result->error)
        r = aws_fetch_say(fetch, AWS_FETCH_FAILED, "%s", result->message);
    else
        r = aws_fetch_say(fetch, AWS_FETCH_FAILED, "STS answered with HTTP status %u%s%s%s%s", result->status,
                          result->code[0] ? " " : "", result->code, result->message[0] ? ": " : "", result->message);
    fetch->done(fetch, r);
}

static const char *endpoint_of(const struct aws_fetch *fetch)
{
    const char *endpoint = aws_fetch_variable(fetch, "AWS_ENDPOINT_URL_STS");

    return endpoint[0] ? endpoint : aws_fetch_variable(fetch, "AWS_ENDPOINT_URL");
}

int aws_sts_new(struct aws_fetch *fetch, struct aws_credentials *credentials, struct aws_sts **ret)
{
    const struct aws_client_spec spec = {.loop = fetch->loop,
                                         .service = "sts",
                                         .region = fetch->region,
                                         .endpoint = endpoint_of(fetch),
                                         .credentials = credentials};
    struct aws_client *client;

    if (!fetch->region[0])
        return aws_fetch_say(fetch, AWS_FETCH_FAILED, "AWS_REGION is not set");
    int r = aws_client_new(&spec, &client);
    if (r == -EINVAL)
        return aws_fetch_say(fetch, AWS_FETCH_FAILED, "AWS_ENDPOINT_URL_STS or AWS_ENDPOINT_URL is no URL of a host");
    if (r < 0)
        return r;
    struct aws_sts *sts = calloc(1, sizeof *sts);
    if (!sts) {
        aws_client_free(client);
        return -ENOMEM;
    }
    *sts = (struct aws_sts){fetch, client};
    *ret = sts;
    return 0;
}

void aws_sts_free(struct aws_sts *sts)
{
    if (!sts)
        return;
    aws_client_free(sts->client);
    free(sts);
}

int aws_form_begin(struct buf *form, const char *action)
{
    return buf_printf(form, "Action=%s&Version=2011-06-15", action);
}

int aws_form_add(struct buf *form, const char *name, struct str value)
{
    int r = buf_printf(form, "&%s=", name);

    return r == 0 ? http_escape(value, form) : r;
}

int aws_sts_ask(struct aws_sts *sts, struct str form)
{
    const struct aws_call_spec spec = {.body = form,
                                       .deadline_ms = AWS_STS_DEADLINE_MS,
                                       .body_bytes_max = AWS_FOUND_BYTES_MAX,
                                       .repeatable = true,
                                       .on_done = on_done,
                                       .context = sts};

    return aws_client_call(sts->client, &spec, NULL);
}
