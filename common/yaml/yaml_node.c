/* Events -> values.
 *
 * Owns the half-built value of each level until its parent takes it. Recursion is bounded by depth_max. */
#include "common/yaml/yaml_reader.h"
#include "common/yaml/yaml_scalar.h"

static struct str scalar_text(const yaml_event_t *event)
{
    return (struct str){(const char *)event->data.scalar.value, event->data.scalar.length};
}

static int read_scalar(struct yaml_reader *reader, struct json **ret)
{
    const char *tag = (const char *)reader->event.data.scalar.tag;
    struct str text = scalar_text(&reader->event);
    int r = yaml_reader_count(reader, 0, text.len);

    if (r != 0)
        return r;
    if (tag)
        r = yaml_scalar_tagged(text, tag, ret);
    else if (reader->event.data.scalar.style == YAML_PLAIN_SCALAR_STYLE)
        r = yaml_scalar_plain(text, ret);
    else
        r = yaml_scalar_tagged(text, YAML_STR_TAG, ret);
    if (r == YAML_SCALAR_MISFIT)
        return yaml_refuse(reader, "a tag that is unknown or does not fit its value");
    if (r == YAML_SCALAR_TOO_LARGE)
        return yaml_refuse(reader, "a number that JSON cannot express");
    return r;
}

static int read_alias(struct yaml_reader *reader, struct json **ret)
{
    const struct yaml_anchor *anchor =
        yaml_anchor_find(&reader->anchors, (const char *)reader->event.data.alias.anchor);
    struct yaml_measure measure;
    int r;

    if (!anchor)
        return yaml_refuse(reader, "an alias without anchor");
    if (!anchor->value)
        return yaml_refuse(reader, "an alias inside of what it stands for");
    measure = yaml_measure(anchor->value);
    if (reader->depth + measure.depth > reader->limits->depth_max)
        return yaml_refuse(reader, "nested deeper than the limit of %u levels", reader->limits->depth_max);
    /* Its first value is counted already, as for every node. */
    r = yaml_reader_count(reader, measure.values - 1, measure.bytes);
    return r != 0 ? r : json_dup(anchor->value, ret);
}

/* A child with its line; the key is NULL for elements. */
static int read_child(struct yaml_reader *reader, struct str key, size_t index, unsigned line, struct json **ret)
{
    int r = yaml_lines_enter(reader->lines, key, index, line);

    if (r == 0)
        r = yaml_node(reader, ret);
    if (r == 0)
        yaml_lines_leave(reader->lines);
    return r;
}

static int read_elements(struct yaml_reader *reader, struct json *array)
{
    for (size_t index = 0;; index++) {
        CLEANUP(json_freep) struct json *value = NULL;
        int r = yaml_reader_next(reader);

        if (r != 0 || reader->event.type == YAML_SEQUENCE_END_EVENT)
            return r;
        r = read_child(reader, (struct str){NULL, 0}, index, (unsigned)reader->event.start_mark.line + 1, &value);
        if (r == 0)
            r = json_append_take(array, TAKE(value));
        if (r != 0)
            return r;
    }
}

/* Whether the present scalar would be a string anywhere else, too. */
static int check_key_type(struct yaml_reader *reader)
{
    CLEANUP(json_freep) struct json *value = NULL;
    int r = read_scalar(reader, &value);

    if (r != 0)
        return r;
    if (json_type(value) != JSON_STRING)
        return yaml_refuse(reader, "a key that is no string; quote it if it is meant as one");
    return 0;
}

