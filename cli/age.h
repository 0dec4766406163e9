/* Times as people read them. Pure. */
#pragma once

#include <stdint.h>

#define AGE_TEXT_SIZE 16
/* "4s", "12m", "3h", "5d" since an RFC 3339 time; "" when text is none. */
void age_text(const char *text, int64_t wall_now_ms, char ret[AGE_TEXT_SIZE]);
