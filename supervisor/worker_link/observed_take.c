/* One function per report: check its values, then keep them. A refused report changes nothing. */
#include "supervisor/worker_link/observed_take.h"

#include "supervisor/worker_link/observed_map.h"
#include <stdio.h>
#include <stdlib.h>

#define KEY_SIZE 352

/* name "" is no reason; another one must be a row of reason.def. */
static int reason_take(const char *name, const char *text, struct reason *ret)
{
    struct reason reason = {.code = REASON_NONE};
    if (name[0]) {
        reason.code = reason_from_name(str_of(name));
        if (reason.code == REASON_NONE)
            return OBSERVED_BAD;
    }
    snprintf(reason.text, sizeof reason.text, "%.*s", (int)sizeof reason.text - 1,
             text); /* cut where it is too long */
    *ret = reason;
    return 0;
}

static int map_result(int r) { return r == OBSERVED_MAP_FULL ? OBSERVED_BAD : r; }

static int checked_take(struct worker_observed *observed, const struct ipc_checked *report)
{
    if (report->delivery != WORKER_DELIVERY_EXACTLY_ONCE && report->delivery != WORKER_DELIVERY_AT_LEAST_ONCE)
        return OBSERVED_BAD;
    observed->checked = true;
    observed->partitions = report->partitions;
    observed->delivery = (enum worker_delivery)report->delivery;
    memcpy(observed->cluster, report->cluster, sizeof observed->cluster);
    return 0;
}

static int incoming_grow(struct worker_observed *observed)
{
    if (observed->incoming_count < observed->incoming_room)
        return 0;
    if (observed->incoming_count >= TABLE_POSITIONS_MAX)
        return OBSERVED_BAD;
    size_t room = observed->incoming_room ? 2 * observed->incoming_room : 64;
    void *memory = reallocarray(observed->incoming, room, sizeof *observed->incoming);
    if (!memory)
        return -ENOMEM;
    observed->incoming = memory;
    observed->incoming_room = room;
    return 0;
}

static int position_take(struct worker_observed *observed, const struct ipc_position *report)
{
    if (report->start > report->end || report->end > INT64_MAX)
        return OBSERVED_BAD;
    if (observed->incoming_count && observed->incoming[0].partition == report->partition)
        observed->incoming_count = 0; /* the list changed while it was told, and begins again */
    int r = incoming_grow(observed);
    if (!r)
        observed->incoming[observed->incoming_count++] =
            (struct observed_position){.partition = report->partition, .start = report->start, .end = report->end};
    return r;
}

/* A count that does not fit is a list whose beginning was lost with a connection: it is told again after the WELCOME. */
static int positions_end_take(struct worker_observed *observed, const struct ipc_positions_end *report)
{
    if (report->count == observed->incoming_count) {
        free(observed->positions);
        observed->positions = observed->incoming;
        observed->position_count = observed->incoming_count;
        observed->positions_known = true;
        observed->incoming = NULL;
        observed->incoming_room = 0;
    }
    observed->incoming_count = 0;
    return 0;
}

static int temp_take(struct worker_observed *observed, const struct ipc_temp_state *report)
{
    struct reason why;
    if (report->state > WORKER_TEMP_FAILED || !report->name[0])
        return OBSERVED_BAD;
    int r = reason_take(report->reason, report->text, &why);
    struct observed_keyed *entry;
    if (!r)
        r = map_result(observed_map_at(&observed->temps, report->name, TABLE_TEMPS_MAX, &entry));
    if (r)
        return r;
    struct observed_temp *temp = &observed_body(entry)->temp;
    *temp = (struct observed_temp){.state = (enum worker_temp_state)report->state,
                                   .remaining = report->remaining,
                                   .moved = report->moved,
                                   .why = why};
    memcpy(temp->name, report->name, sizeof temp->name);
    return 0;
}

static int forwarding_take(struct worker_observed *observed, const struct ipc_forwarding *report)
{
    struct reason why;
    if (report->state > WORKER_FORWARDING_SUSPENDED)
        return OBSERVED_BAD;
    int r = reason_take(report->reason, report->text, &why);
    if (r)
        return r;
    observed->forwarding_known = true;
    observed->forwarding = (enum worker_forwarding)report->state;
    observed->forwarding_why = why;
    return 0;
}

