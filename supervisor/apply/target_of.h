/* Which target a document speaks of. Pure. */
#pragma once

#include "common/json/json.h"
#include "common/model/kind.h"

/* Where the targets live. */
enum target_home {
    TARGETS_LOCAL, /* services of this host: whatever kind a resource names, the LocalService of that name is meant */
    TARGETS_CLUSTER /* workloads of a cluster, by kind and name */
};

enum target_of_outcome { TARGET_OF_NONE = 1 };
/* The target that a session, a split, a resource or a target's own document belongs to. TARGET_OF_NONE: it belongs to none, or it
 * names a kind that this home does not have. */
MUST_USE int target_of_document(enum target_home home, const struct json *document, const struct resource_key *key,
                                struct resource_key *ret);

/* The same as groupings of a store's documents (store_group_by), by which view_build finds what speaks of a target. */
int target_of_local_document(const struct json *document, const struct resource_key *key, struct resource_key *ret);
int target_of_cluster_document(const struct json *document, const struct resource_key *key, struct resource_key *ret);
