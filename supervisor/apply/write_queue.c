/* See write_queue.h. */
#include "supervisor/apply/write_queue.h"

#include <stdlib.h>
#include <uthash.h>
#include <utlist.h>

#include "common/base/log.h"

#define COMPONENT "supervisor.write"

struct write {
    struct write_order order;
    struct json *body; /* owned */
    struct write *next, *prev;
};

struct write_queue {
    char text[RESOURCE_KEY_TEXT_SIZE]; /* key of the hash */
    struct resource_key target;
    struct write_queues *queues;
    struct write *writes; /* the first is on its way, or is to be sent */
    size_t count;
    struct kube_call *call;
    struct loop_timer *timer; /* sends the first once the plan is queued */
    UT_hash_handle hh;
};

static void write_free(struct write *write)
{
    if (!write)
        return;
    json_free(write->body);
    free(write);
}
DEFINE_CLEANUP(struct write, write)

static void drop_writes(struct write_queue *queue)
{
    struct write *write, *next;
    DL_FOREACH_SAFE(queue->writes, write, next)
    {
        DL_DELETE(queue->writes, write);
        write_free(write);
    }
    queue->count = 0;
}

static void queue_free(struct write_queue *queue)
{
    kube_call_cancel(queue->call);
    drop_writes(queue);
    loop_timer_free(queue->timer);
    HASH_DEL(queue->queues->first, queue);
    free(queue);
}

static struct write_queue *queue_find(const struct write_queues *queues, const struct resource_key *target)
{
    char text[RESOURCE_KEY_TEXT_SIZE];
    struct write_queue *queue = NULL;
    resource_key_text(target, text);
    HASH_FIND_STR(queues->first, text, queue);
    return queue;
}

/* Whoever looks at the target now sees what was written. */
static void end(struct write_queue *queue, enum written written)
{
    const struct document_writer_config *config = queue->queues->config;
    const struct resource_key target = queue->target;
    queue_free(queue);
    config->on_written(config->context, &target, written);
}

static void tell_failed(const struct write *write, const struct kube_answer *answer)
{
    char text[RESOURCE_KEY_TEXT_SIZE];
    resource_key_text(&write->order.key, text);
    log_error(COMPONENT, "a document cannot be written; its target is planned again", LF_STR("document", text),
              LF_STR("method", write->order.method), LF_INT("status", answer->status), LF_REASON(&answer->why));
}

/* What the watch told of while the answer was on its way counts: an object that is gone does not come back. */
static bool is_gone(const struct write_queue *queue, const struct write *write, const struct json *body)
{
    const struct json *metadata = json_get(body, "metadata");
    bool deleted = json_get(metadata, "deletionTimestamp") && json_count(json_get(metadata, "finalizers")) == 0;
    bool created = strcmp(write->order.method, "POST") == 0;
    bool status = strcmp(json_text(json_get(body, "kind")), "Status") == 0; /* of a deletion */
    return deleted || status || (!created && !store_get(queue->queues->config->store, &write->order.key));
}

/* The answer to a write is the document as it is now. */
static void mirror(struct write_queue *queue, const struct write *write, const struct json *body)
{
    struct store *store = queue->queues->config->store;
    struct json *copy = NULL;
    int r = is_gone(queue, write, body) ? 0 : json_dup(body, &copy);
    if (r == 0)
        r = copy ? store_mirror_put(store, copy) : store_mirror_remove(store, &write->order.key);
    if (r != 0)
        log_error(COMPONENT, "an answer is not understood; the watch tells the same later", LF_INT("result", r));
}

/* 404: it is gone, which ends what was wanted of it; 409: it is there already, or newer. Both are told by the watch. */
static enum written judge(const struct kube_answer *answer)
{
    if (kube_answer_ok(answer))
        return WRITTEN_ALL;
    return answer->error == 0 && (answer->status == 404 || answer->status == 409) ? WRITTEN_STALE : WRITTEN_FAILED;
}

