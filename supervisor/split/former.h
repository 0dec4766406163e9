/* Workers that supervisors of other pods started (every incarnation counts): as long as one may still forward, what our own
 * worker acknowledged is not the whole truth. Pure. */
#pragma once

#include "common/base/arena.h"
#include "common/json/json.h"
#include <stdbool.h>
#include <stddef.h>

#define FORMERS_MAX 63 /* that are kept beside our own */

struct former_worker {
    const char *pod; /* identity of its pod */
    const struct json *document;
    bool gone; /* proven; nobody said so: false */
};

/* status.workers says that a worker of this pod may live. */
bool workers_name_pod(const struct json *status, const char *pod);
/* Those that status.workers names as not gone and of another pod than ours; "" for pod: there are none outside of one. The
 * first FORMERS_MAX of them. -ENOMEM, -ENOBUFS. */
MUST_USE int formers_read(const struct json *status, const char *pod, struct arena *arena, struct former_worker **ret,
                          size_t *ret_count);
/* The first that is not proven gone; NULL: there is none. */
const struct former_worker *former_left(const struct former_worker *formers, size_t count);
/* Appends copies of those that are left to status.workers. -ENOMEM. */
MUST_USE int formers_write(const struct former_worker *formers, size_t count, struct json *list);
