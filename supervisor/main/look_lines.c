/* See the header. Fails for lack of memory only: sizes are bounded by the rows of messages.def. */
#include "supervisor/main/look_lines.h"

#include "common/base/mono.h"
#include "common/base/reason.h"
#include "ipc/look.h"

static const char *const verdict_names[VERDICT_COUNT] = {
    [VERDICT_NONE] = "",
#define VERDICT(CODE, name, words) [VERDICT_##CODE] = name,
#include "common/model/verdict.def"
#undef VERDICT
};

static void sample_drop(struct look_lines *lines)
{
    json_free(TAKE(lines->sample));
    json_free(TAKE(lines->sessions));
    json_free(TAKE(lines->session));
    json_free(TAKE(lines->filters));
}

void look_lines_deinit(struct look_lines *lines)
{
    sample_drop(lines);
    json_free(lines->counts);
    json_free(lines->headers);
    *lines = (struct look_lines){.name = lines->name, .context = lines->context};
}

static int line_write(const struct json *json, struct buf *text)
{
    int r = json_write(json, JSON_COMPACT, text);
    return r ? r : buf_append_char(text, '\n');
}

static const char *went_name(uint32_t went)
{
    return went == LOOK_WENT_SESSION ? "session" : went == LOOK_WENT_ON ? "application" : "applicationNotReady";
}

static int sample_begin(struct look_lines *lines, const struct ipc_sample *sample)
{
    struct json *json = json_new_object();
    char time[WALL_TEXT_SIZE];
    sample_drop(lines); /* one whose end was lost */
    lines->sample = json;
    lines->filters_left = sample->filters;
    wall_format((int64_t)sample->wall_ms, time);
    int r = json ? json_set_text(json, "type", "sample") : -ENOMEM;
    if (!r)
        r = json_set_text(json, "position", sample->position);
    if (!r)
        r = json_set_text(json, "time", time);
    if (!r)
        r = json_set_text(json, "went", went_name(sample->went));
    if (!r && sample->session[0])
        r = json_set_text(json, "session", sample->session);
    if (!r)
        r = json_set_int(json, "copies", sample->copies);
    return r ? r : json_set_int(json, "sessionsLeftOut", sample->sessions_left_out);
}

static int append_to(struct json **array, struct json *item_take)
{
    if (!*array && !(*array = json_new_array())) {
        json_free(item_take);
        return -ENOMEM;
    }
    return json_append_take(*array, item_take);
}

/* What it has of the message, as far as its first filter tells; one that does not match makes a copy nothing. */
static const char *share_name(const struct json *sample, const struct ipc_sample_filter *filter)
{
    if (filter->mirror)
        return filter->verdict == VERDICT_NONE ? "nothing" : "copy";
    bool taken = strcmp(json_text(json_get(sample, "went")), "session") == 0 &&
                 strcmp(json_text(json_get(sample, "session")), filter->session) == 0;
    return taken ? "message" : "nothing";
}

static int session_close(struct look_lines *lines)
{
    if (!lines->session)
        return 0;
    int r = json_set_take(lines->session, "filters", lines->filters ? TAKE(lines->filters) : json_new_array());
    return r ? r : append_to(&lines->sessions, TAKE(lines->session));
}

static int session_begin(struct look_lines *lines, const struct ipc_sample_filter *filter)
{
    const char *name = lines->name(lines->context, filter->session);
    int r = session_close(lines);
    lines->session = r ? NULL : json_new_object();
    if (!r)
        r = lines->session ? json_set_text(lines->session, "uid", filter->session) : -ENOMEM;
    if (!r && name[0])
        r = json_set_text(lines->session, "name", name);
    if (!r)
        r = json_set_text(lines->session, "mode", filter->mirror ? "mirror" : "steal");
    return r ? r : json_set_text(lines->session, "gets", share_name(lines->sample, filter));
}

static int filter_append(struct look_lines *lines, const struct ipc_sample_filter *filter)
{
    struct json *json CLEANUP(json_freep) = json_new_object();
    int r = json ? json_set_text(json, "name", filter->name) : -ENOMEM;
    if (!r)
        r = json_set_text(json, "pattern", filter->pattern);
    if (!r)
        r = json_set_text(json, "verdict", verdict_names[filter->verdict]);
    if (!r)
        r = json_set_int(json, "values", filter->values);
    if (!r && filter->verdict != VERDICT_ABSENT && filter->verdict != VERDICT_NULL_VALUE)
        r = json_set_text(json, "value", filter->value);
    return r ? r : append_to(&lines->filters, TAKE(json));
}

static bool is_next_session(const struct look_lines *lines, const struct ipc_sample_filter *filter)
{
    return filter->session[0] &&
           (!lines->session || strcmp(json_text(json_get(lines->session, "uid")), filter->session) != 0);
}

