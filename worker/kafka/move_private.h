/* Shared by move.c and move_refusal.c alone. */
#pragma once

#include "worker/kafka/move.h"

/* The moving of one partition in one turn. */
struct move {
    struct converge *converge;
    struct temp *temp;
    uint32_t partition;
    bool back;
    rd_kafka_message_t *pending; /* read, and left for the next transaction; owned */
    int64_t next;                /* position of the temp's group after what is in the transaction */
    uint64_t records;
    size_t bytes;
    bool alone;       /* the transaction is for one record that was refused before */
    const char *only; /* topic of the transaction's last record */
};

/* Whether each transaction holds messages for one topic, because one of several refuses and it is not said which. */
bool move_is_single(const struct move *move);
/* The transaction in the mover's sink is void: notes what was refused and why. 0: the next try goes another way;
 * MOVER_FAILED with *why. */
MUST_USE int move_refusal_judge(struct move *move, struct reason *why);
