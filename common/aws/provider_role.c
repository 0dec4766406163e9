/* Keys of a role that the configuration names, for those that the default chain finds. */
#include "common/aws/sts.h"

#include <stdlib.h>

struct role {
    struct aws_credentials *base;
    struct aws_sts *sts;
};

static void role_free(void *state)
{
    struct role *role = state;

    aws_sts_free(role->sts);
    aws_credentials_free(role->base);
    free(role);
}

static int make(struct aws_fetch *fetch, void **state)
{
    const struct aws_credentials_spec base = {.loop = fetch->loop, .lookup = fetch->lookup, .region = fetch->region};
    struct role *role = calloc(1, sizeof *role);

    if (!role)
        return -ENOMEM;
    int r = fetch->region[0] ? aws_credentials_new(&base, &role->base) : 0; /* without region the client says it */
    if (r == 0)
        r = aws_sts_new(fetch, role->base, &role->sts);
    if (r == 0)
        *state = role;
    else
        role_free(role);
    return r;
}

static int start(struct aws_fetch *fetch, void **state)
{
    CLEANUP(buf_deinit) struct buf form = BUF_INIT(8 * AWS_ROLE_ARN_BYTES_MAX);
    int r = *state ? 0 : make(fetch, state);

    if (r == 0)
        r = aws_form_begin(&form, "AssumeRole");
    if (r == 0)
        r = aws_form_add(&form, "RoleArn", str_of(fetch->role_arn));
    if (r == 0)
        r = aws_form_add(&form, "RoleSessionName", STR(AWS_ROLE_SESSION));
    if (r == 0 && fetch->external_id[0])
        r = aws_form_add(&form, "ExternalId", str_of(fetch->external_id));
    if (r == 0)
        r = aws_sts_ask(((struct role *)*state)->sts, buf_str(&form));
    return r == 0 ? AWS_FETCH_WAIT : r;
}

const struct aws_provider aws_provider_role = {.name = "role", .start = start, .free = role_free};
