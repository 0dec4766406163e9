/* See event_writer.h. */
#include "supervisor/apply/event_writer.h"

#include <stdio.h>
#include <stdlib.h>

#include "common/base/log.h"
#include "common/base/mono.h"
#include "common/base/secret.h"
#include "supervisor/apply/event_body.h"
#include "supervisor/apply/event_watch.h"

#define COMPONENT "supervisor.event"
#define REGARDING_BYTES_MAX 200

struct recent {
    char hash[SHA256_TEXT_SIZE]; /* of object, reason and note; "" : free */
    char namespace[NAMESPACE_SIZE], name[NAME_SIZE];
    struct mono at;
    int64_t count;
};

/* One call on its way. */
struct sent {
    struct event_writer *writer;
    struct kube_call *call;
    size_t place; /* in the writer's */
};

struct event_writer {
    struct event_writer_config config;
    struct event_watch *watch;
    struct recent recents[EVENTS_RECENT_MAX];
    struct sent *sent[EVENT_CALLS_MAX];
};

/* --- What was told --- */

/* The same event of a while ago, or the place of the oldest. */
static struct recent *recent_find(struct event_writer *writer, const char *hash, struct mono now)
{
    struct recent *oldest = &writer->recents[0];
    for (size_t i = 0; i < EVENTS_RECENT_MAX; i++) {
        struct recent *recent = &writer->recents[i];
        if (strcmp(recent->hash, hash) == 0 && !mono_reached(now, mono_after(recent->at, EVENT_SERIES_MS)))
            return recent;
        if (recent->at.ms < oldest->at.ms)
            oldest = recent;
    }
    oldest->hash[0] = '\0';
    return oldest;
}

/* --- Calls --- */

static void on_done(void *context, const struct kube_answer *answer)
{
    CLEANUP(cleanup_freep) struct sent *sent = context;
    sent->writer->sent[sent->place] = NULL;
    if (!kube_answer_ok(answer))
        log_debug(COMPONENT, "an event was not written", LF_INT("status", answer->status), LF_REASON(&answer->why));
}

static int place_find(const struct event_writer *writer, size_t *ret)
{
    for (size_t i = 0; i < EVENT_CALLS_MAX; i++)
        if (!writer->sent[i]) {
            *ret = i;
            return 0;
        }
    return -EAGAIN;
}

static int send(struct event_writer *writer, const char *method, const struct recent *recent, const struct json *body)
{
    static const struct kube_resource events = {"events.k8s.io", "v1", "events"};
    struct buf path CLEANUP(buf_deinit) = BUF_INIT(KUBE_PATH_BYTES_MAX);
    bool series = strcmp(method, "PATCH") == 0;
    const struct kube_path parts = {
        .resource = events, .namespace = recent->namespace, .name = series ? recent->name : NULL};
    CLEANUP(cleanup_freep) struct sent *sent = calloc(1, sizeof *sent);
    if (!sent)
        return -ENOMEM;
    sent->writer = writer;
    int r = place_find(writer, &sent->place);
    if (r == 0)
        r = kube_path_build(&parts, &path);
    const struct kube_call_spec spec = {.method = method,
                                        .path = path.data,
                                        .content = series ? KUBE_MERGE_PATCH : KUBE_JSON,
                                        .body = body,
                                        .done = on_done,
                                        .context = sent};
    if (r == 0)
        r = kube_client_call(writer->config.client, &spec, &sent->call);
    if (r == 0) {
        size_t place = sent->place;
        writer->sent[place] = TAKE(sent);
    }
    return r;
}

/* --- Telling --- */

static void recent_fill(struct recent *recent, const struct resource_key *key, const char *hash)
{
    char random[17];
    random_hex(random, 8);
    *recent = (struct recent){.count = 0};
    memcpy(recent->hash, hash, sizeof recent->hash);
    memcpy(recent->namespace, key->namespace, sizeof recent->namespace);
    snprintf(recent->name, sizeof recent->name, "%.*s.%s", REGARDING_BYTES_MAX, key->name, random);
}

static int tell(struct event_writer *writer, const struct resource_key *key, const struct json *document,
                const struct event *event)
{
    struct buf identity CLEANUP(buf_deinit) = BUF_INIT(8192);
    struct json *body CLEANUP(json_freep) = NULL;
    char hash[SHA256_TEXT_SIZE];
    int r = buf_printf(&identity, "%s\n%s\n%.*s", json_text(json_path(document, "metadata", "uid", NULL)),
                       event->reason, EVENT_NOTE_BYTES_MAX, event->note);
    if (r < 0)
        return r;
    sha256_hex(buf_str(&identity), hash);
    struct mono now = mono_now();
    struct recent *recent = recent_find(writer, hash, now);
    bool again = recent->hash[0] != '\0';
    if (!again)
        recent_fill(recent, key, hash);
    recent->at = now;
    recent->count++;
    const struct event_head head = {writer->config.instance, recent->name};
    r = again ? event_series_body(recent->count, &body) : event_body(&head, key, document, event, &body);
    return r ? r : send(writer, again ? "PATCH" : "POST", recent, body);
}

static void on_event(void *context, const struct resource_key *key, const struct json *document,
                     const struct event *event)
{
    struct event_writer *writer = context;
    int r = writer->config.may_write(writer->config.context) ? tell(writer, key, document, event) : 0;
    if (r < 0)
        log_debug(COMPONENT, "an event is left out", LF_ERR(r));
}

int event_writer_new(const struct event_writer_config *config, struct event_writer **ret)
{
    struct event_writer *writer CLEANUP(event_writer_freep) = calloc(1, sizeof *writer);
    if (!writer)
        return -ENOMEM;
    writer->config = *config;
    int r = event_watch_new(config->store, on_event, writer, &writer->watch);
    if (r == 0)
        *ret = TAKE(writer);
    return r;
}

void event_writer_free(struct event_writer *writer)
{
    if (!writer)
        return;
    event_watch_free(writer->watch);
    for (size_t i = 0; i < EVENT_CALLS_MAX; i++)
        if (writer->sent[i]) {
            kube_call_cancel(writer->sent[i]->call);
            free(writer->sent[i]);
        }
    free(writer);
}
