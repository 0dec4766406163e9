/* The route table as it arrives: the sessions of one split in their order, with their filters, under a generation.
 *
 * Owns copies of everything that is added. It is only filled and then read once, to build an index (index.h);
 * messages are never compared with it. The order of adding is the order of precedence (C-6: the supervisor sorts by
 * creation time, then uid). */
#pragma once

#include "common/base/cleanup.h"
#include "common/base/reason.h"
#include "common/base/str.h"

#define ROUTE_SESSIONS_MAX 10000
#define ROUTE_FILTERS_MAX 32 /* per session (S-1) */
#define ROUTE_UID_BYTES_MAX 64
#define ROUTE_NAME_BYTES_MAX 256          /* of a header */
#define ROUTE_TABLE_BYTES_MAX (64u << 20) /* of all names and patterns together */

enum route_mode {
    ROUTE_STEAL, /* the message goes to the session instead of the application */
    ROUTE_MIRROR /* the session gets a copy and the message goes on */
};

enum route_outcome { ROUTE_REFUSED = 1 };

struct route_filter {
    struct str name;    /* of the header, compared exactly */
    struct str pattern; /* searched in its value */
};

struct route_session {
    char uid[ROUTE_UID_BYTES_MAX + 1];
    enum route_mode mode;
    uint32_t destination;  /* the worker's number of the session's temporary queue */
    uint32_t filter_first; /* index of the first in the table's filters */
    uint32_t filter_count; /* 0: matches nothing (C-14) */
};

struct route_table;

/* -ENOMEM. */
MUST_USE int route_table_new(uint64_t generation, struct route_table **ret);
void route_table_free(struct route_table *table);
DEFINE_CLEANUP(struct route_table, route_table)

/* Appends a session without filters. ROUTE_REFUSED with *why (REASON_LIMIT_REACHED, REASON_FIELD_INVALID) when there
 * are ROUTE_SESSIONS_MAX already or the uid is empty, too long or not text; -ENOMEM. */
MUST_USE int route_table_add_session(struct route_table *table, struct str uid, enum route_mode mode,
                                     uint32_t destination, struct reason *why);
/* Appends a filter to the session added last; all filters of a session must match. The pattern is judged when the index
 * is built. ROUTE_REFUSED with *why for a limit, -EINVAL without a session, -ENOMEM. */
MUST_USE int route_table_add_filter(struct route_table *table, struct str name, struct str pattern,
                                    struct reason *why);

uint64_t route_table_generation(const struct route_table *table);
size_t route_table_session_count(const struct route_table *table);
/* Borrowed until the next change of the table. */
const struct route_session *route_table_session(const struct route_table *table, size_t number);
const struct route_filter *route_table_filter(const struct route_table *table, size_t number);
