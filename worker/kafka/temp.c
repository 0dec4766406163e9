/* Steps towards the wanted state of each temp. A step that fails is told, and tried again with growing pauses. */
#define HASH_NONFATAL_OOM 1
#include "worker/kafka/converge.h"
#include "worker/kafka/leftovers.h"
#include "worker/kafka/temp_private.h"

#include "common/base/log.h"
#include "common/loop/pause.h"
#include <stdlib.h>

#define GROUP_AGAIN_MS 1000 /* between two tries to delete a group that has members */

#define SETTLING_ATTEMPTS_MAX 5 /* about 3 s */

void temp_free(struct temp *temp)
{
    if (!temp)
        return;
    emptying_reset(&temp->emptying);
    free(temp);
}

struct temp *temps_find(const struct converge *converge, const char *name)
{
    struct temp *temp = NULL;

    HASH_FIND_STR(converge->temps, name, temp);
    return temp;
}

static int temp_add(struct converge *converge, const struct worker_temp *wanted)
{
    struct temp *temp = temps_find(converge, wanted->name);

    if (!temp) {
        temp = calloc(1, sizeof *temp);
        if (!temp)
            return -ENOMEM;
        memcpy(temp->name, wanted->name, sizeof temp->name);
        HASH_ADD_STR(converge->temps, name, temp);
        if (!temp->hh.tbl) {
            free(temp);
            return -ENOMEM;
        }
    }
    if (wanted->want != WORKER_TEMP_WANT_EMPTIED) {
        emptying_reset(&temp->emptying);
        temp->emptied = false;
    } else if (!mono_is_set(temp->emptying.hold_until)) {
        temp->emptying.hold_until = mono_after(mono_now(), CONVERGE_HOLD_MS);
    }
    temp->wanted = wanted;
    memcpy(temp->session, wanted->session, sizeof temp->session);
    return 0;
}

int temps_sync(struct converge *converge)
{
    struct temp *temp, *next;

    HASH_ITER (hh, converge->temps, temp, next)
        temp->wanted = NULL;
    for (size_t i = 0; i < converge->table->temp_count; i++)
        if (temp_add(converge, &converge->table->temps[i]))
            return -ENOMEM;
    HASH_ITER (hh, converge->temps, temp, next) {
        if (temp->wanted)
            continue;
        if (temp->deleted)
            grave_dig(converge, temp);
        if (temp->read)
            reader_forget(&converge->reader);
        HASH_DEL(converge->temps, temp); // NOLINT: the analyser takes the list for empty
        temp_free(temp);
    }
    return 0;
}

static const struct topic_seen *seen_of(const struct converge *converge, const struct temp *temp)
{
    return topics_find(&converge->topics, temp->name);
}

static bool is_discarded(const struct temp *temp) { return !temp->wanted->group[0]; }

static struct temp_facts facts_of(const struct converge *converge, const struct temp *temp)
{
    const struct topic_seen *seen = seen_of(converge, temp);

    return (struct temp_facts){.want = temp->wanted->want,
                               .exists = seen && seen->exists,
                               .grouped = !is_discarded(temp),
                               .emptied = temp->emptied,
                               .partitions = seen ? seen->shape.partitions : 0,
                               .partitions_wanted = converge->source.partitions,
                               .positioned = temp->positioned,
                               .ungrouped = temp->ungrouped || !temp_owns_group(temp)};
}

bool temp_ready(const struct converge *converge, const struct temp *temp)
{
    struct temp_facts facts = facts_of(converge, temp);

    facts.want = WORKER_TEMP_WANT_PRESENT;
    return temp->wanted->want == WORKER_TEMP_WANT_PRESENT && seen_of(converge, temp) &&
           temp_step(&facts) == TEMP_STEP_NONE;
}

bool temp_is_failing(const struct temp *temp) { return temp->pause.failures >= SETTLING_ATTEMPTS_MAX; }

static bool facts_cover(const struct temp_facts *facts, uint32_t partitions)
{
    return facts->want == WORKER_TEMP_WANT_PRESENT && facts->exists && facts->partitions >= partitions &&
           (!facts->grouped || facts->positioned >= partitions);
}

bool temp_covers(const struct converge *converge, const struct temp *temp, uint32_t partitions)
{
    struct temp_facts facts = facts_of(converge, temp);

    return facts_cover(&facts, partitions);
}

bool temp_awaited(const struct converge *converge, const struct temp *temp, uint32_t partitions)
{
    return temp->wanted->want == WORKER_TEMP_WANT_PRESENT &&
           (!temp_is_failing(temp) || temp_covers(converge, temp, partitions));
}

bool temp_settling(const struct converge *converge, const struct temp *temp, uint32_t partitions)
{
    struct temp_facts facts = facts_of(converge, temp);

    /* One that we have just made has got nothing yet, and one that fails on and on must not hold up the others. */
    return facts.want == WORKER_TEMP_WANT_PRESENT && facts.exists && !temp->fresh && !temp_is_failing(temp) &&
           !facts_cover(&facts, partitions);
}

