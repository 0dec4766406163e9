/* A watch's life: which step comes next and when, and what is told of its health. */
#include "common/kube/watch_internal.h"

#include "common/loop/pause.h"
#include <stdlib.h>
#include <string.h>

int watch_text_set(char **slot, struct str text)
{
    char *copy = NULL;
    int r = str_dup(text, &copy);
    if (r < 0)
        return r;
    free(*slot);
    *slot = copy;
    return 0;
}

int watch_query(const struct kube_watch *watch, struct buf *query)
{
    int r = kube_query_add(query, "labelSelector", watch->label_selector);
    return r == 0 ? kube_query_add(query, "fieldSelector", watch->field_selector) : r;
}

void watch_tell_health(struct kube_watch *watch, const struct reason *why)
{
    if (watch->told && watch->healthy == !why)
        return;
    watch->told = true;
    watch->healthy = !why;
    watch->handlers.health(watch->handlers.context, why);
}

void watch_step_soon(struct kube_watch *watch) { loop_timer_start(watch->timer, 0); }

void watch_step_later(struct kube_watch *watch, int64_t retry_after_ms)
{
    const struct backoff backoff = {KUBE_WATCH_RETRY_MS, watch->retry_max_ms};
    int64_t delay_ms = pause_next_ms(&backoff, &watch->failures);
    if (watch->relist)
        free(TAKE(watch->page));
    loop_timer_start(watch->timer, delay_ms > retry_after_ms ? delay_ms : retry_after_ms);
}

static void step(void *context)
{
    struct kube_watch *watch = context;
    kube_call_cancel(TAKE(watch->call));
    int r = watch->relist ? watch_list(watch) : watch_stream(watch);
    if (r < 0)
        watch_step_later(watch, 0);
}

static int texts_set(struct kube_watch *watch, const struct kube_watch_spec *spec)
{
    CLEANUP(buf_deinit) struct buf name = BUF_INIT(KUBE_PATH_BYTES_MAX);
    int r = spec->namespace ? watch_text_set(&watch->namespace, str_of(spec->namespace)) : 0;
    if (r == 0 && spec->label_selector)
        r = watch_text_set(&watch->label_selector, str_of(spec->label_selector));
    if (r == 0 && spec->name)
        r = buf_printf(&name, "metadata.name=%s", spec->name);
    if (r == 0 && (spec->name || spec->field_selector))
        r = watch_text_set(&watch->field_selector, spec->name ? buf_str(&name) : str_of(spec->field_selector));
    return r;
}

int kube_watch_new(struct kube_client *client, const struct kube_watch_spec *spec,
                   const struct kube_watch_handlers *handlers, struct kube_watch **ret)
{
    CLEANUP(kube_watch_freep) struct kube_watch *watch = calloc(1, sizeof *watch);
    if (!watch)
        return -ENOMEM;
    *watch =
        (struct kube_watch){.client = client,
                            .resource = spec->resource,
                            .event_bytes_max = spec->event_bytes_max ? spec->event_bytes_max : KUBE_EVENT_BYTES_MAX,
                            .objects_max = spec->objects_max ? spec->objects_max : KUBE_WATCH_OBJECTS_MAX,
                            .retry_max_ms = spec->retry_max_ms ? spec->retry_max_ms : KUBE_WATCH_RETRY_MAX_MS,
                            .grace_ms = spec->grace_ms ? spec->grace_ms : KUBE_WATCH_GRACE_MS,
                            .seconds = spec->seconds,
                            .handlers = *handlers,
                            .relist = true};
    watch->line = BUF_INIT(watch->event_bytes_max);
    int r = texts_set(watch, spec);
    if (r == 0)
        r = loop_timer_new(kube_client_loop(client), step, watch, &watch->timer);
    if (r < 0)
        return r;
    watch_step_soon(watch);
    *ret = TAKE(watch);
    return 0;
}

void kube_watch_free(struct kube_watch *watch)
{
    if (!watch)
        return;
    kube_call_cancel(watch->call);
    loop_timer_free(watch->timer);
    watch_keys_deinit(watch);
    buf_deinit(&watch->line);
    free(watch->namespace);
    free(watch->label_selector);
    free(watch->field_selector);
    free(watch->version);
    free(watch->page);
    free(watch);
}