static int filter_take(struct look_lines *lines, const struct ipc_sample_filter *filter)
{
    if (!lines->sample || !lines->filters_left)
        return 0; /* of a sample whose beginning was lost */
    lines->filters_left--;
    int r = is_next_session(lines, filter) ? session_begin(lines, filter) : 0;
    if (!r && filter->verdict != VERDICT_NONE)
        r = filter_append(lines, filter);
    if (!r && lines->session && filter->mirror && filter->verdict != VERDICT_MATCHES)
        r = json_set_text(lines->session, "gets", "nothing");
    return r;
}

static int sample_flush(struct look_lines *lines, struct buf *text)
{
    struct json *sample CLEANUP(json_freep) = NULL;
    if (!lines->sample || lines->filters_left)
        return 0;
    int r = session_close(lines);
    sample = TAKE(lines->sample);
    if (!r && lines->sessions)
        r = json_set_take(sample, "sessions", TAKE(lines->sessions));
    if (!r && lines->filters) /* a try's own */
        r = json_set_take(sample, "filters", TAKE(lines->filters));
    return r ? r : line_write(sample, text);
}

static int count_take(struct look_lines *lines, const struct ipc_look_count *count)
{
    struct json *json CLEANUP(json_freep) = json_new_object();
    int r = json ? json_set_text(json, "name", count->name) : -ENOMEM;
    if (!r)
        r = json_set_text(json, "pattern", count->pattern);
    if (!r)
        r = json_set_int(json, "matches", (int64_t)count->matches);
    if (!r)
        r = json_set_int(json, "differs", (int64_t)count->differs);
    if (!r)
        r = json_set_int(json, "absent", (int64_t)count->absent);
    if (!r)
        r = json_set_int(json, "failed", (int64_t)count->failed);
    return r ? r : append_to(&lines->counts, TAKE(json));
}

static int header_take(struct look_lines *lines, const struct ipc_look_header *header)
{
    struct json *json CLEANUP(json_freep) = json_new_object();
    int r = json ? json_set_text(json, "name", header->name) : -ENOMEM;
    if (!r)
        r = json_set_int(json, "messages", (int64_t)header->messages);
    return r ? r : append_to(&lines->headers, TAKE(json));
}

static int totals_write(struct look_lines *lines, const struct ipc_look_state *state, struct buf *text)
{
    struct json *json CLEANUP(json_freep) = json_new_object();
    bool over = state->state == LOOK_OVER;
    int r = json ? json_set_text(json, "type", over ? "over" : "running") : -ENOMEM;
    if (!r)
        r = json_set_int(json, "passed", (int64_t)state->passed);
    if (!r)
        r = json_set_int(json, "examined", (int64_t)state->examined);
    if (!r)
        r = json_set_int(json, "matched", (int64_t)state->matched);
    if (!r)
        r = json_set_int(json, "skipped", (int64_t)state->skipped);
    if (!r && over && lines->counts)
        r = json_set_take(json, "filters", TAKE(lines->counts));
    if (!r && over)
        r = json_set_take(json, "headers", lines->headers ? TAKE(lines->headers) : json_new_array());
    return r ? r : line_write(json, text);
}

static int refusal_write(const struct ipc_look_state *state, struct buf *text)
{
    struct json *json CLEANUP(json_freep) = json_new_object();
    enum reason_code code = reason_from_name(str_of(state->reason));
    int r = json ? json_set_text(json, "type", "refused") : -ENOMEM;
    if (!r)
        r = json_set_text(json, "reason", reason_name(code));
    if (!r)
        r = json_set_text(json, "message", state->text);
    if (!r)
        r = json_set_text(json, "nextStep", reason_next_step(code));
    return r ? r : line_write(json, text);
}

static int state_take(struct look_lines *lines, const struct ipc_look_state *state, struct buf *text, bool *ret_end)
{
    *ret_end = state->state != LOOK_RUNNING;
    return state->state == LOOK_REFUSED ? refusal_write(state, text) : totals_write(lines, state, text);
}

int look_lines_take(struct look_lines *lines, const struct ipc_message *message, struct buf *ret_text, bool *ret_end)
{
    int r = 0;
    *ret_end = !message;
    if (!message)
        return buf_append_str(ret_text, STR("{\"type\":\"gone\"}\n"));
    if (message->type == IPC_SAMPLE)
        r = sample_begin(lines, &message->sample);
    else if (message->type == IPC_SAMPLE_FILTER)
        r = filter_take(lines, &message->sample_filter);
    else if (message->type == IPC_LOOK_COUNT)
        r = count_take(lines, &message->look_count);
    else if (message->type == IPC_LOOK_HEADER)
        r = header_take(lines, &message->look_header);
    else if (message->type == IPC_LOOK_STATE)
        r = state_take(lines, &message->look_state, ret_text, ret_end);
    return r ? r : sample_flush(lines, ret_text);
}
