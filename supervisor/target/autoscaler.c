/* Pointing of autoscalers. What a trigger takes from the workload's environment (names that end in FromEnv) follows it by itself. */
#include "supervisor/target/autoscaler.h"

#include "common/base/buf.h"
#include "supervisor/target/patch_edit.h"
#include <stdio.h>

#define ANNOTATION_BYTES_MAX (64u << 10)
#define VALUE_BYTES_MAX 4096
#define PATH_SIZE 512

const struct kube_resource autoscaler_resources[AUTOSCALER_RESOURCES] = {
    {"autoscaling", "v2", "horizontalpodautoscalers"}, {"keda.sh", "v1alpha1", "scaledobjects"}};

struct point {
    const struct json *autoscaler;
    const struct autoscaler_name *names;
    size_t count;
    const struct json *before; /* entries of the annotation; borrowed */
    struct json *tests, *changes, *entries;
};

static const char *text_at(const struct json *document, const char *member, const char *name)
{
    return json_text(json_path(document, member, name, NULL));
}

bool autoscaler_is_of(const struct json *autoscaler, enum kind kind, const char *name)
{
    const struct json *target = json_path(autoscaler, "spec", "scaleTargetRef", NULL);
    const struct json *owners = json_path(autoscaler, "metadata", "ownerReferences", NULL);
    const char *target_kind = json_text(json_get(target, "kind"));
    for (size_t i = 0; i < json_count(owners); i++)
        if (strcmp(json_text(json_get(json_at(owners, i), "kind")), "ScaledObject") == 0)
            return false;
    /* A ScaledObject that names no kind means a Deployment (KEDA, "Scaling Deployments"). */
    return strcmp(target_kind[0] ? target_kind : "Deployment", kind_row(kind)->name) == 0 &&
           strcmp(json_text(json_get(target, "name")), name) == 0;
}

/* The whole value, or the last part of an URL. */
static bool names_queue(const char *value, const char *name)
{
    size_t length = strlen(value), end = strlen(name);
    if (end == 0 || length < end || strcmp(value + length - end, name) != 0)
        return false;
    return length == end || value[length - end - 1] == '/';
}

static int with_name(const char *value, const char *from, const char *to, struct buf *out)
{
    int r = buf_append(out, value, strlen(value) - strlen(from));
    return r ? r : buf_append_str(out, str_of(to));
}

/* What a value is without us; NULL: it is not ours. */
static const struct json *entry_of(const struct point *point, const char *value)
{
    for (size_t i = 0; i < json_count(point->before); i++)
        if (strcmp(text_at(json_at(point->before, i), "to", NULL), value) == 0)
            return json_at(point->before, i);
    return NULL;
}

static int keep(struct point *point, const char *from, const char *to)
{
    struct json *entry CLEANUP(json_freep) = json_new_object();
    int r = entry ? json_set_text(entry, "from", from) : -ENOMEM;
    if (r == 0)
        r = json_set_text(entry, "to", to);
    return r ? r : json_append_take(point->entries, TAKE(entry));
}

static int change(struct point *point, const char *path, const char *present, const char *next)
{
    if (strcmp(present, next) == 0)
        return 0;
    int r = operation_append(point->tests, "test", path, json_new_text(present));
    return r ? r : operation_append(point->changes, "replace", path, json_new_text(next));
}

static int point_value(struct point *point, const char *path, const char *value)
{
    const struct json *ours = entry_of(point, value);
    const char *original = ours ? text_at(ours, "from", NULL) : value;
    for (size_t i = 0; i < point->count; i++) {
        struct buf next CLEANUP(buf_deinit) = BUF_INIT(VALUE_BYTES_MAX);
        if (!names_queue(original, point->names[i].original))
            continue;
        int r = with_name(original, point->names[i].original, point->names[i].temporary, &next);
        if (r == 0)
            r = keep(point, original, next.data);
        return r ? r : change(point, path, value, next.data);
    }
    return ours ? change(point, path, value, original) : 0;
}

/* One step of a JSON pointer. */
static int escape(const char *step, struct buf *path)
{
    int r = 0;
    for (; r == 0 && *step; step++)
        r = *step == '~'   ? buf_append_str(path, STR("~0"))
            : *step == '/' ? buf_append_str(path, STR("~1"))
                           : buf_append_char(path, *step);
    return r;
}

static int point_values(struct point *point, const char *prefix, const struct json *values)
{
    struct json_member member;
    int r = 0;
    for (json_first(values, &member); r == 0 && member.key; json_next(&member)) {
        struct buf path CLEANUP(buf_deinit) = BUF_INIT(PATH_SIZE);
        r = buf_printf(&path, "%s/", prefix);
        if (r == 0)
            r = escape(member.key, &path);
        if (r == 0 && json_type(member.value) == JSON_STRING)
            r = point_value(point, path.data, json_text(member.value));
    }
    return r;
}

