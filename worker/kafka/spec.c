/* Reads the worker's specification. Fails only by refusing it. */
#include "worker/kafka/spec.h"

static int reset_read(const struct json *document, bool *ret_earliest, struct reason *why)
{
    const char *text = json_text(json_get(document, "autoOffsetReset"));

    if (strcmp(text, "earliest") != 0 && strcmp(text, "latest") != 0 && text[0])
        return reason_set(why, REASON_FIELD_INVALID, SPEC_REFUSED,
                          "spec.autoOffsetReset is neither latest nor earliest");
    *ret_earliest = strcmp(text, "earliest") == 0;
    return 0;
}

int kafka_spec_read(const struct json *document, struct kafka_spec *ret, struct reason *why)
{
    struct kafka_spec spec = {0};

    if (spec_text_read(document, "topic", true, spec.topic, sizeof spec.topic, why) ||
        spec_text_read(document, "group", true, spec.group, sizeof spec.group, why) ||
        spec_text_read(document, "transactionalId", true, spec.transactional_id, sizeof spec.transactional_id - 8,
                       why) ||
        spec_text_read(document, "cluster", false, spec.cluster, sizeof spec.cluster, why) ||
        reset_read(document, &spec.earliest, why) || spec_leftovers_read(document, &spec.leftovers, why))
        return SPEC_REFUSED;
    if (!str_starts_with(str_of(spec.transactional_id), STR("mirrord-")))
        return reason_set(why, REASON_FIELD_INVALID, SPEC_REFUSED,
                          "spec.transactionalId does not begin with mirrord-");
    *ret = spec;
    return 0;
}

void spec_transactional_id(const struct kafka_spec *spec, char part, char ret[SPEC_TRANSACTIONAL_ID_SIZE])
{
    size_t len = strlen(spec->transactional_id); /* kafka_spec_read has left room */

    memcpy(ret, spec->transactional_id, len);
    ret[len] = '-';
    ret[len + 1] = part;
    ret[len + 2] = '\0';
}
