/* Makes predicates and keeps their health. Fails for lack of memory or because the regex door refuses the pattern. */
#include "worker/route/predicate.h"

static struct str text_behind(char *to, struct str text)
{
    if (text.len > 0)
        memcpy(to, text.data, text.len);
    return (struct str){to, text.len};
}

int predicate_new(struct str name, struct str pattern, struct predicate **ret, struct reason *why)
{
    CLEANUP(predicate_unrefp) struct predicate *predicate = calloc(1, sizeof *predicate + name.len + pattern.len);
    int r;

    if (!predicate)
        return -ENOMEM;
    atomic_init(&predicate->refs, 1);
    predicate->name = text_behind((char *)(predicate + 1), name);
    predicate->pattern = text_behind((char *)(predicate + 1) + name.len, pattern);
    r = shape_of_pattern(pattern, &predicate->shape);
    /* What is not generic consists of plain characters, anchors and groups: valid by construction. */
    if (r == 0 && (predicate->shape.kind == SHAPE_GENERIC || pattern.len > REGEX_PATTERN_BYTES_MAX))
        r = regex_compile(pattern, &predicate->regex, why);
    if (r == REGEX_REFUSED)
        return ROUTE_REFUSED;
    if (r < 0)
        return r;
    *ret = TAKE(predicate);
    return 0;
}

struct predicate *predicate_ref(struct predicate *predicate)
{
    atomic_fetch_add_explicit(&predicate->refs, 1, memory_order_relaxed);
    return predicate;
}

void predicate_unref(struct predicate *predicate)
{
    if (!predicate || atomic_fetch_sub_explicit(&predicate->refs, 1, memory_order_acq_rel) != 1)
        return;
    regex_free(predicate->regex);
    shape_deinit(&predicate->shape);
    free(predicate);
}

/* Threads may strike at once; each writes another place of the ring, and the oldest place tells how long ago the last
 * ROUTE_STRIKES_MAX began. */
bool predicate_strike(struct predicate *predicate, struct mono now)
{
    unsigned number = atomic_fetch_add_explicit(&predicate->strike_count, 1, memory_order_relaxed);
    int64_t oldest_ms;

    atomic_store_explicit(&predicate->strikes_ms[number % ROUTE_STRIKES_MAX], now.ms, memory_order_relaxed);
    oldest_ms = atomic_load_explicit(&predicate->strikes_ms[(number + 1) % ROUTE_STRIKES_MAX], memory_order_relaxed);
    if (number + 1 < ROUTE_STRIKES_MAX || now.ms - oldest_ms > ROUTE_STRIKE_PERIOD_MS)
        return false;
    return !atomic_exchange_explicit(&predicate->quarantined, true, memory_order_relaxed);
}
