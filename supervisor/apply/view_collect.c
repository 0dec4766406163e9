/* Collecting of the documents of one target, and of what others have that it must not touch: each twice (count, then fill). Fails only
 * for memory. */
#include "supervisor/apply/view_collect.h"

#include "common/base/mono.h"
#include "common/base/secret.h"
#include "supervisor/split/registry_judge.h"

static bool is_of_another(const struct view_build *build, const struct resource_key *key, const struct json *document,
                          struct resource_key *ret_target)
{
    return target_of_document(build->source->home, document, key, ret_target) != 0 ||
           !resource_key_equal(ret_target, &build->view->key);
}

struct counts {
    size_t sessions, splits, registries, consumers, topics, others, neighbours, sqs_sessions;
};

static void count(void *context, const struct resource_key *key, const struct json *document)
{
    struct counts *counts = context;
    counts->sessions += key->kind == KIND_SPLIT_SESSION;
    counts->splits += key->kind == KIND_QUEUE_SPLIT;
    counts->registries += key->kind == KIND_WORKLOAD_QUEUE_REGISTRY;
    counts->consumers += key->kind == KIND_KAFKA_TOPICS_CONSUMER;
    counts->sqs_sessions += key->kind == KIND_SQS_SESSION;
    if (key->kind == KIND_KAFKA_TOPICS_CONSUMER)
        counts->topics += json_count(json_path(document, "spec", "topics", NULL));
    if (key->kind == KIND_WORKLOAD_QUEUE_REGISTRY)
        /* How many its ids stand for is not known yet. */
        counts->topics += REGISTRY_QUEUES_MAX + json_count(json_path(document, "spec", "queues", NULL));
}

/* Splits of every target, and sessions of the namespace, which are counted with those of their user. */
static void count_other(void *context, const struct resource_key *key, const struct json *document)
{
    struct counts *counts = context;
    (void)document;
    counts->others += key->kind == KIND_QUEUE_SPLIT;
    counts->neighbours += key->kind == KIND_SPLIT_SESSION;
}

static int64_t created_of(const struct json *document)
{
    int64_t created_ms = 0;
    const char *text = json_text(json_path(document, "metadata", "creationTimestamp", NULL));
    return wall_parse(text, &created_ms) == 0 ? created_ms : 0;
}

static void add_neighbour(struct view_build *build, const struct json *document)
{
    build->other_sessions[build->view->other_session_count++] =
        (struct other_session){.user = json_text(json_path(document, "spec", "owner", "username", NULL)),
                               .phase = json_text(json_path(document, "status", "phase", NULL)),
                               .created_ms = created_of(document),
                               .uid = json_text(json_path(document, "metadata", "uid", NULL))};
}

/* Shown as refused: only what its status needs is filled. */
static void fill_refused(const struct resource_key *key, const struct json *document, struct split_session *session)
{
    const struct json *metadata = json_get(document, "metadata"), *status = json_get(document, "status");
    *session = (struct split_session){.key = *key,
                                      .uid = json_text(json_get(metadata, "uid")),
                                      .phase = json_text(json_get(status, "phase")),
                                      .renewed = "",
                                      .end_reason = json_text(json_get(status, "endReason")),
                                      .owner_username = "",
                                      .session_key = "",
                                      .created_ms = created_of(document)};
    if (wall_parse(json_text(json_get(status, "endedAt")), &session->ended_ms) != 0)
        session->ended_ms = 0;
}

static int add_session(struct view_build *build, const struct resource_key *key, const struct json *document)
{
    struct session_view *view = &build->view->sessions[build->view->session_count];
    int r = split_session_decode(document, build->arena, &view->session, &view->refused);
    if (r < 0)
        return r;
    if (r > 0)
        fill_refused(key, document, &view->session);
    struct resource_key sqs = *key;
    sqs.kind = KIND_SQS_SESSION;
    view->document = document;
    view->sqs_name_taken = store_get(build->source->store, &sqs) != NULL;
    build->view->session_count++;
    return 0;
}

