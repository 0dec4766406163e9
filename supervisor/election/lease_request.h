/* The HTTP request that a step of the election makes, and the Lease as it was read last, from which it is made. Sends nothing. */
#pragma once

#include "common/base/buf.h"
#include "supervisor/election/lease_judge.h"

struct lease_desk {
    struct lease_author author; /* borrowed */
    struct json *document;      /* as it was read or written last; NULL: there is none */
    struct buf item, list;      /* paths */
};

/* -ENOMEM, -E2BIG. May be taken down after a failure. */
MUST_USE int lease_desk_init(struct lease_desk *desk, const struct lease_author *author);
void lease_desk_deinit(struct lease_desk *desk);

/* Keeps a copy of what the server answered; NULL: there is none. Unchanged on failure: -ENOMEM. */
MUST_USE int lease_desk_keep(struct lease_desk *desk, const struct json *document);

struct lease_request {
    const char *method, *path; /* valid as long as the desk */
    struct json *body;         /* the caller's; NULL of one that reads */
};

/* step: one that asks the server. stopped: of LEASE_STEP_RELEASE, no worker of ours is left. -EINVAL: what was kept is no Lease;
 * -ENOMEM. */
MUST_USE int lease_request_make(const struct lease_desk *desk, enum lease_step step, bool stopped,
                                struct lease_request *ret);
