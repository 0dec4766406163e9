/* What is wrong with the folder of manifests right now: a bounded list, for the log, the API and people. */
#pragma once

#include "common/base/cleanup.h"
#include "common/base/reason.h"
#include "common/json/json.h"
#include <stdbool.h>
#include <stddef.h>

#define SOURCE_PROBLEMS_MAX 256
#define SOURCE_FILE_SIZE 256 /* NAME_MAX and NUL */

struct source_problem {
    bool warning;                /* it has no effect; else something is not, or not any more, as the file says */
    char file[SOURCE_FILE_SIZE]; /* "" : the folder itself */
    unsigned line;               /* from 1; 0: the whole file */
    struct reason why;
};
struct source_problems {
    struct source_problem *items; /* owned */
    size_t count;
    size_t left_out; /* beyond SOURCE_PROBLEMS_MAX, or for lack of memory */
};

void source_problems_deinit(struct source_problems *problems);
void source_problems_add(struct source_problems *problems, bool warning, const char *file, unsigned line,
                         enum reason_code code, const char *format, ...) __attribute__((format(printf, 6, 7)));
/* Logs what is in now and was not in before, and that nothing is left. */
void source_problems_log(const struct source_problems *before, const struct source_problems *now);
/* {"errors":[{level,file,line,reason,message,nextStep}],"leftOut":0}. -ENOMEM. */
MUST_USE int source_problems_json(const struct source_problems *problems, struct json **ret);
