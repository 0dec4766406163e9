/* What the cluster holds of the topics that concern this split, asked for all at once.
 *
 * Owned by the converge thread. A topic is only known after a refresh that came back. */
#pragma once

#include "worker/kafka/admin.h"

struct topic_seen {
    bool exists;
    struct admin_topic shape;
};

struct topics_entry;
struct topics {
    struct admin *admin;          /* borrowed */
    struct topics_entry *entries; /* uthash */
};

void topics_deinit(struct topics *topics);
/* Begins a new list of wanted topics; those not named again until the next refresh are let go. */
void topics_begin(struct topics *topics);
/* -ENOMEM. */
MUST_USE int topics_want(struct topics *topics, const char *name);
/* 0, or ADMIN_FAILED with *why: then everything is as it was seen last. */
MUST_USE int topics_refresh(struct topics *topics, struct reason *why);
/* NULL before its first refresh. Borrowed until the next topics_refresh. */
const struct topic_seen *topics_find(const struct topics *topics, const char *name);
