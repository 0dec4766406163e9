/* A borrowed run of bytes with a length, and the few operations that the program needs on it.
 *
 * Owns no memory. Bytes may contain NUL and need not be UTF-8. A struct str is valid only as long as what it
 * points into; none of these functions can fail. */
#pragma once

#include "common/base/err.h"
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

struct str {
    const char *data; /* not NUL-terminated */
    size_t len;       /* bytes */
};

#define STR(literal) ((struct str){.data = "" literal, .len = sizeof(literal) - 1})
/* For printf's "%.*s". */
#define STR_ARG(s) (int)(s).len, (s).data

static inline struct str str_of(const char *text) { return (struct str){text, text ? strlen(text) : 0}; }
bool str_equal(struct str a, struct str b);
bool str_starts_with(struct str s, struct str prefix);
bool str_ends_with(struct str s, struct str suffix);
/* Index of the first occurrence, or -1. */
ptrdiff_t str_find(struct str s, struct str needle);
bool str_is_utf8(struct str s);
/* Bytes of the UTF-8 sequence that s begins with, 1 to 4; 0 when s is empty or begins with none. */
size_t str_utf8_first(struct str s);

/* Copies s into the fixed array dst of size bytes and terminates it. -E2BIG when it does not fit with its NUL
 * (dst is then empty), -EINVAL when s contains a NUL byte. */
MUST_USE int str_copy(char *dst, size_t size, struct str s);
/* Copies the text as far as it fits into the fixed array dst of size bytes, cuts no UTF-8 sequence in two, and
 * terminates it. */
void str_copy_cut(char *dst, size_t size, struct str s);
/* Takes the first bytes of a UTF-8 sequence away from the end of a text that was cut there. */
void str_trim_cut(char *text);
/* Heap copy of the bytes as they are, NUL-terminated, owned by the caller (free). -ENOMEM. */
MUST_USE int str_dup(struct str s, char **ret);
/* Decimal number without sign or blanks, at most max. -EINVAL, -ERANGE. */
MUST_USE int str_to_u64(struct str s, uint64_t max, uint64_t *ret);
