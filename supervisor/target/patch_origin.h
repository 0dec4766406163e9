/* What one environment entry was before it was patched, so that it can be given back (W-1). Internal to supervisor/target.
 *
 * An origin is a JSON object, as it stands in the target's annotation: {container, variable, written, form, ...}. A value may hold a
 * password beside the name, so of a value only what was exchanged is kept: at byte `at` stood `from` and stands `to` now. Pure;
 * fails only for lack of memory. */
#pragma once

#include "common/base/secret.h"
#include "common/json/json.h"
#include "supervisor/target/target.h"

/* The origin of an entry that gets this value now. present: the entry as it is (an EnvVar), NULL: there is none. no_list: the
 * container has no env at all. */
MUST_USE int origin_new(const char *container, const char *variable, const struct json *present, bool no_list,
                        const char *value, struct json **ret);
/* The same from what a QueueSplit's record says (queue_record.c), for when nothing else is left. ORIGIN_UNKNOWN: it does not say
 * enough. */
enum origin_outcome { ORIGIN_UNKNOWN = 1 };
MUST_USE int origin_of_record(const struct target_entry *entry, struct json **ret);
bool origin_is_of(const struct json *origin, const char *container, const char *variable);
/* Was this entry written by us with this origin, or does it still hold what was exchanged? */
bool origin_fits(const struct json *origin, const struct json *entry);
/* True when the entry holds just what was written. */
bool origin_is_exact(const struct json *origin, const struct json *entry);
/* The entry as it was, with what somebody changed around the name since; *ret stays NULL when there was none. The entry fits. */
MUST_USE int origin_restore(const struct json *origin, const struct json *entry, struct json **ret);
bool origin_had_no_list(const struct json *origin);
