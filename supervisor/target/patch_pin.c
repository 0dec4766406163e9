/* Finding and writing of pins. Pure; fails for lack of memory, or -ENOBUFS beyond the limit of entries. */
#include "supervisor/target/patch_pin.h"

#include "common/base/buf.h"
#include "supervisor/target/environment.h"
#include <stdio.h>

#define VALUE_BYTES_MAX (1u << 20)

struct pins {
    const struct target_entry *wanted;
    size_t wanted_count;
    struct target_entry *all;
    size_t count;
    struct arena *arena;
};

static bool is_wanted(const struct pins *pins, const char *container, const char *variable)
{
    for (size_t i = 0; i < pins->count; i++)
        if (strcmp(pins->all[i].container, container) == 0 && strcmp(pins->all[i].variable, variable) == 0)
            return true;
    return false;
}

/* What stands for $(variable): the text of its own entry, where it has one, since that keeps references of its own; else the name
 * that the record has. */
static const char *original_of(const struct json *container, const struct target_entry *wanted)
{
    ptrdiff_t at = patch_last_entry(container, wanted->variable);
    const struct json *value = at < 0 ? NULL : json_get(json_at(json_get(container, "env"), (size_t)at), "value");
    return json_type(value) == JSON_STRING ? json_text(value) : json_text(json_get(wanted->original, "name"));
}

static int exchange(const char *text, const char *reference, const char *original, struct buf *out)
{
    int r = 0;
    size_t length = strlen(reference);
    while (r == 0 && *text) {
        bool escaped = text[0] == '$' && text[1] == '$';
        bool found = !escaped && strncmp(text, reference, length) == 0;
        r = found ? buf_append_str(out, str_of(original)) : buf_append(out, text, escaped ? 2 : 1);
        text += found ? length : escaped ? 2 : 1;
    }
    return r;
}

/* One that stands before the variable does not see it. */
static bool sees(const struct json *container, size_t index, const char *variable)
{
    ptrdiff_t at = patch_last_entry(container, variable);
    return at >= 0 && (size_t)at < index;
}

static int pin_text(struct pins *pins, const struct json *container, size_t index, const char *text, struct buf *out)
{
    const char *name = json_text(json_get(container, "name"));
    int r = buf_append_str(out, str_of(text));
    for (size_t i = 0; r == 0 && i < pins->wanted_count; i++) {
        const struct target_entry *wanted = &pins->wanted[i];
        struct buf next CLEANUP(buf_deinit) = BUF_SECRET_INIT(VALUE_BYTES_MAX);
        char reference[320];
        snprintf(reference, sizeof reference, "$(%.300s)", wanted->variable);
        if (strcmp(wanted->container, name) != 0 || !sees(container, index, wanted->variable) ||
            !environment_refers_to(out->data ? out->data : "", wanted->variable))
            continue;
        r = exchange(out->data, reference, original_of(container, wanted), &next);
        buf_clear(out);
        if (r == 0)
            r = buf_append_str(out, buf_str(&next));
    }
    return r;
}

static int pin_entry(struct pins *pins, const struct json *container, size_t index)
{
    const struct json *entry = json_at(json_get(container, "env"), index);
    const char *name = json_text(json_get(container, "name")), *variable = json_text(json_get(entry, "name"));
    const char *text = json_text(json_get(entry, "value"));
    struct buf out CLEANUP(buf_deinit) = BUF_SECRET_INIT(VALUE_BYTES_MAX);
    struct target_entry pin = {.original = NULL};
    bool last = patch_last_entry(container, variable) == (ptrdiff_t)index;
    if (!last || is_wanted(pins, name, variable))
        return 0;
    int r = pin_text(pins, container, index, text, &out);
    if (r < 0 || str_equal(buf_str(&out), str_of(text)))
        return r;
    if (pins->count == 2 * TARGET_ENTRIES_MAX)
        return -ENOBUFS;
    r = arena_str(pins->arena, buf_str(&out), &pin.value);
    if (r == 0)
        r = arena_str(pins->arena, str_of(name), &pin.container);
    if (r == 0)
        r = arena_str(pins->arena, str_of(variable), &pin.variable);
    if (r == 0)
        pins->all[pins->count++] = pin;
    return r;
}

static int pin_list(struct pins *pins, const struct json *list)
{
    int r = 0;
    for (size_t i = 0; r == 0 && json_type(list) == JSON_ARRAY && i < json_count(list); i++) {
        const struct json *env = json_get(json_at(list, i), "env");
        for (size_t j = 0; r == 0 && json_type(env) == JSON_ARRAY && j < json_count(env); j++)
            r = pin_entry(pins, json_at(list, i), j);
    }
    return r;
}

int pins_add(const struct json *document, const struct target_entry *entries, size_t count, struct arena *arena,
             const struct target_entry **ret, size_t *ret_count)
{
    const struct json *pod = json_path(document, "spec", "template", "spec", NULL);
    void *memory = NULL;
    struct pins pins = {.wanted = entries, .wanted_count = count, .count = count, .arena = arena};
    int r = count > TARGET_ENTRIES_MAX
                ? -ENOBUFS
                : arena_alloc_array(arena, 2 * TARGET_ENTRIES_MAX, sizeof(struct target_entry), &memory);
    pins.all = memory;
    if (r == 0 && count)
        memcpy(pins.all, entries, count * sizeof *entries);
    if (r == 0)
        r = pin_list(&pins, json_get(pod, "containers"));
    if (r == 0)
        r = pin_list(&pins, json_get(pod, "initContainers"));
    if (r == 0) {
        *ret = pins.all;
        *ret_count = pins.count;
    }
    return r;
}
