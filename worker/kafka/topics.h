/* What the cluster holds of the topics that concern this split, asked for all at once.
 *
 * Owned by the converge thread. A topic is only known after a refresh that came back. */
#pragma once

#include "worker/kafka/admin.h"

#define TOPICS_STALE_MAX 1000 /* K-11 */

struct topic_seen {
    bool exists;
    struct admin_topic shape;
};

struct topics_entry;
struct topics {
    struct admin *admin;          /* borrowed */
    struct topics_entry *entries; /* uthash */
    size_t stale; /* let go since the last topics_deinit; the admin's handle asks for them all the same */
};

void topics_deinit(struct topics *topics);
/* Whether the admin's handle knows so many topics that are gone that it should be replaced (K-11). */
bool topics_are_worn(const struct topics *topics);
/* Begins a new list of wanted topics; those not named again until the next refresh are let go. */
void topics_begin(struct topics *topics);
/* -ENOMEM. */
MUST_USE int topics_want(struct topics *topics, const char *name);
/* 0, or ADMIN_FAILED with *why: then everything is as it was seen last. */
MUST_USE int topics_refresh(struct topics *topics, struct reason *why);
/* NULL before its first refresh. Borrowed until the next topics_refresh. */
const struct topic_seen *topics_find(const struct topics *topics, const char *name);
