/* Changing a workload: read afresh, patch, and after a refusal look again (W-8). */
#include "common/base/log.h"
#include "supervisor/target/kube_retired.h"
#include "supervisor/target/kube_target.h"
#include "supervisor/target/patch_known.h"
#include <stdio.h>

#define COMPONENT "supervisor.target"

static void path_of(const struct kube_target *target, const char *query, struct buf *path)
{
    const struct kube_path parts = {.resource = kube_resource_of(target->key.kind),
                                    .namespace = target->key.namespace,
                                    .name = target->key.name,
                                    .query = query};
    check(kube_path_build(&parts, path) == 0); /* names are bounded */
}

static void refused(struct kube_target *target, const struct kube_answer *answer)
{
    struct reason why;
    reason_set(&why, answer->status == 403 ? REASON_NOT_PERMITTED : REASON_TARGET_UNREACHABLE, 0,
               "%.200s cannot be changed: %.250s", target->text, answer->why.text);
    kube_retry(target, &why);
}

/* It is what is wanted now; the watch will tell the same. */
static void took_over(struct kube_target *target, const struct json *document)
{
    target->conflicts = 0;
    kube_document_learn(target, document);
    target->best = (struct kube_progress){.others = UINT32_MAX};
    kube_progress(target);
    snprintf(target->observed.waits_for, sizeof target->observed.waits_for, "its pods to be replaced");
    kube_change(target, KUBE_ROLLING);
}

static void on_patched(void *context, const struct kube_answer *answer)
{
    struct kube_target *target = context;
    target->call = NULL;
    if (kube_answer_ok(answer)) {
        log_info(COMPONENT, "a workload was patched", LF_STR("target", target->text),
                 LF_INT("entries", target->wanted.entry_count));
        took_over(target, answer->body);
    } else if ((answer->status == 409 || answer->status == 422) && ++target->conflicts < KUBE_CONFLICTS_MAX) {
        log_debug(COMPONENT, "a patch met another state; read again", LF_STR("target", target->text),
                  LF_INT("status", answer->status));
        kube_write(target); /* the autoscalers are as they should be */
    } else {
        target->conflicts = 0;
        refused(target, answer);
    }
}

/* Written down before the entries go: pods of the old template are known by it, and old revisions (W-9). */
static int remember(struct kube_target *target, const struct patch *patch)
{
    struct json *annotation CLEANUP(json_freep) = NULL;
    int r = kube_marks_keep(target, target->origins);
    if (r == 0)
        r = patch_known_annotation(target->document, &annotation);
    if (r == 0)
        r = kube_marks_keep(target, json_get(annotation, "entries"));
    return r ? r : kube_marks_keep(target, patch->origins);
}

static void send_patch(struct kube_target *target, const struct patch *patch)
{
    struct buf path CLEANUP(buf_deinit) = BUF_INIT(KUBE_PATH_BYTES_MAX);
    path_of(target, "fieldManager=sluice", &path);
    const struct kube_call_spec spec = {.method = "PATCH",
                                        .path = path.data,
                                        .content = KUBE_JSON_PATCH,
                                        .body = patch->operations,
                                        .done = on_patched,
                                        .context = target};
    kube_target_call(target, &spec);
}

int kube_patch_build(const struct kube_target *target, struct patch *ret, struct reason *why)
{
    struct json *origins CLEANUP(json_freep) = NULL;
    const struct target_wanted *wanted = &target->wanted;
    int r = kube_known_origins(target, &origins);
    const struct patch_input input = {.document = target->document,
                                      .origins = origins,
                                      .entries = wanted->entries,
                                      .entry_count = wanted->entry_count,
                                      .past = wanted->past,
                                      .past_count = wanted->past_count,
                                      .pin_dependents = wanted->pin_dependents};
    return r ? r : patch_build(&input, ret, why);
}

static void patch_fresh(struct kube_target *target)
{
    struct patch patch CLEANUP(patch_deinit) = {.operations = NULL};
    struct reason why;
    int r = kube_patch_build(target, &patch, &why);
    if (r == 0)
        r = remember(target, &patch);
    if (r < 0)
        reason_set(&why, REASON_TARGET_UNREACHABLE, 0, "its patch cannot be built: %s", strerror(-r));
    if (r != 0)
        kube_retry(target, &why);
    else if (patch.operations)
        send_patch(target, &patch);
    else
        took_over(target, target->document); /* ours already */
}

static void on_read(void *context, const struct kube_answer *answer)
{
    struct kube_target *target = context;
    target->call = NULL;
    if (!kube_answer_ok(answer)) {
        refused(target, answer); /* also when it is gone: the watch tells that */
        return;
    }
    kube_document_learn(target, answer->body);
    if (!target->document || strcmp(target->uid, target->wanted.uid) != 0 || target->targets->stopped)
        kube_change(target, KUBE_IDLE);
    else
        patch_fresh(target);
}

void kube_write(struct kube_target *target)
{
    struct buf path CLEANUP(buf_deinit) = BUF_INIT(KUBE_PATH_BYTES_MAX);
    path_of(target, NULL, &path);
    const struct kube_call_spec spec = {.method = "GET", .path = path.data, .done = on_read, .context = target};
    snprintf(target->observed.waits_for, sizeof target->observed.waits_for, "the target to be patched");
    kube_change(target, KUBE_WRITING);
    kube_target_call(target, &spec);
}
