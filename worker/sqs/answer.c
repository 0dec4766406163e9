/* See the header. */
#include "worker/sqs/answer.h"

#include "common/aws/arn.h"
#include "worker/sqs/message.h"

#define VISIBILITY_DEFAULT_S 30 /* API reference, CreateQueue */

static bool number_of(const struct json *attributes, const char *name, uint64_t *ret)
{
    struct str text = json_str(json_get(attributes, name));

    return text.data && str_to_u64(text, UINT32_MAX, ret) == 0;
}

static int arn_read(struct str text, struct answer_queue *queue)
{
    struct aws_arn arn;

    if (aws_arn_parse(text, &arn) || !str_equal(arn.service, STR("sqs")) ||
        str_copy(queue->region, sizeof queue->region, arn.region) ||
        str_copy(queue->account, sizeof queue->account, arn.account))
        return -EINVAL;
    return 0;
}

static void redrive_read(const struct json *attributes, struct answer_queue *queue)
{
    struct json_limits limits = JSON_LIMITS_DOCUMENT;
    struct json *policy CLEANUP(json_freep) = NULL;
    struct str text = json_str(json_get(attributes, "RedrivePolicy"));
    struct json_error error;
    uint64_t count = 0;
    int64_t number = 0;

    if (!text.len || json_parse(text, &limits, &policy, &error))
        return;
    if (json_int(json_get(policy, "maxReceiveCount"), &number) == 0 && number > 0 && number <= INT32_MAX)
        queue->receive_count_max = (uint32_t)number;
    else if (number_of(policy, "maxReceiveCount", &count))
        queue->receive_count_max = (uint32_t)count;
}

int answer_queue_read(const struct json *document, struct answer_queue *ret)
{
    const struct json *attributes = json_get(document, "Attributes");
    struct answer_queue queue = {.counted = false};
    uint64_t visibility = VISIBILITY_DEFAULT_S;

    if (json_type(attributes) != JSON_OBJECT || arn_read(json_str(json_get(attributes, "QueueArn")), &queue))
        return -EINVAL;
    queue.counted = number_of(attributes, "ApproximateNumberOfMessages", &queue.counts.visible) &&
                    number_of(attributes, "ApproximateNumberOfMessagesNotVisible", &queue.counts.invisible) &&
                    number_of(attributes, "ApproximateNumberOfMessagesDelayed", &queue.counts.delayed);
    if (!number_of(attributes, "VisibilityTimeout", &visibility))
        visibility = VISIBILITY_DEFAULT_S;
    queue.visibility_s = (uint32_t)visibility;
    redrive_read(attributes, &queue);
    *ret = queue;
    return 0;
}

static struct answer_entry *entry_of(const struct json *item, struct answer_entry *entries, unsigned count)
{
    uint64_t number;
    struct str id = json_str(json_get(item, "Id"));

    return id.data && count && str_to_u64(id, count - 1, &number) == 0 ? &entries[number] : NULL;
}

void answer_batch_read(const struct json *document, struct answer_entry *entries, unsigned count)
{
    const struct json *sent = json_get(document, "Successful"), *failed = json_get(document, "Failed");

    for (unsigned i = 0; i < count; i++)
        entries[i] = (struct answer_entry){.code = STR("no word of it")};
    for (size_t i = 0; i < json_count(sent); i++) {
        const struct json *item = json_at(sent, i);
        struct answer_entry *entry = entry_of(item, entries, count);

        if (entry)
            *entry = (struct answer_entry){
                .sent = true, .code = STR(""), .body_md5 = message_text(item, "MD5OfMessageBody")};
    }
    for (size_t i = 0; i < json_count(failed); i++) {
        const struct json *item = json_at(failed, i);
        struct answer_entry *entry = entry_of(item, entries, count);

        if (!entry || entry->sent)
            continue;
        entry->code = message_text(item, "Code");
        if (json_bool(json_get(item, "SenderFault"), &entry->sender_fault))
            entry->sender_fault = false;
    }
}
