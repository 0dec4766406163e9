/* The policies of queues, which whoever owns a queue may have written (S-10): access policies ('p' in front) are about the other queue
 * afterwards and else the same; a redrive policy's number is taken or not. */
#include "common/base/cleanup.h"
#include "tests/fuzz/fuzz.h"
#include "worker/sqs/answer.h"
#include "worker/sqs/policy.h"

#include <stdlib.h>

#define ARN "arn:aws:sqs:eu-west-1:1:"

static const struct json_limits limits = {.bytes_max = POLICY_BYTES_MAX, .depth_max = 16, .values_max = 8192};

static struct json *parse(struct str text)
{
    struct json *document = NULL;
    struct json_error error;

    return json_parse(text, &limits, &document, &error) == 0 ? document : NULL;
}

static void check_other(const struct json *value)
{
    struct json_member member;

    check(!str_equal(json_str(value), STR(ARN "orders")));
    for (json_first(value, &member); member.key; json_next(&member))
        check_other(member.value);
    for (size_t i = 0; json_type(value) == JSON_ARRAY && i < json_count(value); i++)
        check_other(json_at(value, i));
}

/* There and back again; one that knows the other name already cannot tell them apart. */
static void read_access(struct str text)
{
    struct buf there CLEANUP(buf_deinit) = BUF_INIT(POLICY_BYTES_MAX),
                     back CLEANUP(buf_deinit) = BUF_INIT(POLICY_BYTES_MAX);
    struct json *before CLEANUP(json_freep) = parse(text), *after CLEANUP(json_freep) = NULL;
    struct json *rewritten CLEANUP(json_freep) = NULL;
    int result = policy_rewrite(text, "orders", "mirrord-1", &there);

    check(result == 0 || result == POLICY_REFUSED);
    if (result || str_find(text, STR("mirrord")) >= 0 || str_find(text, STR("\\")) >= 0)
        return;
    rewritten = parse(buf_str(&there));
    check_other(rewritten);
    result = policy_rewrite(buf_str(&there), "mirrord-1", "orders", &back);
    check(result == 0 || result == POLICY_REFUSED);
    after = result ? NULL : parse(buf_str(&back));
    check(result || json_equal(before, after));
}

static void read_redrive(struct str text)
{
    struct json *document CLEANUP(json_freep) = json_new_object();
    struct json *attributes;
    CLEANUP(cleanup_freep) char *copy = NULL;
    struct answer_queue queue;

    check(document && str_dup(text, &copy) == 0 && json_object_at(document, "Attributes", &attributes) == 0);
    check(json_set_text(attributes, "QueueArn", ARN "orders") == 0);
    if (json_set_text(attributes, "RedrivePolicy", copy))
        return;
    check(answer_queue_read(document, &queue) == 0);
    check(queue.receive_count_max == 0 || str_find(text, STR("maxReceiveCount")) >= 0 ||
          str_find(text, STR("\\")) >= 0);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    struct str text = {(const char *)data + 1, size - 1};

    if (size == 0)
        return 0;
    if (data[0] == 'p')
        read_access(text);
    else
        read_redrive(text);
    return 0;
}
