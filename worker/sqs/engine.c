/* Start, table, stop, and one turn: what is known of the original, the temps' next steps, whether to receive, what is told. */
#include "worker/sqs/engine.h"

#include "common/base/log.h"
#include "worker/sqs/engine_private.h"
#include "worker/sqs/forward.h"
#include "worker/sqs/telling.h"

#include <stdlib.h>

#define TURN_MS 1000 /* between two turns when nothing has changed */

void engine_no_memory(void)
{
    struct reason why;

    (void)reason_set(&why, REASON_WORKER_CRASHED, 0, "out of memory");
    worker_die(WORKER_EXIT_MEMORY, &why);
}

void engine_wake(struct engine *engine) { loop_work_schedule(engine->work); }

struct sink *engine_fallback(struct engine *engine)
{
    const struct worker_temp *wanted = engine->table ? worker_table_fallback(engine->table) : NULL;
    struct temp *temp = wanted ? temps_find(engine, wanted->name) : NULL;

    return temp ? &temp->sink : NULL;
}

bool engine_drains(const struct engine *engine)
{
    return engine->table && (engine->table->mode == WORKER_MODE_HOLD || engine->table->mode == WORKER_MODE_RELEASE);
}

bool engine_has_let_go(const struct engine *engine)
{
    return engine->table && (!engine->sending || engine->sending->generation >= engine->table->generation);
}

bool engine_has_finished(const struct engine *engine)
{
    return !engine->source.engine || (!engine->source.run && source_is_idle(&engine->source));
}

static void end(struct engine *engine, bool clean)
{
    if (engine->stopped)
        return;
    engine->stopped = true;
    log_info("worker.sqs", "the worker has let go of the queues");
    worker_stopped(engine->runtime, clean);
}

static bool is_idle(const struct engine *engine)
{
    const struct temp *temp;

    if (engine->sending || !engine_has_finished(engine))
        return false;
    for (temp = engine->temps; temp; temp = temp->hh.next)
        if (!sink_is_idle(&temp->sink) || (temp->source.engine && !source_is_idle(&temp->source)))
            return false;
    return true;
}

static void sources_stop(struct engine *engine)
{
    struct temp *temp, *next;

    engine->source.run = false;
    HASH_ITER (hh, engine->temps, temp, next)
        temp->source.run = false;
}

static int64_t temporary_turn(struct engine *engine)
{
    if (!engine->original.known || !engine->table || engine->table->mode == WORKER_MODE_CHECK)
        return INT64_MAX;
    rights_turn(engine);
    return temps_turn(engine);
}

static int64_t turn(struct engine *engine)
{
    int64_t temps, source, back;

    original_turn(engine);
    forward_order_turn(engine);
    if (engine->table)
        forward_turn(engine);
    temps = temporary_turn(engine);
    if (engine->stopping)
        sources_stop(engine);
    source = engine->source.engine ? source_turn(&engine->source) : INT64_MAX;
    back = sink_turn(&engine->back);
    telling_turn(engine);
    if (engine->stopping && is_idle(engine))
        end(engine, true);
    source = source < back ? source : back;
    return source < temps ? source : temps;
}

static void on_turn(void *context)
{
    struct engine *engine = context;
    int64_t due_ms;

    if (engine->stopped)
        return;
    due_ms = turn(engine);
    engine->alive_at = mono_now();
    loop_timer_start(engine->timer, due_ms < TURN_MS ? due_ms : TURN_MS);
}

static int parts_make(struct engine *engine, const struct worker_spec *spec)
{
    const struct json *properties = json_get(spec->credentials, "properties");
    struct aws_credentials_spec keys = {.loop = engine->loop,
                                        .region = engine->spec.region[0] ? engine->spec.region : NULL,
                                        .role_arn = json_text(json_get(properties, "role_arn")),
                                        .external_id = json_text(json_get(properties, "external_id"))};
    struct aws_client_spec client = {
        .loop = engine->loop, .service = "sqs", .region = engine->spec.region, .endpoint = engine->spec.endpoint};
    int result;

    keys.role_arn = keys.role_arn[0] ? keys.role_arn : NULL;
    keys.external_id = keys.external_id[0] ? keys.external_id : NULL;
    result = aws_credentials_new(&keys, &engine->credentials);
    client.credentials = engine->credentials;
    if (!result)
        result = aws_client_new(&client, &engine->client);
    if (!result)
        result = route_scratch_new(&engine->scratch);
    if (!result)
        result = loop_work_new(engine->loop, on_turn, engine, &engine->work);
    if (!result)
        result = loop_timer_new(engine->loop, on_turn, engine, &engine->timer);
    return result;
}

