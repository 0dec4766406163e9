/* The door of PCRE2, with the limits of S-1.
 *
 * A pattern is searched (not anchored) in a subject of bytes. Compiled patterns are immutable and may be used by
 * several threads, each with a scratch of its own. Patterns that mirrord users' engine would read differently (class
 * set operations) are refused with a reason. */
#pragma once

#include "common/base/cleanup.h"
#include "common/base/reason.h"
#include "common/base/str.h"

#define REGEX_PATTERN_BYTES_MAX 1024
#define REGEX_SUBJECT_BYTES_MAX 65536
#define REGEX_MATCH_LIMIT 10000 /* per start position; less in proportion for subjects longer than 4 KiB */
#define REGEX_HEAP_LIMIT_KIB 4096
#define REGEX_TIME_LIMIT_US \
    1000 /* one search, all its start positions: so much wall time, then so much processor time */

struct regex;
struct regex_scratch;

enum regex_outcome {
    REGEX_MATCH = 1,
    REGEX_LIMIT = 2, /* a limit was hit, or the subject is too long: counts as no match (C-7) */
    REGEX_REFUSED = 3
};

/* 0, or REGEX_REFUSED with *why (code REASON_FILTER_INVALID, position and cause), or -ENOMEM. */
MUST_USE int regex_compile(struct str pattern, struct regex **ret, struct reason *why);
void regex_free(struct regex *regex);
DEFINE_CLEANUP(struct regex, regex)
MUST_USE int regex_scratch_new(struct regex_scratch **ret);
void regex_scratch_free(struct regex_scratch *scratch);
DEFINE_CLEANUP(struct regex_scratch, regex_scratch)
/* 0 no match, REGEX_MATCH, or REGEX_LIMIT. */
MUST_USE int regex_search(const struct regex *regex, struct regex_scratch *scratch, struct str subject);
