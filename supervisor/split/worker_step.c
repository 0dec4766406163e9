/* The process of a split: what it is given, when it is started, when it is replaced. Once everything is undone none is
 * started any more. Pure. */
#include "supervisor/split/names.h"
#include "supervisor/split/step.h"
#include "supervisor/split/worker_spec.h"

#include "common/base/secret.h"
#include "ipc/identity.h"

/* "account/region", as the worker that checked it said. */
static void set_place(const char *cluster, struct worker_wish *wish)
{
    const char *slash = strchr(cluster, '/');
    size_t length = slash ? (size_t)(slash - cluster) : 0;
    wish->account = (struct str){cluster, length};
    wish->region = slash ? str_of(slash + 1) : STR("");
}

int worker_spec_of_split(const struct step *step, const struct split_view *split, struct json **ret_spec,
                         struct json **ret_credentials)
{
    char transactional_id[TRANSACTIONAL_ID_SIZE];
    const struct split_record *record = &split->record;
    const struct original *original = &record->original;
    struct split_settings settings = record->settings;
    struct worker_wish wish = {.original = *original,
                               .transactional_id = transactional_id,
                               .url = record->url,
                               .sns = record->sns,
                               .tags = record->tags,
                               .tag_count = record->tag_count,
                               .settings = &settings,
                               .operator_wide = step->view->settings,
                               .properties = &split->properties};
    if (record->returning)
        settings.leftovers = LEFTOVERS_RETURN;
    set_place(original->cluster, &wish);
    int r = transactional_id_make(original->cluster, original->name, original->group, transactional_id);
    return r ? r : worker_spec_write(&wish, ret_spec, ret_credentials);
}

/* Every incarnation counts: a pod that dies right after a start must be known to whoever leads next, by the record. */
static bool is_written_down(const struct split_view *split)
{
    const struct json *status = json_get(split->record.document, "status");
    return !split->pod[0] || workers_name_pod(status, split->pod);
}

static int start(struct step *step, struct split_step *split, struct json *spec_take, struct json *credentials_take)
{
    struct json *spec CLEANUP(json_freep) = spec_take, *credentials CLEANUP(json_freep) = credentials_take;
    const struct worker_view *worker = &split->view->worker;
    if (!mono_reached(step->view->now, worker->retry)) {
        plan_wake(step->plan, worker->retry);
        return 0;
    }
    split->starts = true;
    if (!is_written_down(split->view))
        return 0; /* the write of the status leads to another pass */
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
    int r = worker_spec_of_split(step, split->view, &spec, &credentials);
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
