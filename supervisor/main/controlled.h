/* The targets that the controller knows, each with its memory, and when it is to be looked at. Internal to the controller.
 *
 * Owns the entries. Decides nothing about a target but when. */
#pragma once

#include <uthash.h>

#include "common/model/kind.h"
#include "supervisor/split/memory.h"

struct controlled {
    char text[RESOURCE_KEY_TEXT_SIZE]; /* key of the hash */
    struct resource_key key;
    struct target_memory memory;
    bool dirty;
    unsigned failures;
    struct mono wake; /* unset: none */
    bool gone;        /* nothing of it was there when it was last looked at */
    UT_hash_handle hh;
};

/* Head of a hash. A found or made entry stays until it is forgotten. */
struct controlled_table {
    struct controlled *first;
};
void controlled_table_deinit(struct controlled_table *table);
/* NULL: not known. */
struct controlled *controlled_find(const struct controlled_table *table, const struct resource_key *key);
/* Made when it is not known. -ENOMEM. */
MUST_USE int controlled_get(struct controlled_table *table, const struct resource_key *key, struct controlled **ret);
/* Takes it out when nothing of it is there and nothing of it is waited for, so that names that are used no more do not add up. */
void controlled_forget_gone(struct controlled_table *table, struct controlled *target);
/* After a failure: not before a backoff, whatever changes meanwhile. */
void controlled_rest(struct controlled *target, struct mono now);
bool controlled_is_resting(const struct controlled *target, struct mono now);
/* Whose time has come is dirty. */
void controlled_wake(struct controlled_table *table, struct mono now);
/* The next time at which controlled_wake does something, or a rest ends; unset: never. */
struct mono controlled_next_wake(const struct controlled_table *table, struct mono now);
