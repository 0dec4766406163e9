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

/* The first queue that cannot be split as it is declared, and how many there are. */
static void judge_queues(const struct step *step, struct input_verdict *verdict)
{
    const struct reason *first = NULL;
    size_t wrong = 0;
    for (size_t i = 0; i < step->view->queue_count; i++) {
        const struct reason *error = queue_error(&step->view->queues[i]);
        wrong += error != NULL;
        first = first ? first : error;
    }
    if (!first)
        return;
    verdict->accepted = false;
    reason_set(&verdict->why, first->code, 0, "%zu of %zu queues cannot be split: %.400s", wrong,
               step->view->queue_count, first->text);
}

/* An edit while a split of the target lives. */
static void judge_change(const struct step *step, struct input_verdict *verdict)
{
    for (size_t i = 0; i < step->view->split_count; i++)
        if (strcmp(step->view->splits[i].record.resource_hash, step->view->consumer_hash) != 0)
            verdict->changed = "splits of the target keep what they began with; the change counts from the next on";
}

static void judge_consumer(const struct step *step, struct input_verdict *verdict)
{
    if (step->view->consumer_error.code != REASON_NONE)
        refuse(verdict, &step->view->consumer_error);
    else if (step->view->refused.code != REASON_NONE)
        refuse(verdict, &step->view->refused);
    else
        judge_queues(step, verdict);
    if (step->view->consumer)
        judge_change(step, verdict);
}

static void judge_registry(const struct queue_registry *registry, struct input_verdict *verdict)
{
    struct buf ids CLEANUP(buf_deinit) = BUF_INIT(TEXT_BYTES_MAX);
    int r = 0;
    for (size_t i = 0; i < registry->queue_count; i++)
        if (registry->queues[i].error.code != REASON_NONE) {
            refuse(verdict, &registry->queues[i].error);
            return;
        }
    for (size_t i = 0; r == 0 && i < registry->queue_count; i++)
        r = buf_printf(&ids, "%s%s (%s)", i ? ", " : "", registry->queues[i].id, registry->queues[i].type);
    if (ids.len) /* a list that is too long ends where it is cut */
        reason_set(&verdict->why, REASON_QUEUE_TYPE_NOT_ENABLED, 0, "splitting is not enabled for the type of: %s",
                   ids.data);
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
        judge_registry(input->registry, verdict);
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
