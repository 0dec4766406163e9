/* What a committed offset of the original tells that is not the one that we left there (K-9). Pure.
 *
 * A broker that has just come back may answer from positions that it has loaded half: offsets that are long past. So an
 * offset behind our own is believed at once only where nothing has failed lately; else it gets SUSPICION_PATIENCE_MS to
 * come right. Nobody forwards from it meanwhile. */
#pragma once

#include "common/base/mono.h"
#include <stdbool.h>
#include <stdint.h>

#define SUSPICION_STRIKES 2         /* looks in a row that show a sign, before it is believed */
#define SUSPICION_PATIENCE_MS 60000 /* after the last failure, for an offset that is behind */

/* In order of weight. */
enum suspicion_sign {
    SUSPICION_SIGN_NONE,
    SUSPICION_SIGN_MISSING, /* there is no offset, but nothing would be repeated */
    SUSPICION_SIGN_BEHIND,  /* what was committed already would be forwarded again */
    SUSPICION_SIGN_STRANGE  /* we cannot have left it there, and no broker that loads would say so */
};

struct suspicion_offset {
    int64_t low, high; /* between which ours must lie; low < 0: nothing is known */
    int64_t seen;      /* ADMIN_OFFSET_NONE, ADMIN_OFFSET_UNSTABLE */
    int64_t log_start, log_end;
};
enum suspicion_sign suspicion_judge(const struct suspicion_offset *offset);

struct suspicion {
    unsigned strikes;
    struct mono doubted_at; /* last failure of the broker; unset: none */
};
/* Whether an offset that is behind may yet come right. */
bool suspicion_doubts(const struct suspicion *suspicion, struct mono now);
/* The heaviest sign of one look. True: it is to be believed. */
bool suspicion_believe(struct suspicion *suspicion, enum suspicion_sign sign, struct mono now);
