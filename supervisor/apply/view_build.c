/* Building of a view. Reads the store and the observer; decoding errors become reasons of what they belong to. */
#include "supervisor/apply/view_build.h"

#include "supervisor/apply/view_collect.h"
#include "supervisor/split/names.h"
#include "supervisor/target/local_shared.h"

#define LIST_BYTES_MAX 300

static const struct json *lookup(void *context, const struct resource_key *key) { return store_get(context, key); }

static int resolve_service(struct view_build *build, const struct json *document)
{
    struct target_view *view = build->view;
    struct local_service service;
    struct input_view *input = view_add_input(build, KIND_LOCAL_SERVICE, document);
    const struct environment_source source = {view->key.namespace, lookup, build->source->store, false};
    int r = local_service_decode(document, build->arena, &service, &input->report, &view->refused);
    if (r == 0)
        r = workload_resolve(service.containers, service.container_count, &source, build->arena, &view->workload,
                             &view->refused);
    if (r == 0)
        r = local_files_judge(build->source->store, &view->key, &service, &view->refused);
    input->refused = view->refused;
    return r;
}

/* People's own, whose status is not ours to write: what is wrong with it is said by the sessions. */
static int resolve_workload(struct view_build *build, const struct json *document)
{
    struct target_view *view = build->view;
    struct cluster_workload workload;
    const struct environment_source source = {view->key.namespace, lookup, build->source->store, true};
    int r = cluster_workload_decode(document, build->arena, &workload, &view->refused);
    return r ? r
             : workload_resolve(workload.containers, workload.container_count, &source, build->arena, &view->workload,
                                &view->refused);
}

static void doubt_target(struct target_view *view)
{
    char text[RESOURCE_KEY_TEXT_SIZE];
    resource_key_text(&view->key, text);
    reason_set(&view->doubt, REASON_TARGET_NOT_READ, 0, "%s has not been read yet", text);
}

/* Workloads of a cluster are followed only while somebody splits them. */
static bool is_unobserved(const struct view_build *build)
{
    return build->source->home == TARGETS_CLUSTER && build->view->session_count == 0 && build->view->split_count == 0;
}

static int lookup_target(struct view_build *build)
{
    struct target_view *view = build->view;
    const struct json *document = store_get(build->source->store, &view->key);
    const struct reason *doubt = store_inputs_doubt(build->source->store);
    const struct target_effects *targets = &build->source->effects->targets;
    view->unobserved = is_unobserved(build);
    view->uid = "";
    targets->observe(targets->context, &view->key, view->session_count + view->split_count > 0, &view->observed);
    if (view->unobserved)
        return 0;
    view->exists = document != NULL;
    if (doubt)
        view->doubt = *doubt;
    view->uid = document ? json_text(json_path(document, "metadata", "uid", NULL)) : "";
    if (!document) {
        view->uid = view->observed.held ? view->observed.uid : "";
        if (view->observed.unread)
            doubt_target(view);
        return 0;
    }
    int r =
        view->key.kind == KIND_LOCAL_SERVICE ? resolve_service(build, document) : resolve_workload(build, document);
    return r < 0 ? r : 0;
}

static void refuse_several(struct view_build *build)
{
    struct target_view *view = build->view;
    struct buf names CLEANUP(buf_deinit) = BUF_INIT(LIST_BYTES_MAX);
    int r = 0;
    for (size_t i = 0; r == 0 && i < view->input_count; i++)
        if (view->inputs[i].kind == KIND_KAFKA_TOPICS_CONSUMER)
            r = buf_printf(&names, "%s%s", names.len ? ", " : "",
                           json_text(json_path(view->inputs[i].document, "metadata", "name", NULL)));
    /* A list that is too long ends where it is cut. */
    reason_set(&view->consumer_error, REASON_FIELD_INVALID, 0,
               "spec.consumerName: %zu resources MirrordKafkaTopicsConsumer name this target, and one is allowed: %s",
               build->consumer_count, names.len ? names.data : "");
}

