/* The maps of worker_observed: entries by text, with one of three bodies. For worker_observed*.c only. */
#pragma once

#include "supervisor/worker_link/worker_observed.h"

enum observed_map_outcome { OBSERVED_MAP_FULL = 1 };

struct observed_keyed *observed_map_find(struct observed_keyed *map, const char *key);
/* Found, or added with a body of zeros; OBSERVED_MAP_FULL at entries_max, -ENOMEM. key: at most 351 bytes. */
MUST_USE int observed_map_at(struct observed_keyed **map, const char *key, size_t entries_max,
                             struct observed_keyed **ret);
void observed_map_delete(struct observed_keyed **map, const char *key);
void observed_map_clear(struct observed_keyed **map);
/* Deletes the entries for which drop says so. */
typedef bool observed_map_fn(void *context, const struct observed_keyed *entry);
void observed_map_filter(struct observed_keyed **map, observed_map_fn *drop, void *context);
struct observed_keyed *observed_map_next(struct observed_keyed *map, struct observed_keyed *previous);

union observed_body {
    struct observed_temp temp;
    struct observed_condition condition;
    struct observed_pace pace;
};
union observed_body *observed_body(struct observed_keyed *entry);
const char *observed_key(const struct observed_keyed *entry);
/* The entry whose body this condition is. */
struct observed_keyed *observed_of_condition(const struct observed_condition *condition);
