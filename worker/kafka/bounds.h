/* The original's committed offsets beside those that are ours: all partitions at one look, on the converge thread. */
#pragma once

#include "worker/kafka/converge.h"
#include "worker/kafka/suspicion.h"

struct bounds {
    int64_t *lows, *highs;  /* ours, as slot_committed tells; -1: nothing is known */
    int64_t *seen;          /* what the broker says; ADMIN_OFFSET_NONE until asked */
    int64_t *starts, *ends; /* of the log; 0 until asked */
    int64_t *ignored;       /* for what is asked for together with what is wanted */
    uint32_t count;         /* partitions */
};

/* -ENOMEM. */
MUST_USE int bounds_new(uint32_t count, struct bounds *ret);
void bounds_deinit(struct bounds *bounds);
void bounds_lows(const struct converge *converge, struct bounds *bounds);  /* before the broker is asked */
void bounds_highs(const struct converge *converge, struct bounds *bounds); /* after it has answered */
/* Says that an offset is behind ours; returns outcome. For slots too. */
int bounds_behind(const struct kafka_spec *spec, uint32_t partition, int64_t seen, int64_t ours, int outcome,
                  struct reason *why);
/* The heaviest sign from a partition on, and the partition that shows it. */
enum suspicion_sign bounds_sign(const struct bounds *bounds, uint32_t first, uint32_t *ret_partition);