static int read_key(struct yaml_reader *reader, const struct json *object, char **ret)
{
    const yaml_event_t *event = &reader->event;
    struct str key;
    int r;

    if (event->type != YAML_SCALAR_EVENT)
        return yaml_refuse(reader, "a key that is no string");
    key = scalar_text(event);
    if (event->data.scalar.anchor)
        return yaml_refuse(reader, "an anchor on a key");
    if (event->data.scalar.plain_implicit && str_equal(key, STR("<<")))
        return yaml_refuse(reader, "merge keys (<<) are not accepted; write the members out");
    if (memchr(key.data, '\0', key.len))
        return yaml_refuse(reader, "NUL in a key");
    r = check_key_type(reader);
    if (r != 0)
        return r;
    if (json_get(object, key.data))
        return yaml_refuse(reader, "duplicate key \"%s\"", json_show_key(key).text);
    return str_dup(key, ret);
}

static int read_members(struct yaml_reader *reader, struct json *object)
{
    for (size_t index = 0;; index++) {
        CLEANUP(json_freep) struct json *value = NULL;
        CLEANUP(cleanup_freep) char *key = NULL;
        int r = yaml_reader_next(reader);
        unsigned line = (unsigned)reader->event.start_mark.line + 1;

        if (r != 0 || reader->event.type == YAML_MAPPING_END_EVENT)
            return r;
        r = read_key(reader, object, &key);
        if (r == 0)
            r = yaml_reader_next(reader);
        if (r == 0)
            r = read_child(reader, str_of(key), index, line, &value);
        if (r == 0)
            r = json_set_take(object, key, TAKE(value));
        if (r != 0)
            return r;
    }
}

static int check_collection(struct yaml_reader *reader, const unsigned char *tag, const char *expected)
{
    if (reader->depth == reader->limits->depth_max)
        return yaml_refuse(reader, "nested deeper than the limit of %u levels", reader->limits->depth_max);
    if (tag && strcmp((const char *)tag, "!") != 0 && strcmp((const char *)tag, expected) != 0)
        return yaml_refuse(reader, "a tag that is unknown or does not fit its value");
    return 0;
}

static int read_collection(struct yaml_reader *reader, struct json **ret)
{
    bool is_array = reader->event.type == YAML_SEQUENCE_START_EVENT;
    CLEANUP(json_freep) struct json *made = NULL;
    int r = is_array ? check_collection(reader, reader->event.data.sequence_start.tag, YAML_SEQ_TAG)
                     : check_collection(reader, reader->event.data.mapping_start.tag, YAML_MAP_TAG);

    if (r != 0)
        return r;
    made = is_array ? json_new_array() : json_new_object();
    if (!made)
        return -ENOMEM;
    reader->depth++;
    r = is_array ? read_elements(reader, made) : read_members(reader, made);
    reader->depth--;
    if (r == 0)
        *ret = TAKE(made);
    return r;
}

static const char *anchor_of(const yaml_event_t *event)
{
    if (event->type == YAML_SCALAR_EVENT)
        return (const char *)event->data.scalar.anchor;
    if (event->type == YAML_SEQUENCE_START_EVENT)
        return (const char *)event->data.sequence_start.anchor;
    return (const char *)event->data.mapping_start.anchor;
}

int yaml_node(struct yaml_reader *reader, struct json **ret)
{
    const char *anchor;
    bool is_anchored;
    size_t slot = 0;
    int r = yaml_reader_count(reader, 1, 0);

    if (r != 0)
        return r;
    if (reader->event.type == YAML_ALIAS_EVENT)
        return read_alias(reader, ret);
    anchor = anchor_of(&reader->event);
    /* The event goes with the first step into a collection, and the anchor's name with it. */
    is_anchored = anchor != NULL;
    if (is_anchored) {
        r = yaml_anchor_open(&reader->anchors, anchor, &slot);
        if (r == YAML_ANCHOR_TOO_MANY)
            return yaml_refuse(reader, "more than the limit of %d anchors", YAML_ANCHORS_MAX);
        if (r < 0)
            return r;
    }
    r = reader->event.type == YAML_SCALAR_EVENT ? read_scalar(reader, ret) : read_collection(reader, ret);
    if (r == 0 && is_anchored)
        yaml_anchor_close(&reader->anchors, slot, *ret);
    return r;
}
