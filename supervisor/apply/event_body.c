/* Writing of events as documents. */
#include "supervisor/apply/event_body.h"

#include <inttypes.h>
#include <stdio.h>
#include <string.h>

#include "common/base/mono.h"

#define CONTROLLER "sluice.dev/operator"

static void micro_time(char text[WALL_TEXT_SIZE + 8])
{
    char seconds[WALL_TEXT_SIZE];
    int64_t now_ms = wall_now_ms();
    wall_format(now_ms, seconds);
    seconds[strlen(seconds) - 1] = '\0'; /* the Z */
    snprintf(text, WALL_TEXT_SIZE + 8, "%s.%03" PRId64 "000Z", seconds, now_ms % 1000);
}

static int regarding_set(struct json *body, const struct resource_key *key, const struct json *document)
{
    struct json *regarding = NULL;
    int r = json_object_at(body, "regarding", &regarding);
    if (r == 0)
        r = json_set_text(regarding, "apiVersion", json_text(json_get(document, "apiVersion")));
    if (r == 0)
        r = json_set_text(regarding, "kind", kind_row(key->kind)->name);
    if (r == 0)
        r = json_set_text(regarding, "namespace", key->namespace);
    if (r == 0)
        r = json_set_text(regarding, "name", key->name);
    if (r == 0)
        r = json_set_text(regarding, "uid", json_text(json_path(document, "metadata", "uid", NULL)));
    return r;
}

int event_body(const struct event_head *head, const struct resource_key *key, const struct json *document,
               const struct event *event, struct json **ret)
{
    struct json *body CLEANUP(json_freep) = json_new_object(), *metadata = NULL;
    char time[WALL_TEXT_SIZE + 8], note[EVENT_NOTE_BYTES_MAX + 1];
    micro_time(time);
    snprintf(note, sizeof note, "%s", event->note);
    const char *const texts[][2] = {{"apiVersion", "events.k8s.io/v1"},
                                    {"kind", "Event"},
                                    {"eventTime", time},
                                    {"reportingController", CONTROLLER},
                                    {"reportingInstance", head->instance},
                                    {"action", "Reconcile"},
                                    {"reason", event->reason},
                                    {"note", note},
                                    {"type", event->warning ? "Warning" : "Normal"}};
    int r = body ? json_object_at(body, "metadata", &metadata) : -ENOMEM;
    if (r == 0)
        r = json_set_text(metadata, "name", head->name);
    if (r == 0)
        r = json_set_text(metadata, "namespace", key->namespace);
    for (size_t i = 0; r == 0 && i < sizeof texts / sizeof *texts; i++)
        r = json_set_text(body, texts[i][0], texts[i][1]);
    if (r == 0)
        r = regarding_set(body, key, document);
    if (r == 0)
        *ret = TAKE(body);
    return r;
}

int event_series_body(int64_t count, struct json **ret)
{
    struct json *body CLEANUP(json_freep) = json_new_object(), *series = NULL;
    char time[WALL_TEXT_SIZE + 8];
    micro_time(time);
    int r = body ? json_object_at(body, "series", &series) : -ENOMEM;
    if (r == 0)
        r = json_set_int(series, "count", count);
    if (r == 0)
        r = json_set_text(series, "lastObservedTime", time);
    if (r == 0)
        *ret = TAKE(body);
    return r;
}
