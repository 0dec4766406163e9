/* Keys in answers: of metadata services (JSON), of STS (XML). Pure, beside the holder that they go to. */
#include "common/aws/provider.h"
#include "common/aws/xml.h"
#include "common/base/mono.h"
#include "common/json/json.h"

/* An answer without a time would never be fetched again. */
static int found(struct aws_fetch *fetch, const struct aws_keys *keys, struct str expiration)
{
    char text[64];
    int64_t expires_ms;

    if (str_copy(text, sizeof text, expiration) < 0 || wall_parse(text, &expires_ms) < 0 || expires_ms <= 0)
        return aws_fetch_say(fetch, AWS_FETCH_FAILED, "its answer does not say when the keys expire");
    return aws_fetch_found(fetch, keys, expires_ms);
}

int aws_fetch_found_json(struct aws_fetch *fetch, struct str body)
{
    const struct json_limits limits = {.bytes_max = AWS_FOUND_BYTES_MAX, .depth_max = 16, .values_max = 256};
    CLEANUP(json_freep) struct json *json = NULL;
    struct json_error error;
    int r = json_parse(body, &limits, &json, &error);

    if (r < 0)
        return r;
    if (r > 0)
        return aws_fetch_say(fetch, AWS_FETCH_FAILED, "its answer is not understood: %s", error.text);
    struct str code = json_str(json_get(json, "Code"));
    if (code.data && !str_equal(code, STR("Success")))
        return aws_fetch_say(fetch, AWS_FETCH_FAILED, "its answer is no success");
    const struct aws_keys keys = {json_str(json_get(json, "AccessKeyId")),
                                  json_str(json_get(json, "SecretAccessKey")), json_str(json_get(json, "Token"))};
    return found(fetch, &keys, json_str(json_get(json, "Expiration")));
}

/* What is absent is empty. */
static int text_of(struct str body, const char *element, struct buf *buf)
{
    int r = aws_xml_text(body, element, buf);

    return r == AWS_XML_ABSENT || r == -ENOBUFS ? 0 : r;
}

int aws_fetch_found_xml(struct aws_fetch *fetch, struct str body)
{
    CLEANUP(buf_deinit) struct buf id = BUF_SECRET_INIT(AWS_FOUND_BYTES_MAX);
    CLEANUP(buf_deinit) struct buf secret = BUF_SECRET_INIT(AWS_FOUND_BYTES_MAX);
    CLEANUP(buf_deinit) struct buf token = BUF_SECRET_INIT(AWS_FOUND_BYTES_MAX);
    CLEANUP(buf_deinit) struct buf expiration = BUF_INIT(AWS_FOUND_BYTES_MAX);
    int r = text_of(body, "AccessKeyId", &id);

    if (r == 0)
        r = text_of(body, "SecretAccessKey", &secret);
    if (r == 0)
        r = text_of(body, "SessionToken", &token);
    if (r == 0)
        r = text_of(body, "Expiration", &expiration);
    if (r < 0)
        return r;
    const struct aws_keys keys = {buf_str(&id), buf_str(&secret), buf_str(&token)};
    return found(fetch, &keys, buf_str(&expiration));
}
