/* The values of a JSON object of strings, and where they stand in its text: a name in it is exchanged without touching any other byte
 * (W-2, Q-12). Pure. */
#pragma once

#include "common/base/arena.h"
#include "common/base/str.h"
#include <stddef.h>

struct json_name {
    struct str value; /* as it is meant; in the arena */
    size_t end;       /* in the text: the byte behind its last character */
};

/* JSON_NAMES_REFUSED: it is something else than an object of strings, or a value is written with escapes other than "\/". */
enum json_names_outcome { JSON_NAMES_REFUSED = 1 };
MUST_USE int json_names_find(struct str text, struct arena *arena, struct json_name **ret, size_t *ret_count);
