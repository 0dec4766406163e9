/* Environment files that several LocalServices name. Pure. */
#pragma once

#include "common/model/resource.h"
#include "supervisor/store/store.h"

enum local_shared_outcome { LOCAL_SHARED = 1 };
/* 0: every file of the service is its own. LOCAL_SHARED: another LocalService names one of them too, *why names both: each would
 * write over what the other needs, again and again, so neither is written while that is so. */
MUST_USE int local_files_judge(const struct store *store, const struct resource_key *key,
                               const struct local_service *service, struct reason *why);
