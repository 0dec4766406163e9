/* How far the handing on of what is left in a temporary topic is (C-4).
 *
 * Owned by its temp, on the converge thread; decided in leftovers*.c, moved in move*.c. */
#pragma once

#include "common/base/mono.h"
#include "worker/kafka/override.h"
#include <stdbool.h>

/* One partition of a temp that is being emptied. */
struct leftover {
    int64_t from, end;           /* first unconsumed, and where readers of committed data end */
    int64_t seen_from, seen_end; /* count is of the records between; they are not read again while nothing moves */
    uint64_t count;              /* of records; while not seen, of offsets */
    bool seen;
    bool unfinished; /* a transaction hides what follows; that counts as one message */
    bool held;       /* the original's partition waits */
};

struct emptying {
    bool looked;            /* counts are known */
    bool unfinished;        /* a transaction is: what it hides is counted as one message, and nothing is moved yet */
    bool broken;            /* OrderBroken was told */
    struct mono hold_until; /* the original is held at most until then; set with the table that wants it emptied */
    uint64_t round;         /* of turns, in which it had its portion */
    struct overrides refused; /* messages that their destination refused, by partition and offset of the temp */
    struct mono single_until; /* each transaction is for one topic, to find the one that refuses */
    uint32_t count_from;      /* partition whose records are counted next */
    uint64_t remaining;       /* at most; exactly that many once every partition was counted */
    uint64_t moved;
    uint32_t partitions;
    struct leftover *leftovers; /* per partition; owned */
};

/* The next partition whose records are to be counted, from where the last turn ended; the number of partitions: all are. */
uint32_t emptying_uncounted(const struct emptying *emptying);
/* Frees what is remembered of an emptying. */
void emptying_reset(struct emptying *emptying);
