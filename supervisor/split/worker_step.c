/* The process of a split: what it is given, when it is started, when it is replaced. Once everything is undone none is
 * started any more. Pure. */
#include "supervisor/split/names.h"
#include "supervisor/split/step.h"

#include "common/base/secret.h"
#include "ipc/identity.h"

static int write_spec(struct json *spec, const char *topic, const char *group, const char *transactional_id,
                      const char *cluster, const struct split_settings *settings)
{
    int r = json_set_text(spec, "type", "Kafka");
    if (r == 0)
        r = json_set_text(spec, "topic", topic);
    if (r == 0)
        r = json_set_text(spec, "group", group);
    if (r == 0 && transactional_id)
        r = json_set_text(spec, "transactionalId", transactional_id);
    if (r == 0 && cluster)
        r = json_set_text(spec, "cluster", cluster);
    if (r == 0)
        r = json_set_text(spec, "autoOffsetReset", settings->offset_reset_earliest ? "earliest" : "latest");
    return r ? r : json_set_text(spec, "leftovers", split_leftovers_word(settings->leftovers));
}

static int write_credentials(struct json *credentials, const struct client_properties *properties)
{
    struct json *object = NULL;
    int r = json_object_at(credentials, "properties", &object);
    for (size_t i = 0; r == 0 && i < properties->count; i++)
        r = json_set_text(object, properties->properties[i].name, properties->properties[i].value);
    return r;
}

int worker_documents(const char *topic, const char *group, const char *transactional_id, const char *cluster,
                     const struct split_settings *settings, const struct client_properties *properties,
                     struct json **ret_spec, struct json **ret_credentials)
{
    struct json *spec CLEANUP(json_freep) = json_new_object();
    struct json *credentials CLEANUP(json_freep) = json_new_object();
    int r = spec && credentials ? write_spec(spec, topic, group, transactional_id, cluster, settings) : -ENOMEM;
    if (r == 0)
        r = write_credentials(credentials, properties);
    if (r < 0)
        return r;
    *ret_spec = TAKE(spec);
    *ret_credentials = TAKE(credentials);
    return 0;
}

int worker_spec_of_split(const struct split_view *split, struct json **ret_spec, struct json **ret_credentials)
{
    char transactional_id[TRANSACTIONAL_ID_SIZE];
    const struct split_record *record = &split->record;
    const struct original *original = &record->original;
    struct split_settings settings = record->settings;
    if (record->returning)
        settings.leftovers = LEFTOVERS_RETURN;
    int r = transactional_id_make(original->cluster, original->name, original->group, transactional_id);
    if (r)
        return r;
    return worker_documents(original->name, original->group, transactional_id, original->cluster, &settings,
                            &split->properties, ret_spec, ret_credentials);
}

static int start(struct step *step, struct split_step *split, struct json *spec_take, struct json *credentials_take)
{
    struct json *spec CLEANUP(json_freep) = spec_take, *credentials CLEANUP(json_freep) = credentials_take;
    const struct worker_view *worker = &split->view->worker;
    if (!mono_reached(step->view->now, worker->retry)) {
        plan_wake(step->plan, worker->retry);
        return 0;
    }
    return plan_worker_start(step->plan, split->view->record.key.name, TAKE(spec), TAKE(credentials));
}

int worker_step(struct step *step, struct split_step *split)
{
    const struct worker_view *worker = &split->view->worker;
    struct json *spec CLEANUP(json_freep) = NULL, *credentials CLEANUP(json_freep) = NULL;
    char hash[SHA256_TEXT_SIZE];
    /* Without a usable client config a running worker goes on with what it has; a new one cannot be started. */
    if (split->view->properties_error.code != REASON_NONE || split->memory->finished)
        return 0;
    int r = worker_spec_of_split(split->view, &spec, &credentials);
    if (r == 0)
        r = ipc_spec_hash(spec, credentials, hash);
    if (r < 0)
        return r;
    switch (worker->presence) {
    case WORKER_NONE:
        return start(step, split, TAKE(spec), TAKE(credentials));
    case WORKER_STARTING:
    case WORKER_LIVE:
        if (strcmp(hash, worker->spec_hash) != 0)
            return plan_worker_stop(step->plan, split->view->record.key.name);
        return 0;
    case WORKER_STOPPING:
        return 0;
    }
    return 0;
}

bool worker_cannot_start(const struct step *step, const struct split_step *split, struct reason *ret_why)
{
    const struct reason *error = &split->view->properties_error, *doubt = &step->view->doubt;
    bool doubted = doubt->code != REASON_NONE;
    if (split->view->worker.presence != WORKER_NONE || error->code == REASON_NONE || split->memory->finished)
        return false;
    reason_set(ret_why, doubted ? doubt->code : error->code, 0,
               "nothing is forwarded, and no worker can be started until this is mended: %.300s%s%s",
               doubted ? doubt->text : error->text, doubted ? "; " : "", doubted ? error->text : "");
    return true;
}
