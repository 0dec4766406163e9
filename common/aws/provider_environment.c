/* Keys that stand in the process's environment. They never expire as far as we know, and do not change. */
#include "common/aws/provider.h"

static int start(struct aws_fetch *fetch, void **state)
{
    const struct aws_keys keys = {str_of(aws_fetch_variable(fetch, "AWS_ACCESS_KEY_ID")),
                                  str_of(aws_fetch_variable(fetch, "AWS_SECRET_ACCESS_KEY")),
                                  str_of(aws_fetch_variable(fetch, "AWS_SESSION_TOKEN"))};

    (void)state;
    if (keys.id.len == 0 && keys.secret.len == 0)
        return aws_fetch_say(fetch, AWS_FETCH_ABSENT, "AWS_ACCESS_KEY_ID is not set");
    if (keys.id.len == 0 || keys.secret.len == 0)
        return aws_fetch_say(fetch, AWS_FETCH_FAILED, "%s is not set",
                             keys.id.len ? "AWS_SECRET_ACCESS_KEY" : "AWS_ACCESS_KEY_ID");
    return aws_fetch_found(fetch, &keys, 0);
}

const struct aws_provider aws_provider_environment = {.name = "environment", .start = start, .fixed = true};
