/* Literals that a value must hold for a generic pattern to match it. */
#pragma once

#include "worker/route/words.h"

/* Sets *ret to words of which every matching value holds at least one at the place that its kind says (one per branch), or to none when
 * that is not surely known. The pattern need not be valid. */
void required_of_pattern(struct str pattern, struct words *ret);