static int temp_tell(struct converge *converge, const struct temp *temp, enum worker_temp_state state,
                     const struct reason *why)
{
    struct reason none = {0};

    worker_report_temp(converge->runtime, temp->name, state, temp->emptying.remaining, temp->emptying.moved,
                       why ? why : &none);
    return 0;
}

bool temps_let_go(const struct converge *converge)
{
    return converge->order && converge->order->table == converge->table && converge_settled(converge);
}

static int step_run(struct converge *converge, struct temp *temp, enum temp_step step, struct reason *why)
{
    const struct topic_seen *seen = seen_of(converge, temp);

    switch (step) {
    case TEMP_STEP_NONE:
        return 0;
    case TEMP_STEP_CREATE:
        return temp_create(converge, temp, why);
    case TEMP_STEP_GROW:
        return admin_partitions_grow(&converge->admin, temp->name, converge->source.partitions, why);
    case TEMP_STEP_POSITION:
        return temp_position(converge, temp, seen->shape.partitions, why);
    case TEMP_STEP_EMPTY:
        return leftovers_turn(converge, temp, seen->shape.partitions, why);
    case TEMP_STEP_DELETE:
        /* Nothing may be on its way there any more (C-5). */
        return temps_let_go(converge) ? temp_delete(converge, temp, why) : 0;
    case TEMP_STEP_UNGROUP:
        return temp_ungroup(converge, temp, why);
    }
    return 0;
}

static void failure_note(struct converge *converge, struct temp *temp, const struct reason *why)
{
    static const struct backoff backoff = {.first_ms = 100, .max_ms = 10000};

    pause_grow(&temp->pause, &backoff);
    (void)temp_tell(converge, temp, WORKER_TEMP_FAILED, why);
}

static void members_wait(struct converge *converge, struct temp *temp, const struct reason *why)
{
    pause_for(&temp->pause, GROUP_AGAIN_MS);
    (void)temp_tell(converge, temp, WORKER_TEMP_WAITING, why);
}

/* Once the table is told to be in force, a queue that comes late is told only when the slots send to it. */
static bool is_in_use(const struct converge *converge, const struct temp *temp)
{
    return converge->applied != converge->table->generation || (temp->routed && temps_let_go(converge));
}

static void rest_tell(struct converge *converge, struct temp *temp)
{
    switch (temp->wanted->want) {
    case WORKER_TEMP_WANT_PRESENT:
        if ((temp->wanted->role != WORKER_TEMP_FALLBACK || !order_drains(converge->table->mode)) &&
            is_in_use(converge, temp))
            (void)temp_tell(converge, temp, WORKER_TEMP_PRESENT, NULL);
        return;
    case WORKER_TEMP_WANT_EMPTIED:
        temp->emptied = true; /* also one that somebody else has deleted: it holds nothing up */
        temp->emptying.remaining = 0;
        (void)temp_tell(converge, temp, WORKER_TEMP_EMPTY, NULL);
        return;
    case WORKER_TEMP_WANT_ABSENT:
        (void)temp_tell(converge, temp, WORKER_TEMP_ABSENT, NULL);
        return;
    }
}

/* Whether this temp gets some time for its leftovers in this turn. */
static bool portion_take(struct converge *converge, struct temp *temp)
{
    if (temp->emptying.round == converge->portion_round)
        return false;
    if (converge_portion_is_over(converge)) {
        converge->portion_missed = true;
        return false;
    }
    temp->emptying.round = converge->portion_round;
    return true;
}

/* Creation, growth and deletion are seen by a look at the cluster, not by believing an answer. */
static int temp_turn(struct converge *converge, struct temp *temp, bool *ret_busy)
{
    struct temp_facts facts = facts_of(converge, temp);
    enum temp_step step = temp_step(&facts);
    struct reason why = {0};
    int result;

    if (!seen_of(converge, temp)) {
        *ret_busy = true;
        return 0;
    }
    temp->seen = temp->seen || facts.exists;
    if (step == TEMP_STEP_NONE) {
        pause_end(&temp->pause);
        rest_tell(converge, temp);
        return temp_positions_keep(converge, temp);
    }
    *ret_busy = true;
    if (!pause_is_over(&temp->pause, mono_now()) || (step == TEMP_STEP_EMPTY && !portion_take(converge, temp)))
        return 0;
    result = step_run(converge, temp, step, &why);
    if (result == ADMIN_GROUP_HELD)
        members_wait(converge, temp, &why);
    else if (result > 0)
        failure_note(converge, temp, &why);
    return result < 0 ? result : 0;
}

int temps_turn(struct converge *converge, bool *ret_busy)
{
    struct temp *temp, *next;

    converge_portion_begin(converge);
    converge->portion_round += !converge->portion_missed;
    converge->portion_missed = false;
    HASH_ITER (hh, converge->temps, temp, next) {
        int result = temp_turn(converge, temp, ret_busy);

        if (result)
            return result;
    }
    return 0;
}
