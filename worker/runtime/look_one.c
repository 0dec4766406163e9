/* The life of one look, and what it counts. Fails for lack of memory, or because a filter is refused. */
#include "worker/runtime/look_one.h"

#include "common/base/log.h"
#include "common/regex/regex.h"
#include "worker/route/explain.h"
#include "worker/runtime/look_sample.h"
#include "worker/runtime/look_text.h"

void look_clear(struct look *look)
{
    route_table_free(look->table);
    route_index_unref(look->index);
    route_scratch_free(look->scratch);
    *look = (struct look){.number = 0};
}

/* Compiled here once more than the index does it, so that the refusal names nothing but the filter. */
static int pattern_judge(struct str name, struct str pattern, struct reason *why)
{
    CLEANUP(regex_freep) struct regex *regex = NULL;
    struct reason cause = {.code = REASON_NONE};
    char shown[257];
    int r = regex_compile(pattern, &regex, &cause);
    if (r <= 0)
        return r;
    look_text(name, shown, sizeof shown);
    return reason_set(why, cause.code, LOOK_FILTERS_REFUSED, "header \"%s\": %s", shown, cause.text);
}

static int table_begin(struct look *look, struct reason *why)
{
    int r = route_table_new(1, &look->table);
    return r ? r : route_table_add_session(look->table, STR("look"), ROUTE_STEAL, 0, why);
}

int look_filter_add(struct look *look, struct str name, struct str pattern, struct reason *why)
{
    int r = pattern_judge(name, pattern, why);
    if (!r && !look->table)
        r = table_begin(look, why);
    if (!r)
        r = route_table_add_filter(look->table, name, pattern, why);
    look->filter_count += !r;
    return r > 0 ? LOOK_FILTERS_REFUSED : r;
}

int look_open(struct look *look, struct mono now, struct reason *why)
{
    int r = 0;
    if (look->table) {
        r = route_index_build(look->table, NULL, &look->index, why);
        if (!r)
            r = route_scratch_new(&look->scratch);
        if (!r)
            r = route_scratch_prepare(look->scratch, look->index);
        route_table_free(TAKE(look->table));
    }
    look->open = r == 0;
    look->until = mono_after(now, (int64_t)look->seconds * 1000);
    return r > 0 ? LOOK_FILTERS_REFUSED : r;
}

static void name_count(struct look *look, struct str name)
{
    char shown[sizeof look->names[0].name];
    look_text(name, shown, sizeof shown);
    for (size_t i = 0; i < look->name_count; i++)
        if (strcmp(look->names[i].name, shown) == 0) {
            look->names[i].messages++;
            return;
        }
    if (look->name_count == LOOK_NAMES_MAX)
        return;
    look->names[look->name_count] = (struct look_name){.messages = 1};
    memcpy(look->names[look->name_count++].name, shown, sizeof shown);
}

static bool came_before(const struct look_subject *subject, size_t number)
{
    for (size_t i = 0; i < number; i++)
        if (str_equal(subject->headers[i].name, subject->headers[number].name))
            return true;
    return false;
}

#define NAMES_PER_MESSAGE_MAX 32

static void names_count(struct look *look, const struct look_subject *subject)
{
    for (size_t i = 0; i < subject->header_count && i < NAMES_PER_MESSAGE_MAX; i++)
        if (!came_before(subject, i))
            name_count(look, subject->headers[i].name);
}

static void verdict_count(struct look_count *count, enum verdict verdict)
{
    switch (verdict) {
    case VERDICT_MATCHES:
        count->matches++;
        return;
    case VERDICT_ABSENT:
        count->absent++;
        return;
    case VERDICT_DIFFERS:
    case VERDICT_NULL_VALUE:
        count->differs++;
        return;
    case VERDICT_TOO_LONG:
    case VERDICT_LIMIT:
    case VERDICT_QUARANTINED:
        count->failed++;
        return;
    case VERDICT_NONE:
    case VERDICT_COUNT:
        return;
    }
}

