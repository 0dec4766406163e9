/* Keys of a role, for a token that somebody puts into a file and renews there: a service account's on EKS. */
#include "common/aws/sts.h"

static int build(struct aws_fetch *fetch, const char *path, const char *role, struct buf *form)
{
    CLEANUP(buf_deinit) struct buf token = BUF_SECRET_INIT(AWS_TOKEN_BYTES_MAX);
    const char *session = aws_fetch_variable(fetch, "AWS_ROLE_SESSION_NAME");
    int r = aws_fetch_file(fetch, path, &token);

    if (r == 0)
        r = aws_form_begin(form, "AssumeRoleWithWebIdentity");
    if (r == 0)
        r = aws_form_add(form, "RoleArn", str_of(role));
    if (r == 0)
        r = aws_form_add(form, "RoleSessionName", str_of(session[0] ? session : AWS_ROLE_SESSION));
    if (r == 0)
        r = aws_form_add(form, "WebIdentityToken", buf_str(&token));
    if (r == -ENOBUFS)
        return aws_fetch_say(fetch, AWS_FETCH_FAILED, "AWS_ROLE_ARN or AWS_ROLE_SESSION_NAME is too long");
    return r;
}

static int start(struct aws_fetch *fetch, void **state)
{
    CLEANUP(buf_deinit) struct buf form = BUF_SECRET_INIT(3 * AWS_TOKEN_BYTES_MAX + 4 * AWS_ROLE_ARN_BYTES_MAX);
    const char *path = aws_fetch_variable(fetch, "AWS_WEB_IDENTITY_TOKEN_FILE"),
               *role = aws_fetch_variable(fetch, "AWS_ROLE_ARN");
    struct aws_sts *sts = *state;

    if (!path[0])
        return aws_fetch_say(fetch, AWS_FETCH_ABSENT, "AWS_WEB_IDENTITY_TOKEN_FILE is not set");
    if (!role[0])
        return aws_fetch_say(fetch, AWS_FETCH_FAILED, "AWS_ROLE_ARN is not set");
    int r = build(fetch, path, role, &form);
    if (r == 0 && !sts)
        r = aws_sts_new(fetch, NULL, &sts);
    *state = sts;
    if (r == 0)
        r = aws_sts_ask(sts, buf_str(&form));
    return r == 0 ? AWS_FETCH_WAIT : r;
}

static void sts_free(void *state) { aws_sts_free(state); }

const struct aws_provider aws_provider_web_identity = {.name = "web identity", .start = start, .free = sts_free};
