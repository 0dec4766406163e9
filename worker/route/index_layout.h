/* Inside of the route index: shared by the files that build it and the one that decides with it.
 *
 *   session -> rule (the set of its filters, one for all sessions with equal filters) -> predicates (name, pattern)
 *   header name -> slot -> atoms (literals) found in the value -> predicates -> rules
 *
 * Each rule waits under one of its predicates only, its access predicate, the one that is true least often; when that
 * one is true for a message, the others of the rule are looked at. So a message costs what it touches, not the number
 * of sessions. */
#pragma once

#include "worker/route/automaton.h"
#include "worker/route/keymap.h"
#include "worker/route/lists.h"
#include "worker/route/predicate.h"
#include "worker/route/prefilter.h"

#define INDEX_NONE UINT32_MAX

/* One header name that some filter asks for. */
struct index_slot {
    struct str name;        /* borrowed from a predicate of the index */
    size_t exact_bytes_max; /* longest value that an exact literal asks for */
    bool has_exact;
    struct automaton *starts, *ends, *anywhere; /* NULL without such literals; they report atoms */
    struct prefilter *maybe_anywhere;           /* asked before anywhere; NULL: always look */
    _Atomic uint64_t long_values;               /* values longer than the engine's limit */
};

/* A literal of a slot, shared by predicates. */
struct index_atom {
    struct str text;     /* borrowed from a predicate */
    size_t listed_bytes; /* the automaton holds so much of it; the rest is compared when that was found */
};

/* What deciding needs of a predicate, next to one another. */
struct index_predicate {
    struct predicate *predicate;
    uint32_t slot;
    enum shape_kind kind;
    bool gated; /* generic, and known only when one of its atoms was found */
};

struct route_index {
    atomic_uint refs;
    uint64_t serial; /* no other index of the process has it; not 0 */
    uint64_t generation;

    size_t session_count;
    struct route_session *sessions;
    uint32_t *session_rules; /* INDEX_NONE: no filters */

    struct keymap names;   /* header name -> slot */
    uint64_t name_lengths; /* bit (length & 63) of each name: most foreign names are passed by without a look-up */
    size_t slot_count;
    struct index_slot *slots;

    struct keymap patterns; /* (slot, pattern) -> predicate */
    size_t predicate_count;
    struct index_predicate *predicates;

    struct keymap exacts; /* (slot, value) -> atom */
    size_t atom_count;
    struct index_atom *atoms;
    struct lists atom_predicates;

    size_t rule_count;
    struct lists rule_predicates; /* ascending, each once */
    struct lists rule_mirrors;    /* its mirror sessions */
    uint32_t *rule_steals;        /* its first steal session, or INDEX_NONE */

    struct lists steal_rules;     /* predicate -> rules that wait under it, by their first steal session */
    struct lists mirror_rules;    /* predicate -> rules with mirror sessions that wait under it */
    struct lists slot_predicates; /* slot -> predicates to look at whenever the name occurs */
    size_t mirror_count;          /* mirror sessions in all */
};

/* The steps of building, in this order. Each fills its part of a zeroed index and leaves it fit for freeing. */
MUST_USE int index_intern(struct route_index *index, const struct route_table *table,
                          const struct route_index *previous, struct reason *why);
MUST_USE int index_match_build(struct route_index *index);
MUST_USE int index_access_build(struct route_index *index);
