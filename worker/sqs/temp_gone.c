/* Temporary queues that SQS says are not there: whether that is believed, and what is told of it. */
#include "worker/sqs/temp_private.h"

#include "common/base/log.h"

void temp_lost_reason(const struct temp *temp, struct reason *ret)
{
    (void)reason_set(
        ret, REASON_TEMP_LOST, 0,
        "queue %s was deleted by somebody else; it is made again when SQS gives its name away, 60 s after "
        "that; messages in it that were not consumed are lost",
        temp->name);
}

/* existed: this worker has seen it, so that it was deleted just now. */
static void lost_note(struct temp *temp, bool existed)
{
    struct reason why;

    temp->sink.lost = true;
    if (existed)
        temp->free_at = mono_after(mono_now(), TEMP_NAME_FREE_MS);
    temp_lost_reason(temp, &why);
    worker_report_event(temp->sink.engine->runtime, &why, temp->sink.session);
    temp_tell(temp, WORKER_TEMP_FAILED, &why);
}

static bool is_young(const struct temp *temp, struct mono now)
{
    return mono_is_set(temp->created_at) && !mono_reached(now, mono_after(temp->created_at, TEMP_NAME_FREE_MS));
}

/* One that was made and never shown may take a while to be; nothing was sent there. */
static void hidden_note(struct temp *temp)
{
    struct reason why;

    temp->seen = true;
    temp->good = 0;
    temp->gone_since = (struct mono){0};
    (void)reason_set(&why, REASON_BROKER_BUSY, 0,
                     "queue %s was made, and SQS does not show it yet, which takes a second as a rule", temp->name);
    temp_fail(temp, &why);
}

static struct temp_absence absence_of(const struct temp *temp, struct mono now)
{
    return (struct temp_absence){.want = temp->wanted ? temp->wanted->want : WORKER_TEMP_WANT_ABSENT,
                                 .known = temp->exists || temp->used,
                                 .young = is_young(temp, now),
                                 .times = temp->gone_times,
                                 .for_ms = now.ms - temp->gone_since.ms};
}

static void believe(struct temp *temp)
{
    bool existed = temp->exists;

    temp->seen = true;
    temp->exists = false;
    temp->good = 0;
    temp->gone_since = (struct mono){0};
    if (temp->wanted && temp->wanted->want == WORKER_TEMP_WANT_PRESENT && temp->used)
        lost_note(temp, existed);
}

void temp_gone_note(struct temp *temp, const struct reason *why)
{
    struct mono now = mono_now();
    struct temp_absence absence;

    if (temp->exists && !temp->used && is_young(temp, now)) {
        hidden_note(temp);
        return;
    }
    if (!mono_is_set(temp->gone_since)) {
        temp->gone_since = now;
        temp->gone_times = 0;
    }
    temp->gone_times++;
    absence = absence_of(temp, now);
    if (temp_is_gone(&absence)) {
        believe(temp);
        return;
    }
    log_debug("worker.sqs", "a queue is not there, and is looked for again", LF_STR("queue", temp->name),
              LF_REASON(why));
    pause_for(&temp->pause, TEMP_LOOK_SOON_MS);
}