static int add_split(struct view_build *build, const struct resource_key *key, const struct json *document)
{
    struct reason why = {.code = REASON_NONE};
    struct split_view *view = &build->view->splits[build->view->split_count];
    int r = split_record_decode(document, build->arena, &view->record, &why);
    if (r == 0)
        build->view->split_count++;
    /* Nothing of the target may be touched without knowing all that was made for it. */
    if (r > 0)
        reason_set(&build->view->record_error, why.code, 0, "QueueSplit %.100s cannot be read: %.300s", key->name,
                   why.text);
    return r < 0 ? r : 0;
}

static const char *owner_uid_of(const struct json *document)
{
    const struct json *owners = json_path(document, "metadata", "ownerReferences", NULL);
    for (size_t i = 0; i < json_count(owners); i++)
        if (strcmp(json_text(json_get(json_at(owners, i), "kind")), kind_row(KIND_SPLIT_SESSION)->name) == 0)
            return json_text(json_get(json_at(owners, i), "uid"));
    return "";
}

static void add_sqs_session(struct view_build *build, const struct resource_key *key, const struct json *document)
{
    build->sqs_sessions[build->view->sqs_session_count++] = (struct sqs_session_view){
        *key, document, json_text(json_path(document, "metadata", "uid", NULL)), owner_uid_of(document)};
}

static void add_other(struct view_build *build, const struct resource_key *target, const struct json *document)
{
    const struct json *queue = json_path(document, "spec", "queue", NULL);
    struct original_in_use *others = build->others;
    others[build->view->other_count++] =
        (struct original_in_use){.original = {.type = queue_type_from_name(json_text(json_get(queue, "type"))),
                                              .cluster = json_text(json_get(queue, "cluster")),
                                              .name = json_text(json_get(queue, "name")),
                                              .group = json_text(json_get(queue, "group"))},
                                 .target = *target};
}

struct input_view *view_add_input(struct view_build *build, enum kind kind, const struct json *document)
{
    struct input_view *input = &build->inputs[build->view->input_count++];
    *input = (struct input_view){.kind = kind, .document = document};
    return input;
}

int view_hash(struct view_build *build, const struct json *document, const char **ret)
{
    struct buf text CLEANUP(buf_deinit) = BUF_INIT(2u << 20);
    char hash[SHA256_TEXT_SIZE];
    int r = json_write(json_get(document, "spec"), JSON_COMPACT, &text);
    if (r == 0 && json_path(document, "metadata", "annotations", NULL))
        r = json_write(json_path(document, "metadata", "annotations", NULL), JSON_COMPACT, &text);
    if (r < 0)
        return r;
    sha256_hex(buf_str(&text), hash);
    return arena_str(build->arena, (struct str){hash, 16}, ret);
}

static int add_registry(struct view_build *build, const struct json *document)
{
    struct input_view *input = view_add_input(build, KIND_WORKLOAD_QUEUE_REGISTRY, document);
    struct queue_registry *registry = &build->registries[build->view->registry_count];
    int r = queue_registry_decode(document, &build->source->settings->sqs_split, build->arena, registry,
                                  &input->report, &input->refused);
    input->registry = r == 0 ? registry : NULL;
    if (r)
        return r < 0 ? r : 0;
    return view_hash(build, document, &build->view->registry_hashes[build->view->registry_count++]);
}

static void add_consumer(struct view_build *build, const struct json *document)
{
    struct input_view *input = view_add_input(build, KIND_KAFKA_TOPICS_CONSUMER, document);
    if (build->consumer_count++ > 0)
        return;
    build->consumer = document;
    build->consumer_input = input;
}

