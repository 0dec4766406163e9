/* See controlled.h. Fails only for lack of memory. */
#include "supervisor/main/controlled.h"

#include <stdlib.h>

#include "common/loop/pause.h"

static const struct backoff retry_backoff = {.first_ms = 200, .max_ms = 10000};

static void drop(struct controlled_table *table, struct controlled *target)
{
    HASH_DEL(table->first, target);
    target_memory_deinit(&target->memory);
    free(target);
}

void controlled_table_deinit(struct controlled_table *table)
{
    struct controlled *target, *next;
    HASH_ITER (hh, table->first, target, next)
        drop(table, target);
}

struct controlled *controlled_find(const struct controlled_table *table, const struct resource_key *key)
{
    char text[RESOURCE_KEY_TEXT_SIZE];
    struct controlled *target = NULL;
    resource_key_text(key, text);
    HASH_FIND_STR(table->first, text, target);
    return target;
}

int controlled_get(struct controlled_table *table, const struct resource_key *key, struct controlled **ret)
{
    struct controlled *target = controlled_find(table, key);
    if (!target) {
        target = calloc(1, sizeof *target);
        if (!target)
            return -ENOMEM;
        resource_key_text(key, target->text);
        target->key = *key;
        HASH_ADD_STR(table->first, text, target);
    }
    *ret = target;
    return 0;
}

void controlled_forget_gone(struct controlled_table *table, struct controlled *target)
{
    if (target->gone && !target->dirty && target->failures == 0 && !mono_is_set(target->wake))
        drop(table, target);
}

void controlled_rest(struct controlled *target, struct mono now)
{
    target->wake = mono_after(now, pause_next_ms(&retry_backoff, &target->failures));
}

bool controlled_is_resting(const struct controlled *target, struct mono now)
{
    return target->failures > 0 && !mono_reached(now, target->wake);
}

void controlled_wake(struct controlled_table *table, struct mono now)
{
    for (struct controlled *target = table->first; target; target = target->hh.next)
        if (mono_is_set(target->wake) && mono_reached(now, target->wake))
            target->dirty = true;
}

/* One that is dirty though its time has come waits for something else, which will say so. */
struct mono controlled_next_wake(const struct controlled_table *table, struct mono now)
{
    struct mono first = {0};
    for (const struct controlled *target = table->first; target; target = target->hh.next) {
        bool waits = target->dirty && mono_reached(now, target->wake);
        if (mono_is_set(target->wake) && !waits && (!mono_is_set(first) || target->wake.ms < first.ms))
            first = target->wake;
    }
    return first;
}
