/* See the header. Values of properties are never shown, only their names. */
#include "supervisor/apply/config_status.h"

#include "common/base/buf.h"
#include "supervisor/apply/target_of.h"
#include "supervisor/split/input_status.h"

#define ARENA_BYTES_MAX (64u << 20)
#define TEXT_BYTES_MAX 300

struct pass {
    const struct view_source *source;
    int64_t wall_ms;
    struct plan *plan;
    int result;
};

static const struct json *lookup(void *context, const struct resource_key *key) { return store_get(context, key); }

/* Properties that Sluice sets itself, or that tune another client. */
static void judge_ignored(const struct client_properties *properties, struct input_verdict *verdict)
{
    struct buf names CLEANUP(buf_deinit) = BUF_INIT(TEXT_BYTES_MAX);
    int r = 0;
    for (size_t i = 0; r == 0 && i < properties->ignored_count; i++)
        r = buf_printf(&names, "%s%s", i ? ", " : "", properties->ignored[i]);
    if (verdict->why.code == REASON_NONE && names.len) /* a list that is too long ends where it is cut */
        reason_set(&verdict->why, REASON_PROPERTY_IGNORED, 0, "without effect: %s", names.data);
}

static int judge(const struct view_source *source, const struct resource_key *key, struct input_verdict *verdict)
{
    struct arena arena CLEANUP(arena_deinit) = ARENA_INIT(ARENA_BYTES_MAX);
    struct client_properties properties;
    struct field_report report;
    if (strcmp(key->namespace, source->operator_namespace) != 0) {
        reason_set(&verdict->why, REASON_CLIENT_CONFIG_NOT_FOUND, 0,
                   "client configs are read from namespace %s alone", source->operator_namespace);
        return 0;
    }
    int r = client_config_judge(source->operator_namespace, key->name, source->settings->secret_namespace_list,
                                lookup, source->store, &arena, &properties, &report, &verdict->why);
    verdict->accepted = r == 0;
    if (r == 0) {
        input_judge_fields(&report, verdict);
        judge_ignored(&properties, verdict);
    }
    return r < 0 ? r : 0;
}

static void visit(void *context, const struct resource_key *key, const struct json *document)
{
    struct pass *pass = context;
    struct input_verdict verdict = {.accepted = false};
    if (pass->result == 0)
        pass->result = judge(pass->source, key, &verdict);
    if (pass->result == 0)
        pass->result = input_status_plan(pass->plan, document, pass->wall_ms, &verdict);
}

static void judge_homeless(enum kind kind, const struct json *document, struct input_verdict *verdict)
{
    const struct json *spec = json_get(document, "spec");
    bool consumer = kind == KIND_KAFKA_TOPICS_CONSUMER;
    const char *given = consumer ? json_text(json_get(spec, "consumerKind"))
                                 : json_text(json_path(spec, "consumer", "workloadType", NULL));
    reason_set(&verdict->why, REASON_FIELD_INVALID, 0, "%s: '%.60s' is not one of Deployment, StatefulSet, Rollout",
               consumer ? "spec.consumerKind" : "spec.consumer.workloadType", given);
}

/* No target is looked at for it, so nobody else would ever say what is wrong. */
static void visit_homeless(void *context, const struct resource_key *key, const struct json *document)
{
    struct pass *pass = context;
    struct input_verdict verdict = {.accepted = false};
    struct resource_key target;
    if (pass->result != 0 || target_of_document(pass->source->home, document, key, &target) == 0)
        return;
    judge_homeless(key->kind, document, &verdict);
    pass->result = input_status_plan(pass->plan, document, pass->wall_ms, &verdict);
}

int config_status_plan(const struct view_source *source, int64_t wall_ms, struct plan *plan)
{
    struct pass pass = {source, wall_ms, plan, 0};
    store_each(source->store, KIND_KAFKA_CLIENT_CONFIG, NULL, visit, &pass);
    store_each(source->store, KIND_KAFKA_TOPICS_CONSUMER, NULL, visit_homeless, &pass);
    store_each(source->store, KIND_WORKLOAD_QUEUE_REGISTRY, NULL, visit_homeless, &pass);
    return pass.result;
}
