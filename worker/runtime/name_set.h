/* Names with a number each, found by name: which temps and sessions a table has. Copies the names. */
#pragma once

#include "common/base/err.h"
#include <stdbool.h>
#include <stdint.h>

struct name_entry;
struct name_set {
    struct name_entry *entries; /* NULL: empty */
};

enum name_set_outcome { NAME_SET_TAKEN = 1 };
/* NAME_SET_TAKEN when the name is there already; -ENOMEM. */
MUST_USE int name_set_add(struct name_set *set, const char *name, uint32_t number);
bool name_set_find(const struct name_set *set, const char *name, uint32_t *ret_number);
bool name_set_has(const struct name_set *set, const char *name);
void name_set_deinit(struct name_set *set); /* leaves an empty set; also the CLEANUP form */
