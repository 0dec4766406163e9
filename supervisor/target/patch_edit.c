/* Deciding over the entries of one container. Writing it as operations is patch_operation.c's. */
#include "supervisor/target/patch_edit.h"

static const struct json *env_of(const struct edit *edit) { return json_get(edit->container, "env"); }

ptrdiff_t patch_last_entry(const struct json *container, const char *variable)
{
    const struct json *env = json_get(container, "env");
    for (size_t i = json_type(env) == JSON_ARRAY ? json_count(env) : 0; i-- > 0;)
        if (strcmp(json_text(json_get(json_at(env, i), "name")), variable) == 0)
            return (ptrdiff_t)i;
    return -1;
}

void edit_deinit(struct edit *edit)
{
    for (size_t i = 0; i < edit->slot_count; i++)
        json_free(edit->slots[i].entry);
    free(edit->slots);
    json_free(edit->added);
    json_free(edit->origins);
}

static const struct target_entry *wanted_of(const struct target_entry *wanted, size_t count, const char *container,
                                            const char *variable)
{
    for (size_t i = 0; i < count; i++)
        if (strcmp(wanted[i].container, container) == 0 && strcmp(wanted[i].variable, variable) == 0)
            return &wanted[i];
    return NULL;
}

/* The last entry that was written with this origin and is not decided over yet, or -1. */
static ptrdiff_t find_ours(const struct edit *edit, const struct json *origin)
{
    for (size_t i = edit->slot_count; i-- > 0;)
        if (!edit->slots[i].claimed && origin_fits(origin, json_at(env_of(edit), i)))
            return (ptrdiff_t)i;
    return -1;
}

static int keep_origin(struct edit *edit, const struct json *origin)
{
    struct json *copy = NULL;
    int r = json_dup(origin, &copy);
    return r ? r : json_append_take(edit->origins, copy);
}

static int entry_with(const char *variable, const char *value, struct json **ret)
{
    struct json *entry CLEANUP(json_freep) = json_new_object();
    int r = entry ? json_set_text(entry, "name", variable) : -ENOMEM;
    if (r == 0)
        r = json_set_text(entry, "value", value);
    if (r == 0)
        *ret = TAKE(entry);
    return r;
}

/* before: what the entry was without us; NULL: it was not there. */
static int write_over(struct edit *edit, size_t index, const struct json *before, bool no_list,
                      const struct target_entry *wanted)
{
    struct json *origin = NULL;
    int r = origin_new(wanted->container, wanted->variable, before, no_list, wanted->value, &origin);
    if (r == 0)
        r = json_append_take(edit->origins, origin);
    if (r == 0)
        r = entry_with(wanted->variable, wanted->value, &edit->slots[index].entry);
    if (r == 0)
        edit->slots[index].kind = EDIT_REPLACE;
    return r;
}

static int give_back(struct edit *edit, size_t index, const struct json *origin)
{
    struct edit_slot *slot = &edit->slots[index];
    int r = origin_restore(origin, json_at(env_of(edit), index), &slot->entry);
    if (r == 0)
        slot->kind = slot->entry ? EDIT_REPLACE : EDIT_REMOVE;
    edit->drop_list = edit->drop_list || origin_had_no_list(origin);
    return r;
}

/* An entry of ours: it stays, is pointed elsewhere, or is given back. */
static int decide_ours(struct edit *edit, const struct json *origin, const struct target_entry *wanted)
{
    struct json *before CLEANUP(json_freep) = NULL;
    ptrdiff_t at = find_ours(edit, origin);
    if (at < 0)
        return 0; /* somebody else's by now: theirs stays */
    edit->slots[at].claimed = edit->had_ours = true;
    const struct json *entry = json_at(env_of(edit), (size_t)at);
    if (!wanted || at != patch_last_entry(edit->container, wanted->variable))
        return give_back(edit, (size_t)at, origin);
    if (strcmp(json_text(json_get(entry, "value")), wanted->value) == 0 && origin_is_exact(origin, entry))
        return keep_origin(edit, origin);
    int r = origin_restore(origin, entry, &before);
    return r ? r : write_over(edit, (size_t)at, before, origin_had_no_list(origin), wanted);
}

static bool has_origin(const struct edit *edit, const struct target_entry *wanted)
{
    for (size_t i = 0; i < json_count(edit->origins); i++)
        if (origin_is_of(json_at(edit->origins, i), wanted->container, wanted->variable))
            return true;
    return false;
}

static int add_entry(struct edit *edit, const struct target_entry *wanted)
{
    struct json *origin = NULL, *entry = NULL;
    bool no_list = json_type(env_of(edit)) != JSON_ARRAY;
    int r = origin_new(wanted->container, wanted->variable, NULL, no_list, wanted->value, &origin);
    if (r == 0)
        r = json_append_take(edit->origins, origin);
    if (r == 0)
        r = entry_with(wanted->variable, wanted->value, &entry);
    return r ? r : json_append_take(edit->added, entry);
}

/* A wanted entry that is not in force with a known origin. */
static int decide_new(struct edit *edit, const struct target_entry *wanted)
{
    ptrdiff_t at = patch_last_entry(edit->container, wanted->variable);
    if (at < 0)
        return add_entry(edit, wanted);
    const struct json *entry = json_at(env_of(edit), (size_t)at);
    if (strcmp(json_text(json_get(entry, "value")), wanted->value) == 0)
        return 0; /* ours, but nobody knows what it was: it must not be taken for its own original */
    return edit->slots[at].claimed ? 0 : write_over(edit, (size_t)at, entry, false, wanted);
}

static int begin(const struct json *container, const struct patch_place *place, struct edit *edit)
{
    *edit = (struct edit){.container = container, .name = json_text(json_get(container, "name")), .place = *place};
    size_t count = json_type(env_of(edit)) == JSON_ARRAY ? json_count(env_of(edit)) : 0;
    edit->added = json_new_array();
    edit->origins = json_new_array();
    edit->slots = calloc(count + 1, sizeof *edit->slots);
    if (!edit->added || !edit->origins || !edit->slots)
        return -ENOMEM;
    edit->slot_count = count;
    return 0;
}

int edit_build(const struct json *container, const struct patch_place *place, const struct json *known,
               const struct target_entry *wanted, size_t count, struct edit *ret)
{
    struct edit edit CLEANUP(edit_deinit) = {.container = NULL};
    int r = begin(container, place, &edit);
    for (size_t i = 0; r == 0 && i < json_count(known); i++) {
        const struct json *origin = json_at(known, i);
        const char *variable = json_text(json_get(origin, "variable"));
        if (strcmp(json_text(json_get(origin, "container")), edit.name) == 0)
            r = decide_ours(&edit, origin, wanted_of(wanted, count, edit.name, variable));
    }
    for (size_t i = 0; r == 0 && i < count; i++)
        if (strcmp(wanted[i].container, edit.name) == 0 && !has_origin(&edit, &wanted[i]))
            r = decide_new(&edit, &wanted[i]);
    if (r == 0) {
        *ret = edit;
        edit = (struct edit){.container = NULL};
    }
    return r;
}

bool edit_is_empty(const struct edit *edit)
{
    for (size_t i = 0; i < edit->slot_count; i++)
        if (edit->slots[i].kind != EDIT_KEEP)
            return false;
    return json_count(edit->added) == 0;
}
