/* The rules of the election. No state, no clock of its own. */
#include "supervisor/election/lease_judge.h"

#include <string.h>

void lease_view_read(struct lease_view *view, const struct lease_record *record, struct mono sent, struct mono now)
{
    bool same = record ? view->exists && lease_same(record, &view->record) : !view->exists;
    if (!same)
        view->seen = now;
    view->exists = record != NULL;
    if (record) /* of one that was deleted the holder is remembered: he may not know it yet */
        view->record = *record;
    view->tried = sent;
    view->news = LEASE_NEWS_READ;
}

void lease_view_written(struct lease_view *view, const struct lease_record *record, struct mono sent)
{
    view->exists = true;
    view->record = *record;
    view->seen = view->renewed = view->tried = sent;
    view->news = LEASE_NEWS_WRITTEN;
}

void lease_view_failed(struct lease_view *view, struct mono sent)
{
    view->tried = sent;
    view->news = LEASE_NEWS_FAILED;
}

static bool is_ours(const struct lease_view *view, const struct lease_elector *elector)
{
    return view->exists && strcmp(view->record.holder, elector->identity) == 0;
}

struct mono lease_leads_until(const struct lease_view *view, const struct lease_elector *elector)
{
    if (!is_ours(view, elector) || !mono_is_set(view->renewed))
        return (struct mono){0};
    return mono_after(view->renewed, elector->timing.renew_ms);
}

bool lease_leads(const struct lease_view *view, const struct lease_elector *elector, struct mono now)
{
    struct mono until = lease_leads_until(view, elector);
    return mono_is_set(until) && !mono_reached(now, until);
}

/* The holder may have been told longer times than we were. The answer that it has not changed is as old as its request. */
static bool is_expired(const struct lease_view *view, const struct lease_elector *elector)
{
    int64_t told_ms = view->record.duration_ms, ours_ms = elector->timing.duration_ms;
    if (told_ms > LEASE_DURATION_MAX_MS)
        told_ms = LEASE_DURATION_MAX_MS;
    return mono_reached(view->tried, mono_after(view->seen, told_ms > ours_ms ? told_ms : ours_ms));
}

static bool is_held_by_other(const struct lease_view *view, const struct lease_elector *elector)
{
    const char *holder = view->record.holder;
    return holder[0] && strcmp(holder, elector->identity) != 0 && !is_expired(view, elector);
}

bool lease_other_leads(const struct lease_view *view, const struct lease_elector *elector)
{
    return view->news == LEASE_NEWS_READ && view->exists && is_held_by_other(view, elector);
}

static enum lease_step after_read(const struct lease_view *view, const struct lease_elector *elector)
{
    bool said = lease_is_stopped(&view->record, elector->identity);
    if (is_held_by_other(view, elector))
        return view->exists && elector->stopped && !said ? LEASE_STEP_SAY_STOPPED : LEASE_STEP_WAIT;
    if (!view->exists)
        return LEASE_STEP_CREATE;
    return is_ours(view, elector) ? LEASE_STEP_RENEW : LEASE_STEP_TAKE;
}

static enum lease_step step_of(const struct lease_view *view, const struct lease_elector *elector, bool due)
{
    switch (view->news) {
    case LEASE_NEWS_NONE:
        return LEASE_STEP_READ;
    case LEASE_NEWS_READ:
        return due ? LEASE_STEP_READ : after_read(view, elector);
    case LEASE_NEWS_WRITTEN:
        return due ? LEASE_STEP_RENEW : LEASE_STEP_WAIT;
    case LEASE_NEWS_FAILED:
        return due ? LEASE_STEP_READ : LEASE_STEP_WAIT;
    }
    return LEASE_STEP_WAIT;
}

/* In a hurry: others wait for it. */
static enum lease_step leave(const struct lease_view *view, const struct lease_elector *elector, bool due)
{
    if (view->news == LEASE_NEWS_NONE || (view->news == LEASE_NEWS_FAILED && due))
        return LEASE_STEP_READ;
    if (view->news == LEASE_NEWS_FAILED)
        return LEASE_STEP_WAIT;
    return is_ours(view, elector) ? LEASE_STEP_RELEASE : LEASE_STEP_LEFT;
}

struct lease_decision lease_judge(const struct lease_view *view, const struct lease_elector *elector, struct mono now)
{
    struct mono next = mono_after(view->tried, elector->timing.retry_ms);
    bool due = mono_reached(now, next);
    return (struct lease_decision){elector->leaving ? leave(view, elector, due) : step_of(view, elector, due), next};
}
