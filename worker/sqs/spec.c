/* Reads the worker's specification. Fails only by refusing it. */
#include "worker/sqs/spec.h"

static int queue_read(const struct json *document, struct sqs_spec *spec, struct reason *why)
{
    const struct json *queue = json_get(document, "queue");

    if (spec_text_read(queue, "name", true, spec->name, sizeof spec->name, why) ||
        spec_text_read(queue, "account", false, spec->account, sizeof spec->account, why) ||
        spec_text_read(queue, "region", false, spec->region, sizeof spec->region, why))
        return SPEC_REFUSED;
    spec->fifo = str_ends_with(str_of(spec->name), STR(".fifo"));
    return 0;
}

static int numbers_read(const struct json *document, struct sqs_spec *spec, struct reason *why)
{
    if (spec_number_read(document, "visibilitySeconds", SQS_VISIBILITY_MAX_S, SQS_VISIBILITY_S, &spec->visibility_s,
                         why) ||
        spec_number_read(document, "drainProofSeconds", 3600, SQS_DRAIN_PROOF_S, &spec->drain_proof_s, why) ||
        spec_number_read(document, "deleteProofSeconds", 3600, SQS_DELETE_PROOF_S, &spec->delete_proof_s, why))
        return SPEC_REFUSED;
    if (!spec->visibility_s)
        spec->visibility_s = SQS_VISIBILITY_S; /* what is hidden for no time cannot be forwarded */
    return 0;
}

static int flag_read(const struct json *document, const char *name, bool *ret, struct reason *why)
{
    const struct json *field = json_get(document, name);

    *ret = false;
    if (field && json_bool(field, ret))
        return reason_set(why, REASON_FIELD_INVALID, SPEC_REFUSED, "spec.%s is neither true nor false", name);
    return 0;
}

int sqs_spec_read(const struct json *document, struct sqs_spec *ret, struct reason *why)
{
    struct sqs_spec spec = {.tags = json_get(document, "tags")};

    if (queue_read(document, &spec, why) || numbers_read(document, &spec, why) ||
        spec_text_read(document, "endpoint", false, spec.endpoint, sizeof spec.endpoint, why) ||
        flag_read(document, "sns", &spec.sns, why) || spec_leftovers_read(document, &spec.leftovers, why))
        return SPEC_REFUSED;
    *ret = spec;
    return 0;
}
