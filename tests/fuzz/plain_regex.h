/* A pattern as PCRE2 itself understands it, without our guard, limits of time and tables. What the regex door and the route index
 * answer is compared with this. */
#pragma once

#include "common/base/cleanup.h"
#include "common/base/str.h"
#include <stdbool.h>

enum plain_answer { PLAIN_NO, PLAIN_YES, PLAIN_UNKNOWN };

struct plain_regex;
/* NULL: PCRE2 refuses the pattern. */
struct plain_regex *plain_regex_new(struct str pattern);
void plain_regex_free(struct plain_regex *plain);
DEFINE_CLEANUP(struct plain_regex, plain_regex)
/* PLAIN_UNKNOWN: it took too many steps to tell. */
enum plain_answer plain_regex_search(const struct plain_regex *plain, struct str subject);
