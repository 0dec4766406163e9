/* The change of one container's env, as a decision for each entry. Internal to supervisor/target. Pure. */
#pragma once

#include "supervisor/target/patch.h"
#include "supervisor/target/patch_origin.h"

enum edit_kind { EDIT_KEEP, EDIT_REPLACE, EDIT_REMOVE };
struct edit_slot {
    enum edit_kind kind;
    bool claimed;       /* an origin speaks of it */
    struct json *entry; /* EDIT_REPLACE: owned */
};
struct edit {
    const struct json *container;
    const char *name;
    struct patch_place place;
    struct edit_slot *slots; /* one for each entry of env */
    size_t slot_count;
    struct json *added;   /* a list; owned */
    struct json *origins; /* a list: those that are in force afterwards; owned */
    bool drop_list;       /* when nothing is left in it: there was none */
    bool had_ours;        /* an entry was ours before */
};
void edit_deinit(struct edit *edit); /* also the CLEANUP form */
/* known: every origin that there is; wanted: every entry. Those of other containers are passed over. */
MUST_USE int edit_build(const struct json *container, const struct patch_place *place, const struct json *known,
                        const struct target_entry *wanted, size_t count, struct edit *ret);
bool edit_is_empty(const struct edit *edit);
/* patch_operation.c: appends tests and changes to two lists of operations. */
MUST_USE int edit_write(const struct edit *edit, struct json *tests, struct json *changes);
/* {op, path, value}; value is taken, NULL for none. */
MUST_USE int operation_append(struct json *list, const char *op, const char *path, struct json *value_take);