/* The name of the metric itself cannot be pointed elsewhere: another one would have to exist. */
static int refuse_metric(const struct point *point, const char *metric, struct reason *why)
{
    for (size_t i = 0; i < point->count; i++)
        if (point->names[i].original[0] && strstr(metric, point->names[i].original))
            return reason_set(
                why, REASON_AUTOSCALER_CONFLICT, AUTOSCALER_REFUSED,
                "HorizontalPodAutoscaler %.200s scales by metric %.120s, which would fall to zero while "
                "the queue is split",
                text_at(point->autoscaler, "metadata", "name"), metric);
    return 0;
}

static int point_metrics(struct point *point, struct reason *why)
{
    const struct json *metrics = json_path(point->autoscaler, "spec", "metrics", NULL);
    int r = 0;
    for (size_t i = 0; r == 0 && i < json_count(metrics); i++) {
        const struct json *metric = json_path(json_at(metrics, i), "external", "metric", NULL);
        char path[PATH_SIZE];
        snprintf(path, sizeof path, "/spec/metrics/%zu/external/metric/selector/matchLabels", i);
        r = refuse_metric(point, text_at(metric, "name", NULL), why);
        if (r == 0)
            r = point_values(point, path, json_path(metric, "selector", "matchLabels", NULL));
    }
    return r;
}

static int point_triggers(struct point *point)
{
    const struct json *triggers = json_path(point->autoscaler, "spec", "triggers", NULL);
    int r = 0;
    for (size_t i = 0; r == 0 && i < json_count(triggers); i++) {
        char path[PATH_SIZE];
        snprintf(path, sizeof path, "/spec/triggers/%zu/metadata", i);
        r = point_values(point, path, json_get(json_at(triggers, i), "metadata"));
    }
    return r;
}

static int write_annotation(struct point *point)
{
    static const char path[] = "/metadata/annotations/sluice.dev~1patched";
    const struct json *annotations = json_path(point->autoscaler, "metadata", "annotations", NULL);
    struct buf text CLEANUP(buf_deinit) = BUF_INIT(ANNOTATION_BYTES_MAX);
    struct json *object = NULL;
    bool present = json_get(annotations, AUTOSCALER_ANNOTATION) != NULL;
    if (json_count(point->entries) == 0)
        return present ? operation_append(point->changes, "remove", path, NULL) : 0;
    int r = json_equal(point->entries, point->before) ? 0 : json_write(point->entries, JSON_COMPACT, &text);
    if (r < 0 || !text.data)
        return r;
    if (json_type(annotations) == JSON_OBJECT)
        return operation_append(point->changes, "add", path, json_new_text(text.data));
    object = json_new_object();
    r = object ? json_set_text(object, AUTOSCALER_ANNOTATION, text.data) : -ENOMEM;
    if (r == 0)
        r = operation_append(point->tests, "test", "/metadata/annotations", json_new_null());
    if (r == 0)
        return operation_append(point->changes, "add", "/metadata/annotations", object);
    json_free(object);
    return r;
}

static int assemble(struct point *point, struct json **ret)
{
    const struct json *const lists[] = {point->tests, point->changes};
    struct json *operations CLEANUP(json_freep) = json_new_array(), *copy = NULL;
    int r = operations ? operation_append(operations, "test", "/metadata/uid",
                                          json_new_text(text_at(point->autoscaler, "metadata", "uid")))
                       : -ENOMEM;
    for (size_t l = 0; l < 2; l++)
        for (size_t i = 0; r == 0 && i < json_count(lists[l]); i++) {
            r = json_dup(json_at(lists[l], i), &copy);
            if (r == 0)
                r = json_append_take(operations, copy);
        }
    if (r == 0 && json_count(point->changes))
        *ret = TAKE(operations);
    return r;
}

int autoscaler_patch(const struct json *autoscaler, const struct autoscaler_name *names, size_t count,
                     struct json **ret, struct reason *why)
{
    const char *text = text_at(json_get(autoscaler, "metadata"), "annotations", AUTOSCALER_ANNOTATION);
    const struct json_limits limits = {.bytes_max = ANNOTATION_BYTES_MAX, .depth_max = 8, .values_max = 4096};
    struct json *before CLEANUP(json_freep) = NULL, *tests CLEANUP(json_freep) = json_new_array();
    struct json *changes CLEANUP(json_freep) = json_new_array(), *entries CLEANUP(json_freep) = json_new_array();
    struct json_error error;
    int r = text[0] ? json_parse(str_of(text), &limits, &before, &error) : 0; /* one that is not ours says nothing */
    struct point point = {autoscaler, names, count, before, tests, changes, entries};
    if (r < 0 || !tests || !changes || !entries)
        return -ENOMEM;
    r = point_metrics(&point, why);
    if (r == 0)
        r = point_triggers(&point);
    if (r == 0)
        r = write_annotation(&point);
    return r ? r : assemble(&point, ret);
}
