/* The workload that a run names: "deployment/meme-app", "deployment/meme-app/main" or ".../container/main". Pure. */
#pragma once

#include "common/base/reason.h"
#include "common/model/kind.h"

struct target_ref {
    const char *kind;        /* a literal; NULL: none given */
    const char *api_version; /* a literal */
    char name[NAME_SIZE];
    char container[NAMESPACE_SIZE]; /* "": the default one */
};

enum target_outcome { TARGET_INVALID = 1 };
MUST_USE int target_parse(struct str text, struct target_ref *ret, struct reason *why);
