/* Which row of metric.def has which value: one small function for each form, and the table that names it and the number. */
#include "supervisor/serve/metrics_page.h"

#include "common/base/process.h"
#include "supervisor/serve/metrics_states.h"

#include <stddef.h>

typedef void write_fn(const struct metrics_page *from, struct exposition *page, enum metric metric);
struct row {
    write_fn *write;
    size_t offset;        /* of the number in struct figures or struct work */
    bool in_milliseconds; /* it is; the page has seconds */
    bool of_us;           /* of the supervisor, which a standby tells too */
};
static const struct row rows[METRIC_COUNT];

static double number_at(const void *numbers, enum metric metric)
{
    uint64_t value = *(const uint64_t *)((const char *)numbers + rows[metric].offset);
    return rows[metric].in_milliseconds ? (double)value / 1000 : (double)value;
}

/* --- Splits and workers --- */

static void write_figure(const struct metrics_page *from, struct exposition *page, enum metric metric)
{
    for (size_t i = 0; i < from->view->split_count; i++) {
        const struct view_split *split = &from->view->splits[i];
        if (split->worker.figures)
            exposition_sample(page, metric, (const char *[]){split->namespace, split->name},
                              number_at(split->worker.figures, metric));
    }
}

static void write_measure(const struct metrics_page *from, struct exposition *page, enum metric metric)
{
    for (size_t i = 0; i < from->view->split_count; i++) {
        const struct view_split *split = &from->view->splits[i];
        const struct work *work = split->worker.work;
        if (work && *(const uint64_t *)((const char *)work + rows[metric].offset) != FIGURE_UNKNOWN)
            exposition_sample(page, metric, (const char *[]){split->namespace, split->name}, number_at(work, metric));
    }
}

static const char *const destinations[LATENCY_DESTINATIONS] = {
    [LATENCY_FALLBACK] = "fallback", [LATENCY_SESSION] = "session", [LATENCY_MIRROR] = "mirror"};

static void write_delivered(const struct metrics_page *from, struct exposition *page, enum metric metric)
{
    for (size_t i = 0; i < from->view->split_count; i++) {
        const struct view_split *split = &from->view->splits[i];
        const struct figures *figures = split->worker.figures;
        for (size_t n = 0; figures && n < LATENCY_DESTINATIONS; n++) {
            const uint64_t counts[] = {[LATENCY_FALLBACK] = figures->fallback,
                                       [LATENCY_SESSION] = figures->delivered,
                                       [LATENCY_MIRROR] = figures->mirrored};
            exposition_sample(page, metric, (const char *[]){split->namespace, split->name, destinations[n]},
                              (double)counts[n]);
        }
    }
}

/* Fifteen series each: only where something went. */
static void write_duration(const struct metrics_page *from, struct exposition *page, enum metric metric)
{
    for (size_t i = 0; i < from->view->split_count; i++) {
        const struct view_split *split = &from->view->splits[i];
        const struct work *work = split->worker.work;
        for (size_t n = 0; work && n < LATENCY_DESTINATIONS; n++) {
            const struct latency *latency = &work->latency[n];
            const struct exposition_histogram histogram = {latency_bounds_ms, LATENCY_BOUNDS, latency->counts,
                                                           (double)latency->sum_ms / 1000};
            if (!latency_is_empty(latency))
                exposition_histogram(page, metric, (const char *[]){split->namespace, split->name, destinations[n]},
                                     &histogram);
        }
    }
}

/* The commonest is there from the start, so that its first time is a growth that increase() sees. */
static void write_problems(const struct metrics_page *from, struct exposition *page, enum metric metric)
{
    for (size_t i = 0; i < from->view->split_count; i++) {
        const struct view_split *split = &from->view->splits[i];
        const uint32_t *problems = split->worker.problems;
        for (size_t code = REASON_NONE + 1; problems && code < REASON_COUNT; code++)
            if (problems[code] || code == REASON_BROKER_UNREACHABLE)
                exposition_sample(
                    page, metric,
                    (const char *[]){split->namespace, split->name, reason_name((enum reason_code)code)},
                    problems[code]);
    }
}

static void write_forwarding(const struct metrics_page *from, struct exposition *page, enum metric metric)
{
    for (size_t i = 0; i < from->view->split_count; i++) {
        const struct view_split *split = &from->view->splits[i];
        exposition_sample(page, metric, (const char *[]){split->namespace, split->name}, split->worker.forwards);
    }
}

static void write_up(const struct metrics_page *from, struct exposition *page, enum metric metric)
{
    for (size_t i = 0; i < from->view->split_count; i++) {
        const struct view_split *split = &from->view->splits[i];
        exposition_sample(page, metric, (const char *[]){split->namespace, split->name},
                          split->has_worker && split->worker.presence == WORKER_LIVE);
    }
}

static void write_starts(const struct metrics_page *from, struct exposition *page, enum metric metric)
{
    for (size_t i = 0; i < from->view->split_count; i++) {
        const struct view_split *split = &from->view->splits[i];
        if (split->has_worker)
            exposition_sample(page, metric, (const char *[]){split->namespace, split->name},
                              (double)split->worker.starts);
    }
}

/* --- Sessions --- */

static void write_session_messages(const struct metrics_page *from, struct exposition *page, enum metric metric)
{
    for (size_t i = 0; i < from->view->session_count; i++) {
        const struct view_session *session = &from->view->sessions[i];
        const struct {
            const char *kind;
            uint64_t count;
        } kinds[] = {{"delivered", session->figures->delivered},
                     {"mirrored", session->figures->mirrored},
                     {"returned", session->figures->returned}};
        for (size_t n = 0; n < sizeof kinds / sizeof *kinds; n++)
            exposition_sample(page, metric,
                              (const char *[]){session->namespace, session->split, session->name, kinds[n].kind},
                              (double)kinds[n].count);
    }
}

