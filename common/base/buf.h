/* A growing byte buffer with a mandatory maximum.
 *
 * Whatever an outsider sizes goes through one of these. Appending past max_bytes returns -ENOBUFS and leaves the
 * buffer as it was. Owns its memory; the contents are kept NUL-terminated (the NUL is not counted). A buffer for secrets
 * zeroes memory before it gives it back, also when it grows. */
#pragma once

#include "common/base/cleanup.h"
#include "common/base/err.h"
#include "common/base/str.h"
#include <stdarg.h>
#include <stdbool.h>
#include <stddef.h>

struct buf {
    char *data;       /* NULL until the first append */
    size_t len;       /* bytes used */
    size_t capacity;  /* bytes allocated */
    size_t max_bytes; /* limit of len; 0 is a bug */
    bool secret;
};

#define BUF_INIT(max) ((struct buf){.max_bytes = (max)})
#define BUF_SECRET_INIT(max) ((struct buf){.max_bytes = (max), .secret = true})

void buf_deinit(struct buf *buf); /* also the CLEANUP form; leaves an empty buffer of the same kind */
void buf_clear(struct buf *buf);  /* keeps the memory */
MUST_USE int buf_append(struct buf *buf, const void *data, size_t len);
MUST_USE int buf_append_str(struct buf *buf, struct str s);
MUST_USE int buf_append_char(struct buf *buf, char c);
MUST_USE int buf_printf(struct buf *buf, const char *format, ...) __attribute__((format(printf, 2, 3)));
MUST_USE int buf_vprintf(struct buf *buf, const char *format, va_list arguments)
    __attribute__((format(printf, 2, 0)));
/* Makes room for len more bytes and returns where they start; the caller writes them and adds to len. (Bytes added in
 * this way are not NUL-terminated before the next append or buf_take.) */
MUST_USE int buf_reserve(struct buf *buf, size_t len, char **ret);
/* Drops the first len bytes (at most buf->len). */
void buf_consume(struct buf *buf, size_t len);
static inline struct str buf_str(const struct buf *buf) { return (struct str){buf->data ? buf->data : "", buf->len}; }
/* Hands the memory to the caller (free), NUL-terminated; the buffer is empty afterwards. -ENOMEM. */
MUST_USE int buf_take(struct buf *buf, char **ret);
