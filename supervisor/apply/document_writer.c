/* See document_writer.h: effects become writes of the target that they speak of. */
#include "supervisor/apply/document_writer.h"

#include <stdlib.h>

#include "supervisor/apply/write_queue.h"

struct document_writer {
    struct document_writer_config config;
    struct write_queues queues;
};

/* Takes body, also on failure. about: the document that says which target is meant. */
static int add(struct document_writer *writer, const struct write_order *order, const struct json *about,
               struct json *body_take)
{
    struct resource_key target;
    if (target_of_document(TARGETS_CLUSTER, about, &order->key, &target) != 0)
        target = order->key; /* what belongs to no target, as a client config, is in order by itself */
    return write_queue_append(&writer->queues, &target, order, body_take);
}

static int add_document(struct document_writer *writer, const char *method, bool status, struct json *document_take)
{
    struct json *document CLEANUP(json_freep) = document_take;
    struct write_order order = {.method = method, .status = status};
    const char *text = NULL;
    if (resource_key_of(document, "default", &order.key, &text))
        return -EINVAL;
    const struct json *about = document;
    return add(writer, &order, about, TAKE(document));
}

static int create(void *context, struct json *document_take)
{
    return add_document(context, "POST", false, document_take);
}

static int update(void *context, struct json *document_take)
{
    return add_document(context, "PUT", false, document_take);
}

static int write_status(void *context, struct json *document_take)
{
    return add_document(context, "PUT", true, document_take);
}

/* Of the object that was looked at, not of one that took its name meanwhile. */
static int delete_options(const struct json *document, struct json **ret)
{
    struct json *options CLEANUP(json_freep) = json_new_object(), *preconditions = NULL;
    const char *uid = json_text(json_path(document, "metadata", "uid", NULL));
    int r = options ? json_object_at(options, "preconditions", &preconditions) : -ENOMEM;
    if (r == 0)
        r = json_set_text(preconditions, "uid", uid);
    if (r == 0)
        *ret = TAKE(options);
    return r;
}

static int remove_document(void *context, const struct resource_key *key)
{
    struct document_writer *writer = context;
    const struct json *document = store_get(writer->config.store, key);
    struct json *options = NULL;
    if (!document)
        return 0;
    int r = delete_options(document, &options);
    const struct write_order order = {.method = "DELETE", .key = *key};
    return r < 0 ? r : add(writer, &order, document, options);
}

int document_writer_new(const struct document_writer_config *config, struct document_writer **ret)
{
    struct document_writer *writer = calloc(1, sizeof *writer);
    if (!writer)
        return -ENOMEM;
    writer->config = *config;
    writer->queues.config = &writer->config;
    *ret = writer;
    return 0;
}

void document_writer_free(struct document_writer *writer)
{
    if (!writer)
        return;
    write_queues_deinit(&writer->queues);
    free(writer);
}

struct document_effects document_writer_effects(struct document_writer *writer)
{
    return (struct document_effects){writer, create, update, write_status, remove_document};
}

bool document_writer_busy(const struct document_writer *writer, const struct resource_key *target)
{
    return write_queue_is_there(&writer->queues, target);
}

bool document_writer_is_idle(const struct document_writer *writer) { return !writer->queues.first; }
