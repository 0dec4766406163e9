/* Builds the frames of a sample. Contents only through look_text. */
#include "worker/runtime/look_sample.h"

#include "worker/route/explain.h"
#include "worker/runtime/look_text.h"
#include "worker/runtime/table.h"

/* The sessions that are shown: the one that it is for, then the others in route order. */
struct shown {
    uint32_t sessions[LOOK_SESSIONS_SHOWN_MAX];
    size_t count;
    size_t filters; /* frames for them */
};

/* A session without filters is shown as well: that it has none is why it gets nothing (C-14). */
static size_t frames_of(const struct route_index *index, size_t session)
{
    size_t count = route_explain_count(index, session);
    return count ? count : 1;
}

static void shown_add(struct shown *shown, const struct route_index *index, size_t session)
{
    size_t more = frames_of(index, session);
    if (shown->count == LOOK_SESSIONS_SHOWN_MAX || shown->filters + more > LOOK_SAMPLE_FILTERS_MAX)
        return;
    shown->sessions[shown->count++] = (uint32_t)session;
    shown->filters += more;
}

static void shown_choose(const struct look_subject *subject, struct shown *shown)
{
    const struct route_index *index = subject->table->routes;
    size_t count = subject->table->session_count;
    if (subject->decision->stolen)
        shown_add(shown, index, subject->decision->steal.session);
    for (size_t i = 0; i < count && shown->count < LOOK_SESSIONS_SHOWN_MAX; i++)
        if (!subject->decision->stolen || i != subject->decision->steal.session)
            shown_add(shown, index, i);
}

/* One header's value, or how the pattern failed on it. */
static int filter_add(const struct look *look, const char *session, enum route_mode mode,
                      const struct route_finding *finding, struct look_frames *frames)
{
    struct ipc_message message = {.type = IPC_SAMPLE_FILTER,
                                  .sample_filter = {.look = look->number,
                                                    .mirror = mode == ROUTE_MIRROR,
                                                    .verdict = finding->verdict,
                                                    .values = (uint32_t)finding->values}};
    struct ipc_sample_filter *filter = &message.sample_filter;
    str_copy_cut(filter->session, sizeof filter->session, str_of(session));
    str_copy_cut(filter->name, sizeof filter->name, finding->name);
    str_copy_cut(filter->pattern, sizeof filter->pattern, finding->pattern);
    if (finding->header && !finding->header->null)
        look_text(finding->header->value, filter->value, sizeof filter->value);
    return look_frames_add(frames, &message);
}

/* The filters of one session of an index, as they stand to this message. */
static int session_add(const struct look *look, const struct look_subject *subject, const struct route_index *index,
                       struct route_scratch *scratch, size_t number, const char *uid, struct look_frames *frames)
{
    enum route_mode mode = route_explain_mode(index, number);
    size_t count = route_explain_count(index, number);
    struct route_finding finding = {.verdict = VERDICT_NONE};
    int r = count ? 0 : filter_add(look, uid, mode, &finding, frames);
    for (size_t i = 0; !r && i < count; i++) {
        route_explain(index, scratch, subject->headers, subject->header_count, number, i, &finding);
        r = filter_add(look, uid, mode, &finding, frames);
    }
    return r;
}

static enum look_went went(const struct look_subject *subject)
{
    if (!subject->decision->stolen)
        return LOOK_WENT_ON;
    return subject->ready ? LOOK_WENT_SESSION : LOOK_WENT_NOT_READY;
}

static int head_add(const struct look *look, const struct look_subject *subject, size_t filters, size_t left_out,
                    struct look_frames *frames)
{
    const struct route_decision *decision = subject->decision;
    struct ipc_message message = {.type = IPC_SAMPLE,
                                  .sample = {.look = look->number,
                                             .wall_ms = (uint64_t)wall_now_ms(),
                                             .went = went(subject),
                                             .copies = (uint32_t)decision->mirror_count,
                                             .sessions_left_out = (uint32_t)left_out,
                                             .filters = (uint32_t)filters}};
    look_text(str_of(subject->position), message.sample.position, sizeof message.sample.position);
    if (decision->stolen)
        str_copy_cut(message.sample.session, sizeof message.sample.session,
                     str_of(subject->table->sessions[decision->steal.session].uid));
    return look_frames_add(frames, &message);
}

static int own_sample(const struct look *look, const struct look_subject *subject, struct look_frames *frames)
{
    size_t filters = route_explain_count(look->index, 0);
    if (!look_frames_have_room(frames, 1 + filters))
        return LOOK_SAMPLE_NO_ROOM;
    int r = head_add(look, subject, filters, 0, frames);
    return r ? r : session_add(look, subject, look->index, look->scratch, 0, "", frames);
}

int look_sample(const struct look *look, const struct look_subject *subject, struct look_frames *frames)
{
    struct shown shown = {.count = 0};
    if (look->index)
        return own_sample(look, subject, frames);
    shown_choose(subject, &shown);
    if (!look_frames_have_room(frames, 1 + shown.filters))
        return LOOK_SAMPLE_NO_ROOM;
    int r = head_add(look, subject, shown.filters, subject->table->session_count - shown.count, frames);
    for (size_t i = 0; !r && i < shown.count; i++)
        r = session_add(look, subject, subject->table->routes, subject->scratch, shown.sessions[i],
                        subject->table->sessions[shown.sessions[i]].uid, frames);
    return r;
}
