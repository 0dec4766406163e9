/* Literals that a value must hold for a generic pattern to match it. */
#pragma once

#include "worker/route/words.h"

/* Sets *ret to words of which every matching value contains at least one (one per branch of the pattern), or to none when
 * that is not surely known. The pattern need not be valid. */
void required_of_pattern(struct str pattern, struct words *ret);
