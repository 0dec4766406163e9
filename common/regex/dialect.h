/* Where PCRE2 would read a pattern in another way than the engine that users know (Rust's fancy-regex), without
 * saying so. Such patterns are refused: a filter that silently means something else takes the wrong messages (S-1). */
#pragma once

#include "common/base/str.h"

struct dialect_issue {
    size_t position;   /* byte in the pattern where it begins */
    const char *cause; /* NULL: the pattern means the same in both */
};

/* Looks at the text alone and errs on the side of refusal; whether the pattern is valid is left to the compiler. */
struct dialect_issue dialect_check(struct str pattern);
