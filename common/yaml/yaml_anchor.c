/* The anchors of one document.
 *
 * Owns the names; values belong to the tree that is being built, where they stay until it is whole or freed. An anchor may be
 * given again, and then means the later value. */
#include "common/yaml/yaml_anchor.h"

void yaml_anchors_deinit(struct yaml_anchors *anchors)
{
    for (size_t i = 0; i < anchors->count; i++)
        free(anchors->items[i].name);
    free(anchors->items);
    *anchors = (struct yaml_anchors){0};
}

int yaml_anchor_open(struct yaml_anchors *anchors, const char *name, size_t *ret_slot)
{
    struct yaml_anchor anchor = {0};
    int r;

    if (anchors->count == YAML_ANCHORS_MAX)
        return YAML_ANCHOR_TOO_MANY;
    if (!anchors->items)
        anchors->items = calloc(YAML_ANCHORS_MAX, sizeof(anchors->items[0]));
    if (!anchors->items)
        return -ENOMEM;
    r = str_dup(str_of(name), &anchor.name);
    if (r < 0)
        return r;
    *ret_slot = anchors->count;
    anchors->items[anchors->count++] = anchor;
    return 0;
}

void yaml_anchor_close(struct yaml_anchors *anchors, size_t slot, const struct json *value)
{
    anchors->items[slot].value = value;
}

const struct yaml_anchor *yaml_anchor_find(const struct yaml_anchors *anchors, const char *name)
{
    for (size_t i = anchors->count; i > 0; i--)
        if (strcmp(anchors->items[i - 1].name, name) == 0)
            return &anchors->items[i - 1];
    return NULL;
}

static void measure_into(const struct json *json, unsigned depth, struct yaml_measure *measure)
{
    enum json_type type = json_type(json);
    struct json_member member;

    measure->values++;
    measure->bytes += json_str(json).len;
    if (type != JSON_ARRAY && type != JSON_OBJECT)
        return;
    measure->depth = measure->depth > depth ? measure->depth : depth;
    for (size_t i = 0; type == JSON_ARRAY && i < json_count(json); i++)
        measure_into(json_at(json, i), depth + 1, measure);
    for (json_first(json, &member); member.key; json_next(&member)) {
        measure->bytes += strlen(member.key);
        measure_into(member.value, depth + 1, measure);
    }
}

struct yaml_measure yaml_measure(const struct json *json)
{
    struct yaml_measure measure = {0};

    measure_into(json, 1, &measure);
    return measure;
}
