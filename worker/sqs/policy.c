/* See the header. */
#include "worker/sqs/policy.h"

#include "common/aws/arn.h"
#include "common/json/json.h"

struct rewrite {
    struct str from, to;
};

static struct json *value_rewrite(const struct rewrite *names, const struct json *value);

static bool is_the_queue(struct str text, struct str name)
{
    struct aws_arn arn;

    return aws_arn_parse(text, &arn) == 0 && str_equal(arn.service, STR("sqs")) && str_equal(arn.resource, name);
}

static struct json *text_rewrite(const struct rewrite *names, struct str text)
{
    struct buf arn CLEANUP(buf_deinit) = BUF_INIT(POLICY_BYTES_MAX);

    if (!is_the_queue(text, names->from))
        return json_new_str(text);
    if (buf_append(&arn, text.data, text.len - names->from.len) || buf_append_str(&arn, names->to))
        return NULL;
    return json_new_str(buf_str(&arn));
}

static struct json *list_rewrite(const struct rewrite *names, const struct json *list)
{
    struct json *copy CLEANUP(json_freep) = json_new_array();

    for (size_t i = 0; i < json_count(list); i++)
        if (!copy || json_append_take(copy, value_rewrite(names, json_at(list, i))))
            return NULL;
    return TAKE(copy);
}

static struct json *object_rewrite(const struct rewrite *names, const struct json *object)
{
    struct json *copy CLEANUP(json_freep) = json_new_object();
    struct json_member member;

    for (json_first(object, &member); member.key; json_next(&member))
        if (!copy || json_set_take(copy, member.key, value_rewrite(names, member.value)))
            return NULL;
    return TAKE(copy);
}

/* A copy; NULL: no memory. As deep as the limits let a policy be. */
static struct json *value_rewrite(const struct rewrite *names, const struct json *value)
{
    struct json *copy = NULL;

    switch (json_type(value)) {
    case JSON_STRING:
        return text_rewrite(names, json_str(value));
    case JSON_ARRAY:
        return list_rewrite(names, value);
    case JSON_OBJECT:
        return object_rewrite(names, value);
    case JSON_NULL:
    case JSON_BOOL:
    case JSON_INT:
    case JSON_DOUBLE:
        break;
    }
    return json_dup(value, &copy) ? NULL : copy;
}

int policy_rewrite(struct str policy, const char *from, const char *to, struct buf *ret)
{
    static const struct json_limits limits = {.bytes_max = POLICY_BYTES_MAX, .depth_max = 16, .values_max = 8192};
    const struct rewrite names = {.from = str_of(from), .to = str_of(to)};
    struct json *document CLEANUP(json_freep) = NULL, *copy CLEANUP(json_freep) = NULL;
    struct json_error error;
    int result = json_parse(policy, &limits, &document, &error);

    if (result)
        return result > 0 ? POLICY_REFUSED : result;
    copy = value_rewrite(&names, document);
    if (!copy)
        return -ENOMEM;
    result = json_write(copy, JSON_COMPACT, ret);
    return result == -ENOBUFS ? POLICY_REFUSED : result;
}