static int region_find(struct engine *engine, struct reason *why)
{
    const char *region = engine->spec.region[0] ? engine->spec.region : aws_environment_region(getenv);

    if (region == engine->spec.region)
        return 0;
    if (!region || str_copy(engine->spec.region, sizeof engine->spec.region, str_of(region)))
        return reason_set(
            why, REASON_CLIENT_CONFIG_INVALID, SPEC_REFUSED,
            "no region is known for queue %s: set operator.aws.region, AWS_REGION, or name the queue by "
            "its URL or ARN",
            engine->spec.name);
    return 0;
}

/* Where the settings name none, what the environment says counts, of SQS alone before all services, as AWS's own tools have it. */
static int endpoint_find(struct engine *engine, struct reason *why)
{
    static const char *const names[] = {"AWS_ENDPOINT_URL_SQS", "AWS_ENDPOINT_URL"};

    for (size_t i = 0; i < sizeof names / sizeof *names && !engine->spec.endpoint[0]; i++) {
        const char *endpoint = getenv(names[i]);

        if (endpoint && str_copy(engine->spec.endpoint, sizeof engine->spec.endpoint, str_of(endpoint)))
            return reason_set(why, REASON_CLIENT_CONFIG_INVALID, SPEC_REFUSED, "%s is too long", names[i]);
    }
    return 0;
}

static int engine_open(struct engine *engine, const struct worker_spec *spec, struct reason *why)
{
    int result = sqs_spec_read(spec->spec, &engine->spec, why);

    if (!result)
        result = region_find(engine, why);
    if (!result)
        result = endpoint_find(engine, why);
    if (!result)
        result = parts_make(engine, spec);
    if (result)
        return result;
    tally_init(&engine->tally);
    sink_init(&engine->back, engine, engine->spec.name, "");
    loop_work_schedule(engine->work);
    return 0;
}

/* What a person has to set right becomes a condition; nothing else runs then. */
static int start(struct worker_runtime *runtime, const struct worker_spec *spec, void **ret_engine)
{
    struct engine *engine = calloc(1, sizeof *engine);
    struct reason why = {0};
    int result;

    if (!engine)
        return -ENOMEM;
    engine->runtime = runtime;
    engine->look_gate = worker_look_gate(runtime);
    engine->loop = worker_loop(runtime);
    result = engine_open(engine, spec, &why);
    if (result == SPEC_REFUSED && why.code == REASON_CLIENT_CONFIG_INVALID) {
        worker_report_condition(runtime, &why, "", true);
        log_error("worker.sqs", "nothing is done", LF_REASON(&why));
        engine->stopped = true;
        result = 0;
    }
    if (result > 0) {
        log_error("worker.sqs", "the worker's document is refused", LF_REASON(&why));
        result = -EINVAL;
    }
    if (result == 0)
        *ret_engine = engine;
    return result;
}

static void table_take(void *opaque, struct worker_table *table)
{
    struct engine *engine = opaque;
    struct worker_table *old = engine->table;

    if (engine->stopped)
        return;
    if (route_scratch_prepare(engine->scratch, table->routes))
        engine_no_memory();
    engine->table = worker_table_ref(table);
    engine->original.checked = false;
    if (temps_sync(engine))
        engine_no_memory();
    forward_order_turn(engine);
    worker_table_unref(old); /* until now the queues' wishes lay in it */
    engine_wake(engine);
}

static void on_deadline(void *context)
{
    struct engine *engine = context;

    if (!engine->stopped)
        log_info("worker.sqs", "the deadline of the stop has come; what is held becomes visible again by itself");
    end(engine, false);
}

static void stop(void *opaque, uint32_t deadline_ms)
{
    struct engine *engine = opaque;
    struct loop_timer *deadline;

    if (engine->stopped || !engine->work) {
        worker_stopped(engine->runtime, true);
        return;
    }
    engine->stopping = true;
    if (loop_timer_new(engine->loop, on_deadline, engine, &deadline))
        engine_no_memory();
    loop_timer_start(deadline, deadline_ms);
    engine_wake(engine);
}

const struct worker_engine_ops sqs_engine_ops = {
    .component = "worker.sqs", .start = start, .table = table_take, .stop = stop};
