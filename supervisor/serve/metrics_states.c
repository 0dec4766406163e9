/* See the header. Words of documents become labels only as what we know them to be: anybody may write to a document. */
#include "supervisor/serve/metrics_states.h"

#include "common/base/mono.h"
#include "common/base/reason.h"
#include "supervisor/serve/label_count.h"
#include "supervisor/split/phase.h"

#include <stdlib.h>

static const char *phase_word(const struct json *status)
{
    enum split_phase phase;
    if (split_phase_from_name(json_str(json_get(status, "phase")), &phase) != 0)
        phase = SPLIT_PENDING; /* without a status it has only been made */
    return split_phase_name(phase);
}

/* Of a list of words that are known; "Unknown" for any other. */
static const char *known_word(const struct json *value, const char *const *words)
{
    for (; *words; words++)
        if (strcmp(json_text(value), *words) == 0)
            return *words;
    return "Unknown";
}

struct condition_words {
    const char *type, *status, *reason;
};

/* False: of no type that is ours. */
static bool condition_read(const struct json *condition, struct condition_words *ret)
{
    static const char *const types[] = {"Ready",         "Degraded",           "Draining",    "Routed",
                                        "FilterHealthy", "WaitingForInFlight", "SpecChanged", NULL},
                             *const statuses[] = {"True", "False", NULL};
    const struct json *reason = json_get(condition, "reason");
    enum reason_code code = reason_from_name(json_str(reason));
    ret->type = known_word(json_get(condition, "type"), types);
    ret->status = known_word(json_get(condition, "status"), statuses);
    ret->reason = code == REASON_NONE ? "" : reason_name(code);
    return strcmp(ret->type, "Unknown") != 0;
}

static void counts_write(struct label_count *counts, struct exposition *page, enum metric metric)
{
    for (size_t i = 0; i <= LABEL_COUNT_MAX; i++)
        if (counts->entries[i].count)
            exposition_sample(page, metric, counts->entries[i].words, (double)counts->entries[i].count);
}

void write_splits(const struct metrics_page *from, struct exposition *page, enum metric metric)
{
    struct label_count *counts CLEANUP(cleanup_freep) = calloc(1, sizeof *counts);
    for (size_t i = 0; counts && i < from->view->split_count; i++)
        label_count_add(counts, (const char *[LABEL_COUNT_WORDS]){from->view->splits[i].namespace,
                                                                  phase_word(from->view->splits[i].status), "", ""});
    if (counts)
        counts_write(counts, page, metric);
    else
        page->result = -ENOMEM;
}

static const char *namespace_of(const struct json *document)
{
    return json_text(json_path(document, "metadata", "namespace", NULL));
}

static const char *session_phase(const struct json *document)
{
    static const char *const phases[] = {"Pending", "Ready", "Ending", "Ended", "Failed", NULL};
    const struct json *phase = json_path(document, "status", "phase", NULL);
    return phase ? known_word(phase, phases) : phases[0];
}

static void count_session(void *context, const struct resource_key *key, const struct json *document)
{
    (void)key;
    label_count_add(context,
                    (const char *[LABEL_COUNT_WORDS]){namespace_of(document), session_phase(document), "", ""});
}

static void count_conditions(void *context, const struct resource_key *key, const struct json *document)
{
    const struct json *conditions = json_path(document, "status", "conditions", NULL);
    const char *phase = session_phase(document);
    (void)key;
    if (strcmp(phase, "Ended") == 0 || strcmp(phase, "Failed") == 0)
        return;
    for (size_t i = 0; i < json_count(conditions); i++) {
        struct condition_words words;
        if (condition_read(json_at(conditions, i), &words))
            label_count_add(context, (const char *[LABEL_COUNT_WORDS]){namespace_of(document), words.type,
                                                                       words.status, words.reason});
    }
}

static void each_session(const struct metrics_page *from, struct exposition *page, enum metric metric,
                         store_visit_fn *visit)
{
    struct label_count *counts CLEANUP(cleanup_freep) = calloc(1, sizeof *counts);
    if (!counts) {
        page->result = -ENOMEM;
        return;
    }
    store_each(from->store, KIND_SPLIT_SESSION, NULL, visit, counts);
    counts_write(counts, page, metric);
}

void write_sessions(const struct metrics_page *from, struct exposition *page, enum metric metric)
{
    each_session(from, page, metric, count_session);
}

void write_session_conditions(const struct metrics_page *from, struct exposition *page, enum metric metric)
{
    each_session(from, page, metric, count_conditions);
}

void write_split_info(const struct metrics_page *from, struct exposition *page, enum metric metric)
{
    for (size_t i = 0; i < from->view->split_count; i++) {
        const struct view_split *split = &from->view->splits[i];
        const struct json *target = json_get(split->spec, "target"), *queue = json_get(split->spec, "queue");
        exposition_sample(page, metric,
                          (const char *[]){split->namespace, split->name, json_text(json_get(target, "kind")),
                                           json_text(json_get(target, "name")), json_text(json_get(queue, "type")),
                                           json_text(json_get(queue, "name"))},
                          1);
    }
}

void write_split_phase(const struct metrics_page *from, struct exposition *page, enum metric metric)
{
    for (size_t i = 0; i < from->view->split_count; i++) {
        const struct view_split *split = &from->view->splits[i];
        exposition_sample(page, metric, (const char *[]){split->namespace, split->name, phase_word(split->status)},
                          1);
    }
}

void write_split_since(const struct metrics_page *from, struct exposition *page, enum metric metric)
{
    for (size_t i = 0; i < from->view->split_count; i++) {
        const struct view_split *split = &from->view->splits[i];
        int64_t since_ms;
        if (wall_parse(json_text(json_get(split->status, "since")), &since_ms) == 0)
            exposition_sample(page, metric, (const char *[]){split->namespace, split->name}, (double)since_ms / 1000);
    }
}

void write_split_condition(const struct metrics_page *from, struct exposition *page, enum metric metric)
{
    for (size_t i = 0; i < from->view->split_count; i++) {
        const struct view_split *split = &from->view->splits[i];
        const struct json *conditions = json_get(split->status, "conditions");
        for (size_t n = 0; n < json_count(conditions); n++) {
            struct condition_words words;
            if (condition_read(json_at(conditions, n), &words))
                exposition_sample(
                    page, metric,
                    (const char *[]){split->namespace, split->name, words.type, words.status, words.reason}, 1);
        }
    }
}