static int lookup_consumer(struct view_build *build)
{
    struct target_view *view = build->view;
    struct kafka_topics_consumer *consumer = NULL;
    void *memory = NULL;
    view->consumer_hash = "";
    if (!build->consumer)
        return 0;
    int r = arena_alloc(build->arena, sizeof *consumer, &memory);
    consumer = memory;
    if (r == 0)
        r = kafka_topics_consumer_decode(build->consumer, &build->source->settings->split, build->arena, consumer,
                                         &build->consumer_input->report, &view->consumer_error);
    if (r >= 0 && build->consumer_count > 1)
        refuse_several(build);
    if (r == 0) {
        view->consumer = consumer;
        r = view_hash(build, build->consumer, &view->consumer_hash);
    }
    return r < 0 ? r : 0;
}

static int resolve_properties(struct view_build *build, const char *config, struct client_properties *ret,
                              struct reason *error)
{
    int r = client_config_resolve(build->source->operator_namespace, config,
                                  build->source->settings->secret_namespace_list, lookup, build->source->store,
                                  build->arena, ret, error);
    return r < 0 ? r : 0;
}

/* Resolved already for another queue or split? Many use one config. */
static bool find_properties(const struct target_view *view, size_t queues, size_t splits, const char *config,
                            struct client_properties *ret, struct reason *error)
{
    for (size_t i = 0; i < queues; i++)
        if (view->queues[i].resolved.type == QUEUE_TYPE_KAFKA && view->queues[i].resolved.error.code == REASON_NONE &&
            strcmp(view->queues[i].resolved.client_config, config) == 0) {
            *ret = view->queues[i].properties;
            *error = view->queues[i].error;
            return true;
        }
    for (size_t i = 0; i < splits; i++)
        if (view->splits[i].record.original.type == QUEUE_TYPE_KAFKA &&
            strcmp(view->splits[i].record.client_config, config) == 0) {
            *ret = view->splits[i].properties;
            *error = view->splits[i].properties_error;
            return true;
        }
    return false;
}

static int observe_worker(struct view_build *build, const char *worker, struct worker_view *ret)
{
    const struct worker_effects *workers = &build->source->effects->workers;
    return workers->observe(workers->context, worker, build->arena, ret);
}

/* What leads to the broker, as far as it is known before one answers. */
static int name_probe(struct view_build *build, const struct queue_resolved *resolved, const char **ret)
{
    struct original asked = {resolved->type, resolved->client_config, resolved->name, resolved->group};
    int r = resolved->type == QUEUE_TYPE_SQS
                ? arena_printf(build->arena, &asked.cluster, "%s/%s", resolved->account, resolved->region)
                : 0;
    return r ? r : probe_name(build->arena, build->view->uid, &asked, ret);
}

static int fill_queue(struct view_build *build, const struct queue_resolved *resolved, size_t index)
{
    struct queue_view *queue = &build->view->queues[index];
    int r = 0;
    queue->resolved = *resolved;
    queue->probe = "";
    if (resolved->error.code != REASON_NONE)
        return 0;
    if (resolved->type == QUEUE_TYPE_KAFKA) {
        queue->resolved.resource_hash = build->view->consumer_hash;
        if (!find_properties(build->view, index, 0, resolved->client_config, &queue->properties, &queue->error))
            r = resolve_properties(build, resolved->client_config, &queue->properties, &queue->error);
    }
    if (r == 0)
        r = name_probe(build, resolved, &queue->probe);
    return r ? r : observe_worker(build, queue->probe, &queue->probing);
}

struct resolved_list {
    struct queue_resolved *queues;
    size_t count;
};

