/* Deleted temporary topics, which stale clients may create again (K-11).
 *
 * Owned by the converge thread. Remembers the names that this process deleted, for as long as a client may go on with what it knew of
 * them, and deletes again what is back. Names are never used twice, so nobody else's topic can be meant. */
#pragma once

#include "common/base/mono.h"
#include <stdbool.h>

#define GRAVES_MAX 64
#define GRAVE_SETTLED_MS 2000
#define GRAVE_MS 600000 /* twice the longest time that clients keep metadata by default */

struct converge;
struct temp;

struct grave {
    char name[250];
    char session[65];    /* uid; "" for the fallback */
    struct mono settled; /* from then on the cluster no longer shows what it has deleted: what is seen is back */
    struct mono until;
};

struct graves {
    struct grave at[GRAVES_MAX]; /* an unset until is free */
};

/* Of a temp that was deleted; takes the place of the oldest when all are taken. */
void grave_dig(struct converge *converge, const struct temp *temp);
/* Names them for the next look. -ENOMEM. */
MUST_USE int graves_want(struct converge *converge);
/* After a look. Failures are left to the next one. */
void graves_turn(struct converge *converge);
