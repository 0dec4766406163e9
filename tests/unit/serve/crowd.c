/* See the header. */
#include "tests/unit/serve/crowd.h"

#include <stdio.h>

#include "common/base/buf.h"

struct crowd_worker crowd_worker;
struct figures crowd_session;

bool __wrap_fleet_numbers(struct fleet *fleet, const char *worker, struct fleet_numbers *ret);
bool __wrap_fleet_numbers(struct fleet *fleet, const char *worker, struct fleet_numbers *ret)
{
    (void)fleet;
    (void)worker;
    if (crowd_worker.absent)
        return false;
    *ret = (struct fleet_numbers){.presence = WORKER_LIVE,
                                  .forwards = true,
                                  .starts = 2,
                                  .figures = &crowd_worker.figures,
                                  .work = &crowd_worker.work,
                                  .problems = crowd_worker.problems};
    return true;
}

const struct figures *__wrap_fleet_figures(struct fleet *fleet, const char *worker, const char *session);
const struct figures *__wrap_fleet_figures(struct fleet *fleet, const char *worker, const char *session)
{
    (void)fleet;
    (void)worker;
    (void)session;
    return &crowd_session;
}

static void put(struct store *store, struct buf *text)
{
    struct json *document = NULL;
    struct json_error error;
    check(json_parse(buf_str(text), &JSON_LIMITS_DOCUMENT, &document, &error) == 0);
    check(store_mirror_put(store, document) == 0);
    buf_clear(text);
}

static uint64_t version;

static void put_session(struct store *store, size_t split, size_t session, struct buf *text)
{
    check(
        !buf_printf(text,
                    "{\"apiVersion\":\"sluice.dev/v1alpha1\",\"kind\":\"SplitSession\",\"metadata\":{\"namespace\":"
                    "\"team-%zu\",\"name\":\"session-%zu\",\"uid\":\"uid-%zu\",\"resourceVersion\":\"%llu\"},"
                    "\"status\":{\"phase\":\"%s\",\"conditions\":[{\"type\":\"Ready\",\"status\":\"True\",\"reason\":"
                    "\"Ready\"},{\"type\":\"FilterHealthy\",\"status\":\"False\",\"reason\":\"FilterLimit\"}]}}",
                    split % 10, session, session, (unsigned long long)++version, session % 5 ? "Ready" : "Ended"));
    put(store, text);
}

static void put_split(struct store *store, size_t split, size_t splits, size_t sessions, struct buf *text)
{
    check(!buf_printf(text,
                      "{\"apiVersion\":\"sluice.dev/v1alpha1\",\"kind\":\"QueueSplit\",\"metadata\":{\"namespace\":"
                      "\"team-%zu\",\"name\":\"split-%zu\",\"uid\":\"s-%zu\",\"resourceVersion\":\"%llu\"},\"spec\":{"
                      "\"target\":{\"kind\":\"Deployment\",\"name\":\"shop-%zu\"},\"queue\":{\"type\":\"Kafka\","
                      "\"name\":\"orders\"},\"temporaries\":[{\"role\":\"fallback\",\"session\":\"\",\"sessionUid\":"
                      "\"\"}",
                      split % 10, split, split, (unsigned long long)++version, split));
    for (size_t i = split; i < sessions; i += splits)
        check(!buf_printf(text, ",{\"role\":\"session\",\"session\":\"session-%zu\",\"sessionUid\":\"uid-%zu\"}", i,
                          i));
    check(!buf_printf(
        text, "]},\"status\":{\"phase\":\"Active\",\"since\":\"2026-01-02T03:04:05Z\",\"conditions\":[{\"type\":"
              "\"Ready\",\"status\":\"True\",\"reason\":\"Active\"},{\"type\":\"Degraded\",\"status\":\"True\","
              "\"reason\":\"BrokerUnreachable\"},{\"type\":\"Odd \\\"one\\\"\",\"status\":\"True\"}]}}"));
    put(store, text);
}

void crowd_end_sessions(struct store *store, size_t splits, size_t sessions)
{
    struct buf text CLEANUP(buf_deinit) = BUF_INIT(1u << 20);
    for (size_t i = 0; i < splits; i++)
        put_split(store, i, splits, sessions, &text);
}

void crowd_fill(struct store *store, size_t splits, size_t sessions)
{
    struct buf text CLEANUP(buf_deinit) = BUF_INIT(1u << 20);
    for (size_t i = 0; i < sessions; i++)
        put_session(store, i % splits, i, &text);
    crowd_end_sessions(store, splits, sessions);
}