static void send_first(struct write_queue *queue);

static void on_done(void *context, const struct kube_answer *answer)
{
    struct write_queue *queue = context;
    struct write *write CLEANUP(write_freep) = queue->writes;
    enum written written = judge(answer);
    queue->call = NULL;
    DL_DELETE(queue->writes, write);
    queue->count--;
    if (written == WRITTEN_ALL)
        mirror(queue, write, answer->body);
    if (written == WRITTEN_FAILED)
        tell_failed(write, answer);
    if (written == WRITTEN_ALL && queue->writes)
        send_first(queue);
    else
        end(queue, written);
}

static int try_send(struct write_queue *queue)
{
    struct buf path CLEANUP(buf_deinit) = BUF_INIT(KUBE_PATH_BYTES_MAX);
    const struct write *write = queue->writes;
    const struct kube_path parts = {.resource = kube_resource_of(write->order.key.kind),
                                    .namespace = write->order.key.namespace,
                                    .name = strcmp(write->order.method, "POST") == 0 ? NULL : write->order.key.name,
                                    .subresource = write->order.status ? "status" : NULL};
    int r = kube_path_build(&parts, &path);
    const struct kube_call_spec spec = {.method = write->order.method,
                                        .path = path.data,
                                        .body = write->body,
                                        .retry_ms = -1, /* a plan is made again instead */
                                        .done = on_done,
                                        .context = queue};
    return r == 0 ? kube_client_call(queue->queues->config->client, &spec, &queue->call) : r;
}

static void send_first(struct write_queue *queue)
{
    const struct document_writer_config *config = queue->queues->config;
    bool allowed = config->may_write(config->context);
    int r = allowed ? try_send(queue) : 0;
    if (!allowed) {
        end(queue, WRITTEN_STALE);
        return;
    }
    if (r == 0)
        return;
    log_error(COMPONENT, "a write cannot be sent; its target is planned again", LF_ERR(r));
    end(queue, WRITTEN_FAILED);
}

static void on_timer(void *context) { send_first(context); }

static int queue_get(struct write_queues *queues, const struct resource_key *target, struct write_queue **ret)
{
    struct write_queue *queue = queue_find(queues, target);
    if (queue) {
        *ret = queue;
        return 0;
    }
    queue = calloc(1, sizeof *queue);
    if (!queue)
        return -ENOMEM;
    int r = loop_timer_new(kube_client_loop(queues->config->client), on_timer, queue, &queue->timer);
    if (r < 0) {
        free(queue);
        return r;
    }
    queue->target = *target;
    queue->queues = queues;
    resource_key_text(target, queue->text);
    HASH_ADD_STR(queues->first, text, queue);
    *ret = queue;
    return 0;
}

int write_queue_append(struct write_queues *queues, const struct resource_key *target,
                       const struct write_order *order, struct json *body_take)
{
    struct json *body CLEANUP(json_freep) = body_take;
    struct write *write CLEANUP(write_freep) = calloc(1, sizeof *write);
    struct write_queue *queue = NULL;
    if (!write)
        return -ENOMEM;
    int r = queue_get(queues, target, &queue);
    if (r == 0 && queue->count >= DOCUMENT_WRITES_MAX)
        r = -EAGAIN;
    if (r < 0)
        return r;
    *write = (struct write){.order = *order, .body = TAKE(body)};
    DL_APPEND(queue->writes, write);
    queue->count++;
    write = NULL;
    if (!queue->call)
        loop_timer_start(queue->timer, 0);
    return 0;
}

bool write_queue_is_there(const struct write_queues *queues, const struct resource_key *target)
{
    return queue_find(queues, target) != NULL;
}

void write_queues_deinit(struct write_queues *queues)
{
    struct write_queue *queue, *next;
    HASH_ITER (hh, queues->first, queue, next)
        queue_free(queue);
}
