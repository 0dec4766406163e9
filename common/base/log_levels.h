/* Which component logs how much: the parsed form of "worker.kafka=trace,info". A value; pure. */
#pragma once

#include "common/base/log.h"

enum {
    LOG_LEVELS_TEXT_MAX = 4096, /* bytes of a level string */
    LOG_LEVELS_RULES_MAX = 32,  /* components named in it */
    LOG_LEVELS_NAME_SIZE = 64,  /* bytes of a component's name, with its NUL */
};

enum { LOG_LEVEL_OFF = -1 }; /* RUST_LOG users have it; no line has this level */

struct log_levels {
    int fallback; /* enum log_level or LOG_LEVEL_OFF: for components that no rule names */
    size_t count;
    struct {
        char name[LOG_LEVELS_NAME_SIZE];
        int level;
    } rules[LOG_LEVELS_RULES_MAX];
};

/* Items are separated by commas: a level, or a component "=" a level. A component named twice gets the more verbose
 * level. -EINVAL when text has an unknown level or goes beyond a limit. */
MUST_USE int log_levels_parse(struct str text, struct log_levels *ret);
/* Level of component: that of the longest rule that names it or a dotted prefix of it. */
int log_levels_of(const struct log_levels *levels, const char *component);
/* The most verbose level that any component has. */
int log_levels_max(const struct log_levels *levels);
const char *log_level_name(enum log_level level); /* "info" */
