/* JSON pointers (RFC 6901) into a tree that is being changed. Included in this folder only. */
#pragma once

#include "common/json/json_internal.h"

/* Where a pointer leads: a container, and the name of its last step. */
struct json_place {
    struct json_object *parent; /* borrowed; NULL: the pointer means the root */
    char *token;                /* unescaped, owned */
};

enum json_pointer_outcome { JSON_POINTER_MALFORMED = 1, JSON_POINTER_ABSENT };
/* Goes down to the parent of what path means. 0, an outcome, or -ENOMEM. */
MUST_USE int json_pointer_find(struct json_object *root, struct str path, struct json_place *ret);
void json_place_deinit(struct json_place *place); /* also the CLEANUP form */
/* The child of that name, which may be json-c's NULL for null. */
bool json_pointer_child(struct json_object *parent, const char *token, struct json_object **ret);
/* Decimal without leading zeros, below count. */
bool json_pointer_index(const char *token, size_t count, size_t *ret);
