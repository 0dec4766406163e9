/* See the header. Attributes: API reference, CreateQueue. */
#include "worker/sqs/clone.h"

#include "worker/sqs/policy.h"

#include <string.h>

#define RETENTION_MIN_S 345600 /* four days: what nobody consumes over a long weekend is still there */
#define SIZE_MIN_BYTES 262144  /* room for what is added to a message */

static const char *const copied[] = {
    "VisibilityTimeout",  "ReceiveMessageWaitTimeSeconds", "FifoQueue", "ContentBasedDeduplication",
    "DeduplicationScope", "FifoThroughputLimit",           NULL};
/* In the order in which they are given up. */
static const char *const doubtful[] = {"RedrivePolicy",
                                       "Policy",
                                       "KmsMasterKeyId",
                                       "KmsDataKeyReusePeriodSeconds",
                                       "SqsManagedSseEnabled",
                                       "MaximumMessageSize",
                                       "MessageRetentionPeriod",
                                       "ReceiveMessageWaitTimeSeconds",
                                       "DelaySeconds",
                                       "FifoThroughputLimit",
                                       "DeduplicationScope",
                                       "ContentBasedDeduplication",
                                       NULL};

static bool is_listed(const char *const *names, const char *name)
{
    for (; names && *names; names++)
        if (strcmp(*names, name) == 0)
            return true;
    return false;
}

static int set(const struct clone_want *want, struct json *attributes, const char *name, const char *value)
{
    if (!value[0] || is_listed(want->without, name))
        return 0;
    return json_set_text(attributes, name, value);
}

static int set_at_least(const struct clone_want *want, struct json *attributes, const char *name, uint64_t least)
{
    uint64_t number;
    char text[24];
    struct buf buf CLEANUP(buf_deinit) = BUF_INIT(sizeof text);
    int result;

    if (str_to_u64(json_str(json_get(want->original, name)), UINT32_MAX, &number) || number < least)
        number = least;
    result = buf_printf(&buf, "%llu", (unsigned long long)number);
    return result ? result : set(want, attributes, name, buf.data);
}

static int add_policy(const struct clone_want *want, struct json *attributes)
{
    struct buf buf CLEANUP(buf_deinit) = BUF_INIT(POLICY_BYTES_MAX);
    struct str policy = json_str(json_get(want->original, "Policy"));
    int result = policy.len ? policy_rewrite(policy, want->original_name, want->name, &buf) : 0;

    if (result == POLICY_REFUSED)
        return 0; /* SQS has none like that; without one, access is by IAM alone */
    return result || !policy.len ? result : set(want, attributes, "Policy", buf.data);
}

/* A key, or SQS's own encryption said explicitly, never both. */
static int add_encryption(const struct clone_want *want, struct json *attributes)
{
    const char *key = json_text(json_get(want->original, "KmsMasterKeyId"));
    const char *managed = json_text(json_get(want->original, "SqsManagedSseEnabled"));
    int result;

    if (!key[0])
        return set(want, attributes, "SqsManagedSseEnabled", managed);
    result = set(want, attributes, "KmsMasterKeyId", key);
    return result ? result
                  : set(want, attributes, "KmsDataKeyReusePeriodSeconds",
                        json_text(json_get(want->original, "KmsDataKeyReusePeriodSeconds")));
}

static int fill(const struct clone_want *want, struct json *attributes)
{
    int result = 0;

    for (const char *const *name = copied; !result && *name; name++)
        result = set(want, attributes, *name, json_text(json_get(want->original, *name)));
    if (!result)
        result = set(want, attributes, "DelaySeconds", "0");
    if (!result)
        result = set_at_least(want, attributes, "MessageRetentionPeriod", RETENTION_MIN_S);
    if (!result)
        result = set_at_least(want, attributes, "MaximumMessageSize", SIZE_MIN_BYTES);
    if (!result)
        result = add_policy(want, attributes);
    if (!result)
        result = add_encryption(want, attributes);
    if (!result && want->fallback)
        result = set(want, attributes, "RedrivePolicy", json_text(json_get(want->original, "RedrivePolicy")));
    return result;
}

int clone_attributes(const struct clone_want *want, struct json **ret)
{
    struct json *attributes CLEANUP(json_freep) = json_new_object();
    int result = attributes ? fill(want, attributes) : -ENOMEM;

    if (!result)
        *ret = TAKE(attributes);
    return result;
}

/* As many as SQS takes; those that are there already stay. */
static int add_tags(const struct json *tags, struct json *ret, size_t *left_out)
{
    struct json_member member;
    int result = 0;

    for (json_first(tags, &member); !result && member.key; json_next(&member)) {
        if (str_starts_with(str_of(member.key), STR("aws:")) || json_get(ret, member.key))
            continue;
        if (json_count(ret) < CLONE_TAGS_MAX)
            result = json_set_text(ret, member.key, json_text(member.value));
        else
            ++*left_out;
    }
    return result;
}

int clone_tags(const struct json *original, const struct json *configured, struct json **ret, size_t *ret_left_out)
{
    struct json *tags CLEANUP(json_freep) = json_new_object();
    size_t left_out = 0;
    int result = tags ? add_tags(configured, tags, &left_out) : -ENOMEM;

    if (!result)
        result = add_tags(original, tags, &left_out);
    if (result)
        return result;
    *ret = TAKE(tags);
    *ret_left_out = left_out;
    return 0;
}

const char *clone_suspect(const struct json *attributes, const char *message)
{
    for (const char *const *name = doubtful; *name; name++)
        if (json_get(attributes, *name) && str_find(str_of(message), str_of(*name)) >= 0)
            return *name;
    for (const char *const *name = doubtful; *name; name++)
        if (json_get(attributes, *name))
            return *name;
    return NULL;
}