static void write_session_figure(const struct metrics_page *from, struct exposition *page, enum metric metric)
{
    for (size_t i = 0; i < from->view->session_count; i++) {
        const struct view_session *session = &from->view->sessions[i];
        exposition_sample(page, metric, (const char *[]){session->namespace, session->split, session->name},
                          number_at(session->figures, metric));
    }
}

/* --- The supervisor --- */

static void write_build(const struct metrics_page *from, struct exposition *page, enum metric metric)
{
    (void)from;
    exposition_sample(page, metric, (const char *[]){SLUICE_VERSION}, 1);
}

static void write_cpu(const struct metrics_page *from, struct exposition *page, enum metric metric)
{
    (void)from;
    exposition_sample(page, metric, NULL, (double)process_cpu_ms() / 1000);
}

static void write_memory(const struct metrics_page *from, struct exposition *page, enum metric metric)
{
    uint64_t bytes;
    (void)from;
    if (process_memory_bytes(&bytes) == 0)
        exposition_sample(page, metric, NULL, (double)bytes);
}

static void write_started(const struct metrics_page *from, struct exposition *page, enum metric metric)
{
    exposition_sample(page, metric, NULL, (double)from->started_wall_ms / 1000);
}

static void write_files(const struct metrics_page *from, struct exposition *page, enum metric metric)
{
    uint64_t count;
    (void)from;
    if (process_files(&count) == 0)
        exposition_sample(page, metric, NULL, (double)count);
}

static void write_leading(const struct metrics_page *from, struct exposition *page, enum metric metric)
{
    exposition_sample(page, metric, NULL, from->view != NULL);
}

static void write_state_failing(const struct metrics_page *from, struct exposition *page, enum metric metric)
{
    exposition_sample(page, metric, NULL, from->state_trouble < 0);
}

/* --- Which row is what --- */

#define FIGURE_ROW(name) .write = write_figure, .offset = offsetof(struct figures, name)
#define MEASURE_ROW(name) .write = write_measure, .offset = offsetof(struct work, name)

static const struct row rows[METRIC_COUNT] = {
    [METRIC_BUILD_INFO] = {.write = write_build, .of_us = true},
    [METRIC_CPU] = {.write = write_cpu, .of_us = true},
    [METRIC_MEMORY] = {.write = write_memory, .of_us = true},
    [METRIC_STARTED] = {.write = write_started, .of_us = true},
    [METRIC_FILES] = {.write = write_files, .of_us = true},
    [METRIC_LEADING] = {.write = write_leading, .of_us = true},
    [METRIC_STATE_FAILING] = {.write = write_state_failing, .of_us = true},
    [METRIC_SPLITS] = {.write = write_splits},
    [METRIC_SESSIONS] = {.write = write_sessions},
    [METRIC_SPLIT_INFO] = {.write = write_split_info},
    [METRIC_SPLIT_PHASE] = {.write = write_split_phase},
    [METRIC_SPLIT_SINCE] = {.write = write_split_since},
    [METRIC_SPLIT_CONDITION] = {.write = write_split_condition},
    [METRIC_SESSION_CONDITIONS] = {.write = write_session_conditions},
    [METRIC_RECEIVED] = {FIGURE_ROW(received)},
    [METRIC_MATCHED] = {FIGURE_ROW(matched)},
    [METRIC_UNMATCHED] = {FIGURE_ROW(unmatched)},
    [METRIC_DELIVERED] = {.write = write_delivered},
    [METRIC_GIVEN_BACK] = {FIGURE_ROW(given_back)},
    [METRIC_RETURNED] = {FIGURE_ROW(returned)},
    [METRIC_IN_FLIGHT] = {FIGURE_ROW(in_flight)},
    [METRIC_HELD] = {MEASURE_ROW(held)},
    [METRIC_LAG] = {MEASURE_ROW(lag)},
    [METRIC_AGE] = {MEASURE_ROW(age_ms), .in_milliseconds = true},
    [METRIC_FILTER_ERRORS] = {FIGURE_ROW(filter_errors)},
    [METRIC_BATCHES] = {FIGURE_ROW(transactions)},
    [METRIC_DURATION] = {.write = write_duration},
    [METRIC_PROBLEMS] = {.write = write_problems},
    [METRIC_FORWARDING] = {.write = write_forwarding},
    [METRIC_SESSION_MESSAGES] = {.write = write_session_messages},
    [METRIC_SESSION_FILTER_ERRORS] = {.write = write_session_figure,
                                      .offset = offsetof(struct figures, filter_errors)},
    [METRIC_WORKER_UP] = {.write = write_up},
    [METRIC_WORKER_STARTS] = {.write = write_starts},
    [METRIC_WORKER_CPU] = {MEASURE_ROW(cpu_ms), .in_milliseconds = true},
    [METRIC_WORKER_MEMORY] = {MEASURE_ROW(memory_bytes)},
};

void metrics_page_write(const struct metrics_page *from, struct exposition *page)
{
    for (enum metric metric = 0; metric < METRIC_COUNT; metric++) {
        check(rows[metric].write);
        if (!from->view && !rows[metric].of_us)
            continue;
        exposition_family(page, metric);
        rows[metric].write(from, page, metric);
    }
    exposition_end(page);
}