static int condition_take(struct worker_observed *observed, const struct ipc_condition *report)
{
    struct reason why;
    char key[KEY_SIZE];
    int r = report->active > 1 || !report->reason[0] ? OBSERVED_BAD : reason_take(report->reason, report->text, &why);
    if (r)
        return r;
    snprintf(key, sizeof key, "%s\n%s", report->reason, report->session);
    if (!report->active) {
        observed_map_delete(&observed->conditions, key);
        return 0;
    }
    struct observed_keyed *entry = observed_map_find(observed->conditions, key);
    observed->problems[why.code] += !entry;
    r = map_result(observed_map_at(&observed->conditions, key, OBSERVED_CONDITIONS_MAX, &entry));
    if (r)
        return r;
    struct observed_condition *condition = &observed_body(entry)->condition;
    condition->why = why;
    memcpy(condition->session, report->session, sizeof condition->session);
    return 0;
}

/* One that was told already is left out; past the limit the oldest goes. */
static int event_take(struct worker_observed *observed, const struct ipc_event *report)
{
    struct reason what;
    int r = !report->sequence || !report->reason[0] || report->wall_ms > INT64_MAX
                ? OBSERVED_BAD
                : reason_take(report->reason, report->text, &what);
    if (r || report->sequence <= observed->event_latest)
        return r;
    if (!observed->events)
        observed->events = calloc(OBSERVED_EVENTS_MAX, sizeof *observed->events);
    if (!observed->events)
        return -ENOMEM;
    observed->event_latest = report->sequence;
    observed->problems[what.code]++;
    if (observed->event_count == OBSERVED_EVENTS_MAX) {
        observed->events_dropped++;
        observed->event_first++;
        observed->event_count--;
    }
    struct observed_event *event =
        &observed->events[(observed->event_first + observed->event_count++) % OBSERVED_EVENTS_MAX];
    *event = (struct observed_event){.sequence = report->sequence, .wall_ms = (int64_t)report->wall_ms, .what = what};
    memcpy(event->session, report->session, sizeof event->session);
    return 0;
}

static int figures_take(struct worker_observed *observed, const struct ipc_figures *report)
{
    struct figures figures;
    memcpy(&figures, report->values, sizeof figures);
    struct observed_keyed *entry;
    int r = map_result(observed_map_at(&observed->figures, report->session, TABLE_SESSIONS_MAX + 1, &entry));
    if (!r)
        observed_pace_add(&observed_body(entry)->pace, &figures, mono_now());
    return r;
}

static int work_take(struct worker_observed *observed, const struct ipc_work *report)
{
    memcpy(&observed->work, report->values, sizeof observed->work);
    observed->work_known = true;
    return 0;
}

static int stopped_take(struct worker_observed *observed, const struct ipc_stopped *report)
{
    if (report->clean > 1)
        return OBSERVED_BAD;
    observed->stopped = true;
    observed->stopped_clean = report->clean;
    return 0;
}

int worker_observed_take(struct worker_observed *observed, const struct ipc_message *message)
{
    switch (message->type) {
    case IPC_CHECKED:
        return checked_take(observed, &message->checked);
    case IPC_POSITION:
        return position_take(observed, &message->position);
    case IPC_POSITIONS_END:
        return positions_end_take(observed, &message->positions_end);
    case IPC_TEMP_STATE:
        return temp_take(observed, &message->temp_state);
    case IPC_APPLIED:
        observed->applied = message->applied.generation;
        return 0;
    case IPC_FORWARDING:
        return forwarding_take(observed, &message->forwarding);
    case IPC_CONDITION:
        return condition_take(observed, &message->condition);
    case IPC_EVENT:
        return event_take(observed, &message->event);
    case IPC_FIGURES:
        return figures_take(observed, &message->figures);
    case IPC_WORK:
        return work_take(observed, &message->work);
    case IPC_STOPPED:
        return stopped_take(observed, &message->stopped);
    case IPC_NONE:
    case IPC_HELLO:
    case IPC_WELCOME:
    case IPC_REFUSED:
    case IPC_HEARTBEAT:
    case IPC_TABLE_BEGIN:
    case IPC_TABLE_TEMP:
    case IPC_TABLE_SESSION:
    case IPC_TABLE_FILTER:
    case IPC_TABLE_POSITION:
    case IPC_TABLE_COMMIT:
    case IPC_STOP:
    case IPC_LOG_LEVELS:
    case IPC_LOOK_BEGIN:
    case IPC_LOOK_FILTER:
    case IPC_LOOK_END:
    case IPC_SAMPLE:
    case IPC_SAMPLE_FILTER:
    case IPC_LOOK_STATE:
    case IPC_LOOK_COUNT:
    case IPC_LOOK_HEADER:
    case IPC_TYPE_COUNT:
        break;
    }
    return OBSERVED_BAD;
}