static void fill(void *context, const struct resource_key *key, const struct json *document)
{
    struct view_build *build = context;
    if (build->result < 0)
        return;
    if (key->kind == KIND_SPLIT_SESSION)
        build->result = add_session(build, key, document);
    else if (key->kind == KIND_QUEUE_SPLIT)
        build->result = add_split(build, key, document);
    else if (key->kind == KIND_WORKLOAD_QUEUE_REGISTRY)
        build->result = add_registry(build, document);
    else if (key->kind == KIND_KAFKA_TOPICS_CONSUMER)
        add_consumer(build, document);
    else if (key->kind == KIND_SQS_SESSION)
        add_sqs_session(build, key, document);
}

static void fill_other(void *context, const struct resource_key *key, const struct json *document)
{
    struct view_build *build = context;
    struct resource_key target = {.kind = KIND_NONE};
    if (!is_of_another(build, key, document, &target))
        return;
    if (key->kind == KIND_QUEUE_SPLIT)
        add_other(build, &target, document);
    else
        add_neighbour(build, document);
}

/* It may belong to any target of its namespace, so none of them may be touched. */
static void look_for_nobodys(void *context, const struct resource_key *key, const struct json *document)
{
    struct view_build *build = context;
    struct resource_key target;
    if (target_of_document(build->source->home, document, key, &target) != 0)
        reason_set(&build->view->record_error, REASON_FIELD_MISSING, 0,
                   "QueueSplit %.100s cannot be read: spec.target.name: missing", key->name);
}

int view_collect(struct view_build *build)
{
    const struct resource_key *target = &build->view->key;
    struct store *store = build->source->store;
    struct counts counts = {.sessions = 0};
    void *sessions = NULL, *splits = NULL, *registries = NULL, *others = NULL, *inputs = NULL, *neighbours = NULL,
         *hashes = NULL, *sqs_sessions = NULL;
    store_each_of(store, target, count, &counts);
    store_each(store, KIND_QUEUE_SPLIT, NULL, count_other, &counts);
    store_each(store, KIND_SPLIT_SESSION, target->namespace, count_other, &counts);
    int r = arena_alloc_array(build->arena, counts.sessions + 1, sizeof(struct session_view), &sessions);
    if (r == 0)
        r = arena_alloc_array(build->arena, counts.splits + 1, sizeof(struct split_view), &splits);
    if (r == 0)
        r = arena_alloc_array(build->arena, counts.registries + 1, sizeof(struct queue_registry), &registries);
    if (r == 0)
        r = arena_alloc_array(build->arena, counts.registries + 1, sizeof(const char *), &hashes);
    if (r == 0)
        r = arena_alloc_array(build->arena, counts.others + 1, sizeof(struct original_in_use), &others);
    if (r == 0)
        r = arena_alloc_array(build->arena, counts.neighbours + 1, sizeof(struct other_session), &neighbours);
    if (r == 0)
        r = arena_alloc_array(build->arena, counts.sqs_sessions + 1, sizeof(struct sqs_session_view), &sqs_sessions);
    if (r == 0)
        r = arena_alloc_array(build->arena, counts.registries + counts.consumers + 1, sizeof(struct input_view),
                              &inputs);
    if (r < 0)
        return r;
    build->view->inputs = build->inputs = inputs;
    build->view->sessions = sessions;
    build->view->sqs_sessions = build->sqs_sessions = sqs_sessions;
    build->view->splits = splits;
    build->view->registries = build->registries = registries;
    build->view->registry_hashes = hashes;
    build->view->others = build->others = others;
    build->view->other_sessions = build->other_sessions = neighbours;
    store_each_of(store, target, fill, build);
    registries_judge(build->registries, build->view->registry_count);
    build->view->splits_total = counts.others;
    /* Only a queue that is to be split asks whether somebody else has it. */
    if (counts.topics > counts.splits)
        store_each(store, KIND_QUEUE_SPLIT, NULL, fill_other, build);
    store_each(store, KIND_QUEUE_SPLIT, target->namespace, look_for_nobodys, build);
    store_each(store, KIND_SPLIT_SESSION, target->namespace, fill_other, build);
    return build->result;
}
