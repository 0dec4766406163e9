/* Reads and changes Lease documents. Fails only for lack of memory, or for a document that is no Lease. */
#include "supervisor/election/lease.h"

#include <stdio.h>
#include <string.h>

#include "common/base/mono.h"

#define RELEASED_SECONDS 1 /* 0 is not allowed */

static int64_t number_of(const struct json *spec, const char *key)
{
    int64_t number = 0;
    return json_int(json_get(spec, key), &number) == 0 && number > 0 ? number : 0;
}

void lease_read(const struct json *document, struct lease_record *ret)
{
    const struct json *spec = json_get(document, "spec");
    const struct json *stopped = json_path(document, "metadata", "annotations", LEASE_STOPPED_ANNOTATION, NULL);
    int64_t seconds = number_of(spec, "leaseDurationSeconds");
    *ret = (struct lease_record){.transitions = number_of(spec, "leaseTransitions")};
    ret->duration_ms = seconds < INT32_MAX ? seconds * 1000 : (int64_t)INT32_MAX * 1000;
    str_copy_cut(ret->holder, sizeof ret->holder, json_str(json_get(spec, "holderIdentity")));
    str_copy_cut(ret->acquire_time, sizeof ret->acquire_time, json_str(json_get(spec, "acquireTime")));
    str_copy_cut(ret->renew_time, sizeof ret->renew_time, json_str(json_get(spec, "renewTime")));
    lease_stopped_read(json_str(stopped), ret);
}

bool lease_same(const struct lease_record *a, const struct lease_record *b)
{
    return a->duration_ms == b->duration_ms && a->transitions == b->transitions &&
           strcmp(a->holder, b->holder) == 0 && strcmp(a->acquire_time, b->acquire_time) == 0 &&
           strcmp(a->renew_time, b->renew_time) == 0;
}

/* MicroTime: the API server wants six digits (apimachinery, micro_time.go). */
static void format_time(int64_t wall_ms, char text[LEASE_TIME_SIZE])
{
    char seconds[WALL_TEXT_SIZE];
    wall_format(wall_ms, seconds);
    seconds[strcspn(seconds, "Z")] = '\0';
    snprintf(text, LEASE_TIME_SIZE, "%s.%03u000Z", seconds, (unsigned)(wall_ms % 1000) % 1000);
}

static int write_new(struct json *document, const struct lease_author *author)
{
    struct json *metadata = NULL;
    int r = json_set_text(document, "apiVersion", "coordination.k8s.io/v1");
    if (r == 0)
        r = json_set_text(document, "kind", "Lease");
    if (r == 0)
        r = json_object_at(document, "metadata", &metadata);
    if (r == 0)
        r = json_set_text(metadata, "name", author->name);
    return r ? r : json_set_text(metadata, "namespace", author->namespace);
}

/* Of an empty holder the API server might make an error: nobody is no text at all. */
static int write_holder(struct json *spec, const struct lease_record *before, const struct lease_author *author,
                        const char *now)
{
    bool other = strcmp(before->holder, author->identity) != 0;
    int r = json_set_text(spec, "holderIdentity", author->identity);
    if (r == 0)
        r = json_set_text(spec, "acquireTime", now);
    return r ? r : json_set_int(spec, "leaseTransitions", before->transitions + (before->acquire_time[0] && other));
}

/* What is not changed is not written: a Lease without the annotation stays without it. */
static int write_stopped(struct json *document, const struct lease_record *before, const char *identity, bool stopped)
{
    struct lease_record after = *before;
    struct json *metadata = NULL, *annotations = NULL;
    lease_stopped_set(&after, identity, stopped);
    if (strcmp(after.stopped, before->stopped) == 0)
        return 0;
    int r = json_object_at(document, "metadata", &metadata);
    if (r == 0)
        r = json_object_at(metadata, "annotations", &annotations);
    if (r < 0)
        return r;
    if (after.stopped[0])
        return json_set_text(annotations, LEASE_STOPPED_ANNOTATION, after.stopped);
    json_delete(annotations, LEASE_STOPPED_ANNOTATION);
    return 0;
}

static int write_release(struct json *spec, const char *now)
{
    json_delete(spec, "holderIdentity");
    int r = json_set_int(spec, "leaseDurationSeconds", RELEASED_SECONDS);
    return r ? r : json_set_text(spec, "acquireTime", now);
}

static int write_spec(struct json *document, enum lease_change change, const struct lease_record *before,
                      const struct lease_author *author, const char *now)
{
    struct json *spec = NULL;
    bool holds = change == LEASE_TAKE || change == LEASE_RENEW;
    int r = json_object_at(document, "spec", &spec);
    if (r == 0)
        r = json_set_text(spec, "renewTime", now);
    if (r == 0 && holds)
        r = json_set_int(spec, "leaseDurationSeconds", (author->duration_ms + 999) / 1000);
    if (r == 0 && change == LEASE_TAKE)
        r = write_holder(spec, before, author, now);
    if (r == 0 && !holds)
        r = write_release(spec, now);
    return r;
}

/* One that only says that it stopped changes nothing that others count by. */
int lease_write(struct json *document, enum lease_change change, const struct lease_author *author, int64_t wall_ms)
{
    struct lease_record before;
    char now[LEASE_TIME_SIZE];
    bool stopped = change == LEASE_RELEASE_STOPPED || change == LEASE_SAY_STOPPED;
    lease_read(document, &before);
    format_time(wall_ms, now);
    int r = json_get(document, "metadata") ? 0 : write_new(document, author);
    if (r == 0 && change != LEASE_SAY_STOPPED)
        r = write_spec(document, change, &before, author, now);
    if (r == 0 && (stopped || change == LEASE_TAKE))
        r = write_stopped(document, &before, author->identity, stopped);
    return r;
}
