/* What decides and acts, for as long as this operator leads. Fails as its rooms fail: then it does not lead, and says why. */
#include <stdlib.h>

#include "common/base/log.h"
#include "supervisor/main/operator_internal.h"

/* --- Whether a target can be looked at --- */

static void match(void *context, const struct resource_key *key, const struct json *document)
{
    bool *found = context;
    (void)document;
    *found = *found || key->kind == KIND_QUEUE_SPLIT || key->kind == KIND_SPLIT_SESSION;
}

/* Whether a session or a split speaks of it: only then is a workload followed. */
static bool is_concerned(const struct store *store, const struct resource_key *target)
{
    bool found = false;
    store_each_of(store, target, match, &found);
    return found;
}

/* While one kind is not heard of, what another says may speak of what is not known yet: a session of a config, say. A secret that is
 * named only now is read before a target is judged by it, and so is its workload. */
static bool may_look(void *context, const struct resource_key *target)
{
    const struct operator_rooms *rooms = context;
    struct target_observed observed = {.exists = false};
    if (!elector_leads(rooms->elector) || kubernetes_source_trouble(rooms->source) ||
        !secrets_source_is_read(rooms->secrets) || !fleet_is_settled(rooms->fleet))
        return false;
    if (!is_concerned(rooms->store, target))
        return true;
    kube_targets_observe(rooms->reign.targets, target, true, &observed);
    return !observed.unread;
}

static bool is_writing(void *context, const struct resource_key *target)
{
    const struct operator_rooms *rooms = context;
    return document_writer_busy(rooms->reign.writer, target);
}

bool operator_may_write(void *context)
{
    const struct operator_rooms *rooms = context;
    return elector_leads(rooms->elector);
}

static void on_written(void *context, const struct resource_key *target, enum written written)
{
    struct operator_rooms *rooms = context;
    controller_wrote(rooms->reign.controller, target, written == WRITTEN_ALL);
}

static void on_target_change(void *context, const struct resource_key *target)
{
    struct operator_rooms *rooms = context;
    if (rooms->reign.running)
        controller_mark(rooms->reign.controller, target);
}

static bool is_pod_gone(void *context, const char *identity) { return former_pods_gone(context, identity); }

/* --- Its rooms --- */

static int open_targets(struct operator_rooms *rooms)
{
    struct operator_reign *reign = &rooms->reign;
    const struct kube_targets_config targets = {.loop = rooms->loop,
                                                .client = rooms->client,
                                                .store = rooms->store,
                                                .operator_namespace = rooms->options->operator_namespace,
                                                .may_write = operator_may_write,
                                                .on_change = on_target_change,
                                                .context = rooms};
    const struct document_writer_config writer = {.client = rooms->client,
                                                  .store = rooms->store,
                                                  .may_write = operator_may_write,
                                                  .on_written = on_written,
                                                  .context = rooms};
    int r = kube_targets_new(&targets, &reign->targets);
    if (r == 0)
        r = document_writer_new(&writer, &reign->writer);
    reign->effects = (struct effects){.documents = document_writer_effects(reign->writer),
                                      .workers = world_of_fleet(rooms->fleet),
                                      .targets = world_of_targets(reign->targets),
                                      .pods = {rooms->identity, rooms->formers, is_pod_gone}};
    return r;
}

static int open_controller(struct operator_rooms *rooms)
{
    const struct controller_config controller = {.loop = rooms->loop,
                                                 .source = {.home = TARGETS_CLUSTER,
                                                            .store = rooms->store,
                                                            .settings = &rooms->settings,
                                                            .operator_namespace = rooms->options->operator_namespace,
                                                            .lag_ms = KUBERNETES_LAG_MS,
                                                            .patient_until = &rooms->patient_until,
                                                            .effects = &rooms->reign.effects},
                                                 .gate = {may_look, is_writing, rooms}};
    return controller_new(&controller, &rooms->reign.controller);
}

void operator_reign_end(struct operator_rooms *rooms)
{
    controller_free(rooms->reign.controller);
    document_writer_free(rooms->reign.writer);
    kube_targets_free(rooms->reign.targets);
    rooms->reign = (struct operator_reign){.running = false};
}

void operator_reign_look(struct operator_rooms *rooms)
{
    struct operator_reign *reign = &rooms->reign;
    const struct reason known = {.code = REASON_NONE};
    if (!reign->controller || way_out_begun(rooms->way_out) || !operator_is_ready(rooms))
        return;
    if (reign->running) {
        controller_mark_all(reign->controller);
        return;
    }
    reign->running = true;
    store_doubt_inputs(rooms->store, &known);
    controller_run(reign->controller);
    log_info(COMPONENT, "the operator is up", LF_STR("namespace", rooms->options->operator_namespace),
             LF_INT("workers", fleet_running(rooms->fleet)));
}

/* Workers go on: who leads next proves them gone or fences them. */
void operator_on_lead(void *context, bool leads)
{
    struct operator_rooms *rooms = context;
    operator_reign_end(rooms);
    if (!leads || way_out_begun(rooms->way_out))
        return;
    int r = open_targets(rooms);
    if (r == 0)
        r = open_controller(rooms);
    if (r == 0) {
        operator_reign_look(rooms);
        return;
    }
    log_error(COMPONENT, "the operator cannot lead; it is started again", LF_ERR(r));
    rooms->exit_code = EXIT_FAILURE;
    loop_stop(rooms->loop);
}
