/* What could bring our values back after a restore: their names are retired, then old revisions that hold them are deleted, which is
 * kube_revisions.c's (W-9). */
#include "common/base/log.h"
#include "common/base/mono.h"
#include "supervisor/target/kube_retired.h"
#include "supervisor/target/kube_target.h"
#include <stdlib.h>

#define COMPONENT "supervisor.target"

void kube_clean_free(struct kube_clean *clean)
{
    if (!clean)
        return;
    json_free(clean->revisions);
    free(clean);
}

bool kube_clean_may_go_on(struct kube_target *target, const struct kube_answer *answer, const char *what)
{
    struct reason why;
    if (kube_answer_ok(answer))
        return true;
    reason_set(&why, REASON_TARGET_UNREACHABLE, 0, "%s: %.300s", what, answer->why.text);
    if (answer->status >= 400 && answer->status < 500 && answer->status != 429 && answer->status != 401) {
        log_warn(COMPONENT, "old names of a workload cannot be cleaned up; ignored", LF_STR("target", target->text),
                 LF_REASON(&why));
        return true;
    }
    kube_retry(target, &why);
    return false;
}

void kube_clean_call(struct kube_target *target, const char *method, const struct kube_path *parts,
                     enum kube_content content, const struct json *body, kube_done_fn *done)
{
    struct buf path CLEANUP(buf_deinit) = BUF_INIT(KUBE_PATH_BYTES_MAX);
    struct reason why;
    int r = kube_path_build(parts, &path);
    const struct kube_call_spec spec = {
        .method = method, .path = path.data, .content = content, .body = body, .done = done, .context = target};
    if (r == 0) {
        kube_target_call(target, &spec);
        return;
    }
    reason_set(&why, REASON_TARGET_UNREACHABLE, 0, "its revisions cannot be asked for: %s", strerror(-r));
    kube_retry(target, &why);
}

static int add_head(const struct kube_target *target, struct json *document)
{
    struct json *metadata = NULL;
    int r = json_set_text(document, "apiVersion", "v1");
    if (r == 0)
        r = json_set_text(document, "kind", "ConfigMap");
    if (r == 0)
        r = json_object_at(document, "metadata", &metadata);
    if (r == 0)
        r = json_set_text(metadata, "name", KUBE_RETIRED_NAME);
    return r ? r : json_set_text(metadata, "namespace", target->targets->config.operator_namespace);
}

/* Another target may have made it meanwhile. */
static void on_created(void *context, const struct kube_answer *answer)
{
    struct kube_target *target = context;
    target->call = NULL;
    if (answer->error == 0 && answer->status == 409)
        kube_clean(target);
    else if (kube_clean_may_go_on(target, answer, "its old names cannot be written down"))
        kube_revisions_clean(target);
}

/* There is none yet: it is made. */
static void create(struct kube_target *target)
{
    struct json *document CLEANUP(json_freep) = NULL;
    const struct kube_path parts = {.resource = kube_resource_of(KIND_CONFIG_MAP),
                                    .namespace = target->targets->config.operator_namespace};
    int r = retired_patch(target, NULL, wall_now_ms(), &document);
    if (r == 0 && document)
        r = add_head(target, document);
    if (r == 0 && document)
        kube_clean_call(target, "POST", &parts, KUBE_JSON, document, on_created);
    else
        kube_revisions_clean(target);
}

static void on_retire_patched(void *context, const struct kube_answer *answer)
{
    struct kube_target *target = context;
    target->call = NULL;
    if (answer->error == 0 && answer->status == 404)
        create(target);
    else if (kube_clean_may_go_on(target, answer, "its old names cannot be written down"))
        kube_revisions_clean(target);
}

void kube_clean(struct kube_target *target)
{
    struct json *patch CLEANUP(json_freep) = NULL;
    const struct json *retired = kube_cache_find(target->targets->retired, KUBE_RETIRED_NAME);
    const struct kube_path parts = {.resource = kube_resource_of(KIND_CONFIG_MAP),
                                    .namespace = target->targets->config.operator_namespace,
                                    .name = KUBE_RETIRED_NAME};
    struct kube_clean *clean = calloc(1, sizeof *clean);
    struct reason why;
    kube_clean_free(target->clean);
    target->clean = clean;
    if (clean)
        *clean = (struct kube_clean){.revisions = json_new_array(), .stuck = kube_is_stuck(target)};
    int r = clean && clean->revisions ? retired_patch(target, retired, wall_now_ms(), &patch) : -ENOMEM;
    if (r < 0) {
        reason_set(&why, REASON_TARGET_UNREACHABLE, 0, "its old names cannot be retired: %s", strerror(-r));
        kube_retry(target, &why);
        return;
    }
    kube_change(target, KUBE_CLEANING);
    if (patch)
        kube_clean_call(target, "PATCH", &parts, KUBE_MERGE_PATCH, patch, on_retire_patched);
    else
        kube_revisions_clean(target);
}