/* Whether the look's own filters match: as a session with these filters would be decided. */
static bool try_filters(struct look *look, const struct look_subject *subject)
{
    struct route_decision decision;
    struct route_finding finding;
    size_t count = route_explain_count(look->index, 0);

    route_decide(look->index, look->scratch, subject->headers, subject->header_count, mono_now(), &decision);
    for (size_t i = 0; i < count; i++) {
        route_explain(look->index, look->scratch, subject->headers, subject->header_count, 0, i, &finding);
        verdict_count(&look->counts[i], finding.verdict);
    }
    return decision.stolen;
}

void look_at(struct look *look, const struct look_subject *subject, struct look_frames *frames)
{
    uint64_t begun_us = mono_now_us();
    int64_t now_ms = (int64_t)(begun_us / 1000);
    bool matches = subject->decision->stolen || subject->decision->mirror_count > 0;

    look->passed++;
    if (!look_budget_take(&look->budget, now_ms)) {
        look->matched += !look->index && matches;
        return;
    }
    look->examined++;
    if (look->index)
        matches = try_filters(look, subject);
    look->matched += matches;
    names_count(look, subject);
    if (look_budget_sample(&look->budget, matches, now_ms) && look_sample(look, subject, frames) != 0)
        look->skipped++;
    look_budget_spend(&look->budget, mono_now_us() - begun_us);
}

/* Best effort: the supervisor does not wait for an end for ever, and totals are told again next second. */
static void tell(const struct ipc_message *message, struct look_frames *frames)
{
    int r = look_frames_add(frames, message);
    if (r)
        log_debug("worker.runtime", "a look is told incompletely, ignored", LF_INT("result", r));
}

void look_tell(const struct look *look, enum look_state state, const struct reason *why, struct look_frames *frames)
{
    struct ipc_message message = {.type = IPC_LOOK_STATE,
                                  .look_state = {.look = look->number,
                                                 .state = state,
                                                 .passed = look->passed,
                                                 .examined = look->examined,
                                                 .matched = look->matched,
                                                 .skipped = look->skipped}};
    if (state == LOOK_RUNNING && !look_frames_have_room(frames, 1))
        return;
    if (why) {
        str_copy_cut(message.look_state.reason, sizeof message.look_state.reason, str_of(reason_name(why->code)));
        str_copy_cut(message.look_state.text, sizeof message.look_state.text, str_of(why->text));
    }
    tell(&message, frames);
}

static void tell_count(const struct look *look, size_t number, struct look_frames *frames)
{
    const struct look_count *count = &look->counts[number];
    struct route_finding finding;
    struct ipc_message message = {.type = IPC_LOOK_COUNT,
                                  .look_count = {.look = look->number,
                                                 .matches = count->matches,
                                                 .differs = count->differs,
                                                 .absent = count->absent,
                                                 .failed = count->failed}};
    route_explain(look->index, look->scratch, NULL, 0, 0, number, &finding);
    str_copy_cut(message.look_count.name, sizeof message.look_count.name, finding.name);
    str_copy_cut(message.look_count.pattern, sizeof message.look_count.pattern, finding.pattern);
    tell(&message, frames);
}

void look_tell_over(const struct look *look, struct look_frames *frames)
{
    size_t count = look->index ? route_explain_count(look->index, 0) : 0;
    for (size_t i = 0; i < count; i++)
        tell_count(look, i, frames);
    for (size_t i = 0; i < look->name_count; i++) {
        struct ipc_message message = {.type = IPC_LOOK_HEADER,
                                      .look_header = {.look = look->number, .messages = look->names[i].messages}};
        memcpy(message.look_header.name, look->names[i].name, sizeof message.look_header.name);
        tell(&message, frames);
    }
    look_tell(look, LOOK_OVER, NULL, frames);
}
