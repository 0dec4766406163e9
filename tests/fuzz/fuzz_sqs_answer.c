/* What SQS answers about queues and batches (S-10), the first byte saying to which call, and what is made of it: a temporary queue's likeness
 * of any original can be written as a request, and has what must differ. */
#include "common/base/cleanup.h"
#include "tests/fuzz/fuzz.h"
#include "worker/sqs/answer.h"
#include "worker/sqs/clone.h"
#include "worker/sqs/request.h"

#include <string.h>

static const struct json_limits limits = {.bytes_max = 64u << 10, .depth_max = 16, .values_max = 4096};

static uint64_t number_of(const struct json *attributes, const char *name)
{
    uint64_t number = 0;

    check(str_to_u64(json_str(json_get(attributes, name)), UINT32_MAX, &number) == 0);
    return number;
}

static void check_attributes(const struct json *attributes, bool fallback)
{
    check(strcmp(json_text(json_get(attributes, "DelaySeconds")), "0") == 0);
    check(number_of(attributes, "MessageRetentionPeriod") >= 345600);
    check(!json_get(attributes, "KmsMasterKeyId") || !json_get(attributes, "SqsManagedSseEnabled"));
    check(fallback || !json_get(attributes, "RedrivePolicy"));
    check(!json_get(attributes, "RedriveAllowPolicy"));
}

static void check_request(const struct json *attributes, const struct json *tags)
{
    struct buf buf CLEANUP(buf_deinit) = BUF_INIT(REQUEST_BYTES_MAX);
    struct json *read CLEANUP(json_freep) = NULL;
    struct json_limits own = JSON_LIMITS_DOCUMENT;
    struct json_error error;

    check(request_create(&buf, "mirrord-1", attributes, tags) == 0);
    check(json_parse(buf_str(&buf), &own, &read, &error) == 0);
    check(json_equal(json_get(read, "Attributes"), attributes));
    check(json_count(tags) == 0 || json_equal(json_get(read, "tags"), tags));
}

/* Whatever SQS refuses one after the other, it comes to an end. */
static void check_refusals(struct json *attributes, const char *message)
{
    const char *suspect;

    for (size_t left = json_count(attributes); (suspect = clone_suspect(attributes, message)) != NULL; left--) {
        check(left > 0);
        json_delete(attributes, suspect);
    }
}

static void clone(const struct json *document, bool fallback, const char *message)
{
    struct json *attributes CLEANUP(json_freep) = NULL, *tags CLEANUP(json_freep) = NULL;
    struct clone_want want = {.original = json_get(document, "Attributes"),
                              .original_name = "orders",
                              .name = "mirrord-1",
                              .fallback = fallback};
    size_t left_out;

    check(clone_attributes(&want, &attributes) == 0);
    check(clone_tags(json_get(document, "Tags"), NULL, &tags, &left_out) == 0 && json_count(tags) <= CLONE_TAGS_MAX);
    check_attributes(attributes, fallback);
    check_request(attributes, tags);
    check_refusals(attributes, message);
}

static void read_queue(const struct json *document)
{
    struct answer_queue queue;
    const char *message = json_text(json_get(document, "message"));

    if (answer_queue_read(document, &queue) == 0)
        check(memchr(queue.account, 0, sizeof queue.account) && memchr(queue.region, 0, sizeof queue.region));
    clone(document, true, message);
    clone(document, false, message);
}

static void read_batch(const struct json *document, unsigned count)
{
    struct answer_entry entries[REQUEST_BATCH_MAX];

    answer_batch_read(document, entries, count);
    for (unsigned i = 0; i < count; i++)
        check(entries[i].code.data && (!entries[i].sent || (!entries[i].code.len && !entries[i].sender_fault)));
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    struct json *document CLEANUP(json_freep) = NULL;
    struct json_error error;

    if (size == 0 || json_parse((struct str){(const char *)data + 1, size - 1}, &limits, &document, &error) != 0)
        return 0;
    if (data[0] >= '0' && data[0] <= '9')
        read_batch(document, (unsigned)(data[0] - '0') + 1);
    else
        read_queue(document);
    return 0;
}
