/* Inside of a scratch: marks that are valid for one message only, told by its stamp, so that nothing is cleared. */
#pragma once

#include "worker/route/decide.h"
#include "worker/route/index_layout.h"

struct scratch_predicate {
    uint32_t seen;     /* stamp: a literal of it was found, or (no literals) its header occurred */
    uint32_t answered; /* stamp: the engine was asked */
    bool answer;
};

struct scratch_slot {
    uint32_t seen;  /* stamp: its header occurred with a value that can be evaluated */
    uint32_t first; /* number of that header */
    uint32_t more;  /* how many such headers there are besides */
};

#define SCRATCH_GUESSES 16

struct route_scratch {
    uint64_t serial; /* of the index it was prepared for */
    uint32_t stamp;  /* of the present message; 0 never */
    size_t bytes;    /* of memory */
    void *memory;    /* all arrays */
    struct scratch_predicate *predicates;
    struct scratch_slot *slots;
    /* What slot the header at each place had in an earlier message: mostly the names come in the same order again. */
    uint32_t guesses[SCRATCH_GUESSES];
    uint32_t *atoms;    /* stamps: found */
    uint32_t *hits;     /* predicates under which rules wait, seen in this message */
    uint32_t *deferred; /* rules that only the engine's answers can still decide */
    struct route_copy *mirrors;
    struct regex_scratch *regex;
};
