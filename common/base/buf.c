/* The growing byte buffer. Owns its memory up to the limit; a call that fails leaves contents and length as they
 * were. */
#include "common/base/buf.h"
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { BUF_FIRST_BYTES = 64 };

static void buf_empty(struct buf *buf) { *buf = (struct buf){.max_bytes = buf->max_bytes, .secret = buf->secret}; }

void buf_deinit(struct buf *buf)
{
    if (buf->secret && buf->data)
        explicit_bzero(buf->data, buf->capacity);
    free(buf->data);
    buf_empty(buf);
}

void buf_clear(struct buf *buf)
{
    buf->len = 0;
    if (buf->data)
        buf->data[0] = '\0';
}

/* Capacity for need bytes: doubled, so that many small appends stay linear, and never beyond the limit and its NUL.
 * */
static size_t buf_capacity_for(const struct buf *buf, size_t need)
{
    size_t most = buf->max_bytes + 1;
    size_t capacity = buf->capacity ? buf->capacity : BUF_FIRST_BYTES;

    while (capacity < need)
        capacity = capacity > most / 2 ? most : capacity * 2;
    return capacity < most ? capacity : most;
}

/* realloc would leave a copy behind. */
static char *buf_grow_secret(struct buf *buf, size_t capacity)
{
    char *data = malloc(capacity);

    if (!data || !buf->data)
        return data;
    memcpy(data, buf->data, buf->len);
    explicit_bzero(buf->data, buf->capacity);
    free(buf->data);
    return data;
}

int buf_reserve(struct buf *buf, size_t len, char **ret)
{
    check(buf->max_bytes > 0 && buf->max_bytes < SIZE_MAX);
    check(buf->len <= buf->max_bytes);
    if (len > buf->max_bytes - buf->len)
        return -ENOBUFS;

    size_t need = buf->len + len + 1;
    if (need > buf->capacity) {
        size_t capacity = buf_capacity_for(buf, need);
        char *data = buf->secret ? buf_grow_secret(buf, capacity) : realloc(buf->data, capacity);
        if (!data)
            return -ENOMEM;
        buf->data = data;
        buf->capacity = capacity;
        buf->data[buf->len] = '\0';
    }
    *ret = buf->data + buf->len;
    return 0;
}

int buf_append(struct buf *buf, const void *data, size_t len)
{
    char *end;
    int r = buf_reserve(buf, len, &end);

    if (r < 0)
        return r;
    if (len > 0)
        memcpy(end, data, len);
    end[len] = '\0';
    buf->len += len;
    return 0;
}

int buf_append_str(struct buf *buf, struct str s) { return buf_append(buf, s.data, s.len); }

int buf_append_char(struct buf *buf, char c) { return buf_append(buf, &c, 1); }

int buf_printf(struct buf *buf, const char *format, ...)
{
    va_list arguments;

    va_start(arguments, format);
    int r = buf_vprintf(buf, format, arguments);
    va_end(arguments);
    return r;
}

int buf_vprintf(struct buf *buf, const char *format, va_list arguments)
{
    va_list again;
    char *end;

    va_copy(again, arguments);
    int len = vsnprintf(NULL, 0, format, again);
    va_end(again);
    if (len < 0)
        return -EINVAL;

    int r = buf_reserve(buf, (size_t)len, &end);
    if (r < 0)
        return r;
    vsnprintf(end, (size_t)len + 1, format, arguments);
    buf->len += (size_t)len;
    return 0;
}

void buf_consume(struct buf *buf, size_t len)
{
    check(len <= buf->len);
    if (len == 0)
        return;
    memmove(buf->data, buf->data + len, buf->len - len);
    buf->len -= len;
    buf->data[buf->len] = '\0';
}

int buf_take(struct buf *buf, char **ret)
{
    char *end;
    int r = buf_reserve(buf, 0, &end);

    if (r < 0)
        return r;
    *end = '\0';
    *ret = TAKE(buf->data);
    buf_empty(buf);
    return 0;
}
