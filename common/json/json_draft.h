/* A packed value while it is being read: its parts, with offsets in place of pointers, until it is laid into one block.
 *
 * Owns its parts until draft_deinit. No call recurses deeper than the value does. Included in this folder only. */
#pragma once

#include "common/base/buf.h"
#include "common/json/json_packed.h"

struct draft {
    struct buf open;  /* struct packed_member: of containers that are not closed yet, the innermost last */
    struct buf rows;  /* of closed containers, as they will lie */
    struct buf texts; /* with their NULs; what stands here never moves */
};

/* For a text of so many bytes and values. -ENOMEM; deinit in any case. */
MUST_USE int draft_init(struct draft *draft, size_t text_bytes, unsigned values_max);
void draft_deinit(struct draft *draft); /* also the CLEANUP form */

/* What was appended to texts since start is one text of this type. -ENOMEM. */
MUST_USE int draft_end_text(struct draft *draft, size_t start, enum json_type type, struct packed *ret);
/* A member of the innermost container that is open, its key at key in texts; of an array: its element. -ENOMEM. */
MUST_USE int draft_add(struct draft *draft, size_t key, const struct packed *value);
/* The innermost container is whole: the last count members that were added. -ENOMEM. */
MUST_USE int draft_close(struct draft *draft, enum json_type type, size_t count, struct packed *ret);
/* In one block, for json_packed_free. -ENOMEM. */
MUST_USE int draft_finish(const struct draft *draft, const struct packed *root, const struct json **ret);

/* Keys of an open object. Few are compared one by one, many lie in a table, so that whoever writes a document cannot make us slow. */
struct draft_keys {
    size_t first;          /* its first member in open */
    struct lh_table *many; /* NULL: they are few */
};
void draft_keys_init(const struct draft *draft, struct draft_keys *ret);
void draft_keys_deinit(struct draft_keys *keys); /* also the CLEANUP form */
enum draft_keys_outcome { DRAFT_KEY_TWICE = 1 };
/* A key in texts that will be the next member's. 0, DRAFT_KEY_TWICE, or -ENOMEM. */
MUST_USE int draft_keys_add(struct draft_keys *keys, const struct draft *draft, const char *key);
