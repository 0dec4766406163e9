/* Who is in a consumer group, as far as the broker tells.
 *
 * 2.0.2 asks with the classic request, to which a group of the new protocol (KIP-848) looks Dead; the list of groups
 * knows those too, but not what they have assigned. */
#pragma once

#include "worker/kafka/admin.h"

enum group_presence {
    GROUP_EMPTY,     /* no member */
    GROUP_ELSEWHERE, /* members, none of which has a partition of the topic assigned */
    GROUP_ON_TOPIC,  /* at least one has */
    GROUP_UNKNOWN    /* members, whose assignment is not to be seen */
};

struct group_view {
    enum group_presence presence;
    uint32_t members; /* 0 when unknown */
    char client[128]; /* of one member that has the topic: client id and host; "" */
};

/* Whether nobody can hold messages of the topic any more. Unknown is never taken for empty (C-11, K-9). Pure. */
bool group_has_left(const struct group_view *view);
/* 0 or ADMIN_FAILED with *why. */
MUST_USE int group_look(struct admin *admin, const char *group, const char *topic, struct group_view *ret,
                        struct reason *why);
