/* Carrying out of a plan. Owns nothing; fails as its effects fail. */
#include "supervisor/apply/apply.h"

const char *action_type_name(enum action_type type)
{
    switch (type) {
    case ACTION_DOCUMENT_CREATE:
        return "create";
    case ACTION_DOCUMENT_UPDATE:
        return "update";
    case ACTION_DOCUMENT_STATUS:
        return "status";
    case ACTION_DOCUMENT_DELETE:
        return "delete";
    case ACTION_WORKER_START:
        return "worker start";
    case ACTION_WORKER_TABLE:
        return "worker table";
    case ACTION_WORKER_STOP:
        return "worker stop";
    case ACTION_TARGET_SET:
        return "target";
    }
    return "";
}

static int act(struct action *action, const struct effects *effects)
{
    const struct document_effects *documents = &effects->documents;
    const struct worker_effects *workers = &effects->workers;
    switch (action->type) {
    case ACTION_DOCUMENT_CREATE:
        return documents->create(documents->context, TAKE(action->document));
    case ACTION_DOCUMENT_UPDATE:
        return documents->update(documents->context, TAKE(action->document));
    case ACTION_DOCUMENT_STATUS:
        return documents->status(documents->context, TAKE(action->document));
    case ACTION_DOCUMENT_DELETE:
        return documents->remove(documents->context, &action->key);
    case ACTION_WORKER_START:
        return workers->start(workers->context, action->worker, TAKE(action->spec), TAKE(action->credentials));
    case ACTION_WORKER_TABLE:
        return workers->table(workers->context, action->worker, &action->table);
    case ACTION_WORKER_STOP:
        return workers->stop(workers->context, action->worker);
    case ACTION_TARGET_SET:
        return effects->targets.set(effects->targets.context, &action->target);
    }
    return 0;
}

/* What later passes decide by must be written in order; what is told to a service or a process depends on nothing else. */
static bool is_document(enum action_type type)
{
    return type == ACTION_DOCUMENT_CREATE || type == ACTION_DOCUMENT_UPDATE || type == ACTION_DOCUMENT_STATUS ||
           type == ACTION_DOCUMENT_DELETE;
}

int apply_plan(struct plan *plan, const struct effects *effects, enum action_type *ret_failed)
{
    int first = 0;
    for (struct action *action = plan->first; action; action = action->next) {
        int r = act(action, effects);
        if (r < 0 && first == 0) {
            first = r;
            *ret_failed = action->type;
        }
        if (r < 0 && is_document(action->type))
            break;
    }
    return first;
}