/* The consumer's first, then those of each registry. */
static int resolve_all(struct view_build *build, struct resolved_list *lists)
{
    struct target_view *view = build->view;
    int r = 0;
    if (view->consumer) {
        r = queues_resolve(view->consumer, &view->workload, build->arena, &lists[0].queues);
        lists[0].count = view->consumer->topic_count;
    }
    for (size_t i = 0; r == 0 && i < view->registry_count && view->settings->sqs_splitting; i++)
        r = registry_resolve(&view->registries[i], view->registry_hashes[i], &view->workload, build->arena,
                             &lists[i + 1].queues, &lists[i + 1].count);
    return r;
}

static int fill_queues(struct view_build *build)
{
    struct target_view *view = build->view;
    void *memory = NULL, *lists_memory = NULL;
    size_t count = 0;
    if (view->refused.code != REASON_NONE || !view->exists)
        return 0;
    int r = arena_alloc_array(build->arena, view->registry_count + 1, sizeof(struct resolved_list), &lists_memory);
    struct resolved_list *lists = lists_memory;
    if (r == 0)
        r = resolve_all(build, lists);
    for (size_t i = 0; r == 0 && i <= view->registry_count; i++)
        count += lists[i].count;
    if (r == 0)
        r = arena_alloc_array(build->arena, count + 1, sizeof(struct queue_view), &memory);
    view->queues = memory;
    for (size_t i = 0; r == 0 && i <= view->registry_count; i++)
        for (size_t j = 0; r == 0 && j < lists[i].count; j++)
            r = fill_queue(build, &lists[i].queues[j], view->queue_count++);
    return r;
}

static int fill_formers(struct view_build *build, struct split_view *split)
{
    const struct pod_effects *pods = &build->source->effects->pods;
    struct former_worker *formers = NULL;
    split->pod = pods->self ? pods->self : "";
    int r = formers_read(json_get(split->record.document, "status"), split->pod, build->arena, &formers,
                         &split->former_count);
    for (size_t i = 0; r == 0 && i < split->former_count; i++)
        formers[i].gone = pods->gone(pods->context, formers[i].pod);
    split->formers = formers;
    return r;
}

static int fill_splits(struct view_build *build)
{
    int r = 0;
    for (size_t i = 0; r == 0 && i < build->view->split_count; i++) {
        struct split_view *split = &build->view->splits[i];
        const char *config = split->record.client_config;
        if (split->record.original.type == QUEUE_TYPE_KAFKA &&
            !find_properties(build->view, build->view->queue_count, i, config, &split->properties,
                             &split->properties_error))
            r = resolve_properties(build, config, &split->properties, &split->properties_error);
        if (r == 0)
            r = observe_worker(build, split->record.key.name, &split->worker);
        if (r == 0)
            r = fill_formers(build, split);
    }
    return r;
}

static int compare_sessions(const void *a, const void *b)
{
    const struct split_session *left = &((const struct session_view *)a)->session;
    const struct split_session *right = &((const struct session_view *)b)->session;
    if (left->created_ms != right->created_ms)
        return left->created_ms < right->created_ms ? -1 : 1;
    return strcmp(left->uid, right->uid);
}

int view_build(const struct view_source *source, const struct resource_key *target, struct mono now, int64_t wall_ms,
               uint64_t random, struct arena *arena, struct target_view *ret)
{
    struct view_build build = {.source = source, .arena = arena, .view = ret};
    *ret = (struct target_view){.now = now,
                                .wall_ms = wall_ms,
                                .lag_ms = source->lag_ms,
                                .patient_until = source->patient_until ? *source->patient_until : (struct mono){0},
                                .random = random,
                                .settings = source->settings,
                                .key = *target};
    int r = view_collect(&build);
    if (r == 0)
        r = lookup_target(&build);
    if (r == 0)
        r = lookup_consumer(&build);
    if (r == 0)
        r = fill_queues(&build);
    if (r == 0)
        r = fill_splits(&build);
    if (r == 0 && ret->session_count > 1)
        qsort(ret->sessions, ret->session_count, sizeof *ret->sessions, compare_sessions);
    return r;
}
