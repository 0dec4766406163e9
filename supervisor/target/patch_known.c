/* Collecting of what is known of the originals. */
#include "supervisor/target/patch_known.h"

#include "supervisor/target/patch_origin.h"

#define ANNOTATION_LIMITS \
    ((struct json_limits){.bytes_max = PATCH_ANNOTATION_BYTES_MAX, .depth_max = 16, .values_max = 16384})

static bool is_known(const struct json *known, const struct json *origin)
{
    for (size_t i = 0; i < json_count(known); i++) {
        const struct json *other = json_at(known, i);
        if (origin_is_of(other, json_text(json_get(origin, "container")), json_text(json_get(origin, "variable"))) &&
            strcmp(json_text(json_get(other, "written")), json_text(json_get(origin, "written"))) == 0)
            return true;
    }
    return false;
}

static int learn_take(struct json *known, struct json *origin_take)
{
    struct json *origin CLEANUP(json_freep) = origin_take;
    return is_known(known, origin) ? 0 : json_append_take(known, TAKE(origin));
}

static int learn_list(struct json *known, const struct json *origins)
{
    int r = 0;
    for (size_t i = 0; r == 0 && i < json_count(origins); i++) {
        struct json *copy = NULL;
        r = json_dup(json_at(origins, i), &copy);
        if (r == 0)
            r = learn_take(known, copy);
    }
    return r;
}

static int learn_records(struct json *known, const struct target_entry *entries, size_t count)
{
    int r = 0;
    for (size_t i = 0; r >= 0 && i < count; i++) {
        struct json *origin = NULL;
        r = entries[i].original ? origin_of_record(&entries[i], &origin) : ORIGIN_UNKNOWN;
        if (r == 0)
            r = learn_take(known, origin);
    }
    return r < 0 ? r : 0;
}

int patch_known_annotation(const struct json *document, struct json **ret)
{
    const struct json *annotations = json_path(document, "metadata", "annotations", NULL);
    struct json_error error;
    struct str text = json_str(json_get(annotations, PATCH_ANNOTATION));
    const struct json_limits limits = ANNOTATION_LIMITS;
    int r = text.data ? json_parse(text, &limits, ret, &error) : JSON_REFUSED;
    return r < 0 ? r : 0;
}

int patch_known_collect(const struct patch_input *input, const struct json *annotation, struct json *list)
{
    int r = learn_list(list, json_get(annotation, "entries"));
    if (r == 0)
        r = learn_list(list, input->origins);
    if (r == 0)
        r = learn_records(list, input->entries, input->entry_count);
    return r ? r : learn_records(list, input->past, input->past_count);
}
