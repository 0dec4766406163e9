/* See session_patch.h. */
#include "cli/session_patch.h"
#include "cli/ask.h"

int session_path(struct session_id id, struct buf *buf)
{
    return ask_path(KIND_SPLIT_SESSION, id.namespace, id.name, buf);
}

static int patch_build(const char *annotation, const char *value, struct json *patch)
{
    struct json *metadata = NULL, *annotations = NULL;
    int r = json_object_at(patch, "metadata", &metadata);
    if (r == 0)
        r = json_object_at(metadata, "annotations", &annotations);
    return r == 0 ? json_set_text(annotations, annotation, value) : r;
}

int session_annotate(struct kube_client *client, struct session_id id, const char *annotation, const char *value,
                     kube_done_fn *done, void *context, struct kube_call **ret)
{
    CLEANUP(json_freep) struct json *patch = json_new_object();
    CLEANUP(buf_deinit) struct buf path = BUF_INIT(KUBE_PATH_BYTES_MAX);
    int r = patch ? patch_build(annotation, value, patch) : -ENOMEM;
    if (r == 0)
        r = session_path(id, &path);
    return r == 0 ? ask_send(client, "PATCH", path.data, patch, done, context, ret) : r;
}
