/* Operator-wide settings: rows of setting.def, read once from the environment. */
#pragma once

#include "common/base/arena.h"
#include "common/model/resource.h"
#include <stdbool.h>
#include <stdint.h>

struct settings {
#define SETTING_FIELD_COUNT(field) int64_t field;
#define SETTING_FIELD_POSITIVE(field) int64_t field;
#define SETTING_FIELD_TRUTH(field) bool field;
#define SETTING_FIELD_TEXT(field) const char *field;
#define SETTING(field, helm, variable, type, fallback, max, unit, meaning) SETTING_FIELD_##type(field)
#include "common/model/setting.def"
#undef SETTING
    struct split_settings split;              /* what resources of Kafka start from */
    struct split_settings sqs_split;          /* the same of SQS */
    const char *const *secret_namespace_list; /* NULL-terminated, as the next */
    const char *const *namespace_list;
};

enum setting_outcome { SETTING_REFUSED = 1 };

/* Reads every row through lookup (getenv's form); absent and empty values take the default. SETTING_REFUSED: *why names the
 * variable and what it can be. Strings live in the arena. */
MUST_USE int settings_read(char *(*lookup)(const char *name), struct arena *arena, struct settings *ret,
                           struct reason *why);
