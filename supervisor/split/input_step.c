/* What becomes of the resources of a target: its service, and those that declare its queues. Pure. */
#include "supervisor/split/input_status.h"
#include "supervisor/split/step.h"

#include "common/base/buf.h"

#define TEXT_BYTES_MAX 300

static void refuse(struct input_verdict *verdict, const struct reason *why)
{
    verdict->accepted = false;
    verdict->why = *why;
}

/* NULL: of the Kafka consumer. */
static bool queue_is_of(const struct queue_view *queue, const struct queue_registry *registry)
{
    return registry ? queue->resolved.settings == &registry->settings : queue->resolved.type == QUEUE_TYPE_KAFKA;
}

/* The first queue of this resource that cannot be split as it is declared, and how many there are. */
static void judge_queues(const struct step *step, const struct queue_registry *registry,
                         struct input_verdict *verdict)
{
    const struct reason *first = NULL;
    size_t wrong = 0, count = 0;
    for (size_t i = 0; i < step->view->queue_count; i++) {
        const struct queue_view *queue = &step->view->queues[i];
        if (!queue_is_of(queue, registry))
            continue;
        const struct reason *error = queue_error(queue);
        count++;
        wrong += error != NULL;
        first = first ? first : error;
    }
    if (!first)
        return;
    verdict->accepted = false;
    reason_set(&verdict->why, first->code, 0, "%zu of %zu queues cannot be split: %.400s", wrong, count, first->text);
}

/* An edit while a split of the target lives, of the resource with this hash. */
static void judge_change(const struct step *step, enum queue_type type, struct input_verdict *verdict)
{
    for (size_t i = 0; i < step->view->split_count; i++) {
        const struct split_record *record = &step->view->splits[i].record;
        if (record->original.type == type && resource_is_changed(step->view, record))
            verdict->changed = "splits of the target keep what they began with; the change counts from the next on";
    }
}

static void judge_consumer(const struct step *step, struct input_verdict *verdict)
{
    if (step->view->consumer_error.code != REASON_NONE)
        refuse(verdict, &step->view->consumer_error);
    else if (step->view->refused.code != REASON_NONE)
        refuse(verdict, &step->view->refused);
    else
        judge_queues(step, NULL, verdict);
    if (step->view->consumer)
        judge_change(step, QUEUE_TYPE_KAFKA, verdict);
}

/* What it declares of types that are not split here. */
static void judge_types(const struct step *step, const struct queue_registry *registry, struct input_verdict *verdict)
{
    struct buf ids CLEANUP(buf_deinit) = BUF_INIT(TEXT_BYTES_MAX);
    int r = 0;
    for (size_t i = 0; r == 0 && i < registry->queue_count; i++)
        if (!queue_type_is_enabled(step->view->settings, queue_type_from_name(registry->queues[i].type)))
            r = buf_printf(&ids, "%s%s (%s)", ids.len ? ", " : "", registry->queues[i].id, registry->queues[i].type);
    if (ids.len) /* a list that is too long ends where it is cut */
        reason_set(&verdict->why, REASON_QUEUE_TYPE_NOT_ENABLED, 0, "splitting is not enabled for the type of: %s",
                   ids.data);
}

static void judge_registry(const struct step *step, const struct queue_registry *registry,
                           struct input_verdict *verdict)
{
    for (size_t i = 0; i < registry->queue_count; i++)
        if (registry->queues[i].error.code != REASON_NONE) {
            refuse(verdict, &registry->queues[i].error);
            return;
        }
    judge_types(step, registry, verdict);
    if (!step->view->settings->sqs_splitting)
        return;
    if (step->view->refused.code != REASON_NONE)
        refuse(verdict, &step->view->refused);
    else
        judge_queues(step, registry, verdict);
    judge_change(step, QUEUE_TYPE_SQS, verdict);
}

static void judge(const struct step *step, const struct input_view *input, struct input_verdict *verdict)
{
    char target[RESOURCE_KEY_TEXT_SIZE];
    resource_key_text(&step->view->key, target);
    if (input->refused.code != REASON_NONE)
        refuse(verdict, &input->refused);
    else if (!step->view->exists && step->view->doubt.code != REASON_NONE)
        refuse(verdict, &step->view->doubt);
    else if (!step->view->exists && !step->view->unobserved)
        reason_set(&verdict->why, REASON_TARGET_NOT_FOUND, 0, "there is no %s", target);
    else if (input->registry)
        judge_registry(step, input->registry, verdict);
    else if (input->kind == KIND_KAFKA_TOPICS_CONSUMER)
        judge_consumer(step, verdict);
    verdict->accepted = verdict->accepted && verdict->why.code != REASON_TARGET_NOT_FOUND;
    /* A restart that fails is known long before a session needs the next one. */
    if (input->kind == KIND_LOCAL_SERVICE && verdict->accepted && step->view->observed.why.code != REASON_NONE)
        verdict->degraded = &step->view->observed.why;
    input_judge_fields(&input->report, verdict);
}

int inputs_step(struct step *step)
{
    int r = 0;
    for (size_t i = 0; r == 0 && i < step->view->input_count; i++) {
        const struct input_view *input = &step->view->inputs[i];
        struct input_verdict verdict = {.accepted = true};
        judge(step, input, &verdict);
        r = input_status_plan(step->plan, input->document, step->view->wall_ms, &verdict);
    }
    return r;
}
