/* Entries that refer to a patched one, and what they are given so that they keep their meaning (W-2). Internal to supervisor/target. */
#pragma once

#include "common/base/arena.h"
#include "supervisor/target/patch.h"

/* The wanted entries and, after them, one for each that refers to one of them and is not wanted itself: its own text with the
 * original in place of the reference. document: without our patch. Strings live in the arena or in the entries. */
MUST_USE int pins_add(const struct json *document, const struct target_entry *entries, size_t count,
                      struct arena *arena, const struct target_entry **ret, size_t *ret_count);
