/* How many receives are on their way at once: one long poll when idle, more while answers come full (Q-2, P-10). Pure. */
#pragma once

#include <stdint.h>

#define PACE_POLLS_MAX 16

struct pace {
    unsigned polls; /* how many are wanted; 0 counts as 1 */
};

unsigned pace_polls(const struct pace *pace);
/* An answer with got of asked messages has come. */
void pace_note(struct pace *pace, unsigned asked, unsigned got);
