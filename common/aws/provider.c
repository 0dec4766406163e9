/* What providers have in common. Owns nothing. */
#include "common/aws/provider.h"

#include "common/base/fd.h"
#include <fcntl.h>
#include <string.h>

void aws_credential_deinit(struct aws_credential *credential)
{
    buf_deinit(&credential->id);
    buf_deinit(&credential->secret);
    buf_deinit(&credential->token);
    credential->expires_wall_ms = 0;
}

const char *aws_fetch_variable(const struct aws_fetch *fetch, const char *name)
{
    const char *value = fetch->lookup(name);

    return value ? value : "";
}

/* Each goes into a header, or a key of an HMAC. */
static int take(struct aws_fetch *fetch, const char *what, struct str text, struct buf *buf)
{
    for (size_t i = 0; i < text.len; i++)
        if ((unsigned char)text.data[i] <= 0x20 || text.data[i] == 0x7F)
            return aws_fetch_say(fetch, AWS_FETCH_FAILED, "its %s has blanks or control characters", what);
    int r = buf_append_str(buf, text);
    if (r == -ENOBUFS)
        return aws_fetch_say(fetch, AWS_FETCH_FAILED, "its %s is longer than %zu bytes", what, buf->max_bytes);
    return r;
}

int aws_fetch_found(struct aws_fetch *fetch, const struct aws_keys *keys, int64_t expires_wall_ms)
{
    if (keys->id.len == 0 || keys->secret.len == 0)
        return aws_fetch_say(fetch, AWS_FETCH_FAILED, "its %s is empty",
                             keys->id.len ? "secret access key" : "access key id");
    aws_credential_deinit(&fetch->found);
    int r = take(fetch, "access key id", keys->id, &fetch->found.id);
    if (r == 0)
        r = take(fetch, "secret access key", keys->secret, &fetch->found.secret);
    if (r == 0)
        r = take(fetch, "session token", keys->token, &fetch->found.token);
    fetch->found.expires_wall_ms = expires_wall_ms;
    return r;
}

int aws_fetch_file(struct aws_fetch *fetch, const char *path, struct buf *buf)
{
    int r = file_read(AT_FDCWD, path, buf);

    if (r == -ENOBUFS)
        return aws_fetch_say(fetch, AWS_FETCH_FAILED, "%s is longer than %zu bytes", path, buf->max_bytes);
    if (r < 0 && r != -ENOMEM)
        return aws_fetch_say(fetch, AWS_FETCH_FAILED, "%s cannot be read: %s", path, strerror(-r));
    while (r == 0 && buf->len > 0 && strchr(" \t\r\n", buf->data[buf->len - 1]))
        buf->data[--buf->len] = '\0';
    for (size_t i = 0; r == 0 && i < buf->len; i++)
        if ((unsigned char)buf->data[i] <= 0x20 || buf->data[i] == 0x7F)
            return aws_fetch_say(fetch, AWS_FETCH_FAILED, "%s has more than one word", path);
    if (r == 0 && buf->len == 0)
        return aws_fetch_say(fetch, AWS_FETCH_FAILED, "%s is empty", path);
    return r;
}
