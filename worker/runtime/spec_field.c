/* See the header. Fails only by refusing. */
#include "worker/runtime/spec_field.h"

#include <inttypes.h>

int spec_text_read(const struct json *document, const char *name, bool required, char *dst, size_t size,
                   struct reason *why)
{
    struct str text = json_str(json_get(document, name));

    if (!text.data || text.len == 0) {
        if (required)
            return reason_set(why, REASON_FIELD_MISSING, SPEC_REFUSED, "spec.%s is missing", name);
        dst[0] = '\0';
        return 0;
    }
    if (str_copy(dst, size, text))
        return reason_set(why, REASON_FIELD_INVALID, SPEC_REFUSED, "spec.%s is longer than %zu bytes", name,
                          size - 1);
    return 0;
}

int spec_number_read(const struct json *document, const char *name, uint32_t max, uint32_t otherwise, uint32_t *ret,
                     struct reason *why)
{
    const struct json *field = json_get(document, name);
    int64_t number = otherwise;

    if (field && (json_int(field, &number) || number < 0 || number > (int64_t)max))
        return reason_set(why, REASON_FIELD_INVALID, SPEC_REFUSED, "spec.%s is no whole number from 0 to %" PRIu32,
                          name, max);
    *ret = (uint32_t)number;
    return 0;
}

int spec_leftovers_read(const struct json *document, enum spec_leftovers *ret, struct reason *why)
{
    const char *text = json_text(json_get(document, "leftovers"));

    if (strcmp(text, "return") == 0)
        *ret = SPEC_LEFTOVERS_RETURN;
    else if (strcmp(text, "discard") == 0)
        *ret = SPEC_LEFTOVERS_DISCARD;
    else if (strcmp(text, "keep") == 0 || !text[0])
        *ret = SPEC_LEFTOVERS_KEEP;
    else
        return reason_set(why, REASON_FIELD_INVALID, SPEC_REFUSED,
                          "spec.leftovers is neither keep, return nor discard");
    return 0;
}
