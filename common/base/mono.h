/* Typed time. Deadlines are taken on CLOCK_BOOTTIME, which goes on while a machine sleeps, so that work held by
 * a frozen process is late when it wakes (C-12). Wall time is for people and resources only. */
#pragma once

#include "common/base/err.h"
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/* A point on CLOCK_BOOTTIME in milliseconds; 0 means "never set". Pure code takes it as a parameter. */
struct mono {
    int64_t ms;
};

struct mono mono_now(void);
uint64_t mono_now_us(void); /* same clock, microseconds, for measuring */
static inline struct mono mono_after(struct mono t, int64_t ms) { return (struct mono){t.ms + ms}; }
static inline bool mono_reached(struct mono now, struct mono deadline) { return now.ms >= deadline.ms; }
static inline bool mono_is_set(struct mono t) { return t.ms != 0; }
/* Milliseconds from now until deadline, never negative. */
static inline int64_t mono_until(struct mono now, struct mono deadline)
{
    return deadline.ms > now.ms ? deadline.ms - now.ms : 0;
}

/* Wall clock, milliseconds since 1970. */
int64_t wall_now_ms(void);
/* RFC 3339 in UTC with whole seconds, as Kubernetes writes it ("2026-01-02T03:04:05Z"). */
#define WALL_TEXT_SIZE 32
void wall_format(int64_t wall_ms, char text[WALL_TEXT_SIZE]);
/* The inverse; fractions of a second and numeric offsets are accepted. -EINVAL when text is no such time. */
MUST_USE int wall_parse(const char *text, int64_t *ret_wall_ms);
