/* Settings as words: how each is written in an annotation or an operator-wide setting. Pure; refuses unknown words. */
#include "common/model/annotation.h"

#include "common/model/decode.h"
#include <stdio.h>

/* Each parser writes one field of the settings; false: the text is none of its words. */
static bool parse_SECONDS(const char *text, int64_t *ret)
{
    uint64_t seconds = 0;
    if (str_to_u64(str_of(text), 31536000, &seconds) != 0)
        return false;
    *ret = (int64_t)seconds * 1000;
    return true;
}

static bool parse_LEFTOVERS(const char *text, enum leftovers *ret)
{
    static const char *const words[] = {
        [LEFTOVERS_KEEP] = "keep", [LEFTOVERS_RETURN] = "return", [LEFTOVERS_DISCARD] = "discard"};
    for (size_t i = 0; i < sizeof words / sizeof *words; i++)
        if (strcmp(text, words[i]) == 0) {
            *ret = (enum leftovers)i;
            return true;
        }
    return false;
}

static bool parse_RESET(const char *text, bool *ret_earliest)
{
    *ret_earliest = strcmp(text, "earliest") == 0;
    return *ret_earliest || strcmp(text, "latest") == 0;
}

static bool parse_OVERLAP(const char *text, enum overlap *ret)
{
    *ret = strcmp(text, "Reject") == 0 ? OVERLAP_REJECT : OVERLAP_ALLOW;
    return *ret == OVERLAP_REJECT || strcmp(text, "Allow") == 0;
}

static bool parse_PODS(const char *text, int32_t *ret)
{
    uint64_t count = 0;
    if (strcmp(text, "all") == 0) {
        *ret = -1;
        return true;
    }
    if (str_to_u64(str_of(text), 100000, &count) != 0)
        return false;
    *ret = (int32_t)count;
    return true;
}

static bool parse_TRUTH(const char *text, bool *ret)
{
    *ret = strcmp(text, "true") == 0;
    return *ret || strcmp(text, "false") == 0;
}

static bool parse_AUTOSCALER(const char *text, bool *ret_ignore)
{
    *ret_ignore = strcmp(text, "ignore") == 0;
    return *ret_ignore || strcmp(text, "adapt") == 0;
}

bool annotation_apply(const char *name, const char *text, struct split_settings *settings)
{
#define ANNOTATION(word, field, parse) \
    if (strcmp(name, word) == 0)       \
        return parse_##parse(text, &settings->field);
#include "common/model/annotation.def"
#undef ANNOTATION
    return false;
}

int decode_annotations(const struct json *document, struct split_settings *settings, struct reason *why)
{
    static const char *const names[] = {
#define ANNOTATION(word, field, parse) word,
#include "common/model/annotation.def"
#undef ANNOTATION
    };
    for (size_t i = 0; i < sizeof names / sizeof *names; i++) {
        const char *text = decode_annotation(document, names[i]);
        if (!text && json_type(decode_annotation_value(document, names[i])) != JSON_NULL)
            return reason_set(why, REASON_FIELD_INVALID, RESOURCE_REFUSED,
                              "metadata.annotations[sluice.dev/%s]: must be a string; put it in quotes", names[i]);
        if (text && !annotation_apply(names[i], text, settings))
            return reason_set(why, REASON_FIELD_INVALID, RESOURCE_REFUSED,
                              "metadata.annotations[sluice.dev/%s]: '%.63s' is not a value that it can have",
                              names[i], text);
    }
    return 0;
}
