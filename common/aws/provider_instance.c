/* Keys from the metadata of an EC2 instance, version 2: a token first, then the role's name, then its keys. Version 1, which needs no
 * token, is never asked. */
#include "common/aws/metadata.h"
#include "common/aws/provider.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

enum { DEADLINE_MS = 1000 }; /* where there is no such service, nobody refuses */
static const char credentials_path[] = "/latest/meta-data/iam/security-credentials/";

struct instance {
    struct aws_fetch *fetch;
    struct aws_metadata *metadata;
    struct buf header; /* with the token */
};

static void instance_free(void *state)
{
    struct instance *instance = state;

    aws_metadata_free(instance->metadata);
    buf_deinit(&instance->header);
    free(instance);
}

static void end(struct instance *instance, int r) { instance->fetch->done(instance->fetch, r); }

/* Says why, unless it is a good answer. */
static bool is_good(struct instance *instance, const struct http_result *result, const char *what)
{
    struct aws_fetch *fetch = instance->fetch;
    int r;

    if (result->error == 0 && result->status / 100 == 2)
        return true;
    if (result->error)
        r = aws_fetch_say(fetch, AWS_FETCH_ABSENT, "%s does not answer: %s", aws_metadata_url(instance->metadata),
                          strerror(-result->error));
    else
        r = aws_fetch_say(fetch, AWS_FETCH_FAILED, "%s has no %s: HTTP status %u",
                          aws_metadata_url(instance->metadata), what, result->status);
    end(instance, r);
    return false;
}

static void ask(struct instance *instance, const char *path, http_done_fn *done)
{
    int r = aws_metadata_ask(instance->metadata, "GET", path, buf_str(&instance->header), done, instance);

    if (r < 0)
        end(instance, r);
}

static void on_keys(void *context, const struct http_result *result)
{
    struct instance *instance = context;

    if (is_good(instance, result, "keys"))
        end(instance, aws_fetch_found_json(instance->fetch, result->body));
}

/* The first line is the role's name. */
static void on_role(void *context, const struct http_result *result)
{
    struct instance *instance = context;
    CLEANUP(buf_deinit) struct buf path = BUF_INIT(AWS_METADATA_PATH_SIZE);

    if (!is_good(instance, result, "role"))
        return;
    struct str name = {result->body.data, strcspn(result->body.data, "\r\n")};
    if (name.len == 0) {
        end(instance, aws_fetch_say(instance->fetch, AWS_FETCH_FAILED, "the instance has no role"));
        return;
    }
    int r = buf_append_str(&path, str_of(credentials_path));
    if (r == 0)
        r = http_escape(name, &path);
    if (r < 0)
        end(instance, aws_fetch_say(instance->fetch, AWS_FETCH_FAILED, "the name of its role is too long"));
    else
        ask(instance, path.data, on_keys);
}

static void on_token(void *context, const struct http_result *result)
{
    struct instance *instance = context;
    struct str token = result->body;

    if (!is_good(instance, result, "token"))
        return;
    buf_clear(&instance->header);
    int r = strlen(token.data) != token.len || strpbrk(token.data, "\r\n")
                ? aws_fetch_say(instance->fetch, AWS_FETCH_FAILED, "its token is none")
                : buf_append_str(&instance->header, STR("X-aws-ec2-metadata-token: "));
    if (r == 0)
        r = buf_append_str(&instance->header, token);
    if (r == 0)
        ask(instance, credentials_path, on_role);
    else
        end(instance, r);
}

static int find(struct aws_fetch *fetch, struct aws_endpoint *ret)
{
    const char *text = aws_fetch_variable(fetch, "AWS_EC2_METADATA_SERVICE_ENDPOINT"),
               *mode = aws_fetch_variable(fetch, "AWS_EC2_METADATA_SERVICE_ENDPOINT_MODE");

    if (strcasecmp(aws_fetch_variable(fetch, "AWS_EC2_METADATA_DISABLED"), "true") == 0)
        return aws_fetch_say(fetch, AWS_FETCH_ABSENT, "AWS_EC2_METADATA_DISABLED is set");
    if (!text[0])
        text = strcasecmp(mode, "IPv6") == 0 ? "http://[fd00:ec2::254]" : "http://169.254.169.254";
    if (aws_endpoint_parse(str_of(text), ret) < 0 || !aws_endpoint_is_safe(ret))
        return aws_fetch_say(fetch, AWS_FETCH_FAILED,
                             "AWS_EC2_METADATA_SERVICE_ENDPOINT is no address of the machine's own");
    return 0;
}

static int make(struct aws_fetch *fetch, const struct aws_endpoint *endpoint, void **state)
{
    struct instance *instance = calloc(1, sizeof *instance);

    if (!instance)
        return -ENOMEM;
    *instance = (struct instance){.fetch = fetch, .header = BUF_SECRET_INIT(AWS_FOUND_BYTES_MAX + 64)};
    int r = aws_metadata_new(fetch->loop, endpoint, DEADLINE_MS, &instance->metadata);
    if (r == 0)
        *state = instance;
    else
        instance_free(instance);
    return r;
}

static int start(struct aws_fetch *fetch, void **state)
{
    struct aws_endpoint endpoint;
    int r = find(fetch, &endpoint);

    if (r == 0 && !*state)
        r = make(fetch, &endpoint, state);
    if (r != 0)
        return r;
    struct instance *instance = *state;
    r = aws_metadata_ask(instance->metadata, "PUT", "/latest/api/token",
                         STR("X-aws-ec2-metadata-token-ttl-seconds: 21600"), on_token, instance);
    return r == 0 ? AWS_FETCH_WAIT : r;
}

const struct aws_provider aws_provider_instance = {.name = "instance", .start = start, .free = instance_free};
