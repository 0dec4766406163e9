/* Building of the patch of one workload. Pure; see patch.h. */
#include "supervisor/target/patch.h"

#include "common/json/json_patch.h"
#include "supervisor/target/patch_edit.h"
#include "supervisor/target/patch_known.h"
#include "supervisor/target/patch_pin.h"
#include <stdio.h>

#define PATCH_BYTES_MAX (8u << 20)
#define CONTAINERS_MAX 256

struct build {
    const struct patch_input *input;
    const struct json *pod;
    struct json *annotation; /* as it is; NULL: none, or not ours */
    struct json *known;      /* every origin, the annotation's first; owned */
    struct json *tests, *changes, *origins;
    bool template_changes, had_ours;
    struct arena arena;
    const struct target_entry *entries; /* with pins */
    size_t entry_count;
    struct reason *why;
};

static void build_deinit(struct build *build)
{
    json_free(build->annotation);
    json_free(build->known);
    json_free(build->tests);
    json_free(build->changes);
    json_free(build->origins);
    arena_deinit(&build->arena);
}

void patch_deinit(struct patch *patch)
{
    json_free(patch->operations);
    json_free(patch->origins);
}

static const struct json *annotations_of(const struct json *document)
{
    return json_path(document, "metadata", "annotations", NULL);
}

bool patch_is_on(const struct json *document) { return json_get(annotations_of(document), PATCH_ANNOTATION) != NULL; }

const struct json *patch_container(const struct json *pod_spec, const char *name, struct patch_place *ret_place)
{
    static const char *const lists[] = {"containers", "initContainers"};
    for (size_t l = 0; l < 2; l++) {
        const struct json *list = json_get(pod_spec, lists[l]);
        for (size_t i = 0; json_type(list) == JSON_ARRAY && i < json_count(list); i++)
            if (strcmp(json_text(json_get(json_at(list, i), "name")), name) == 0) {
                *ret_place = (struct patch_place){lists[l], i};
                return json_at(list, i);
            }
    }
    return NULL;
}

bool patch_in_force(const struct json *document, const struct target_entry *entries, size_t count)
{
    const struct json *pod = json_path(document, "spec", "template", "spec", NULL);
    for (size_t i = 0; i < count; i++) {
        struct patch_place place;
        const struct json *container = patch_container(pod, entries[i].container, &place);
        ptrdiff_t at = container ? patch_last_entry(container, entries[i].variable) : -1;
        const struct json *entry = at < 0 ? NULL : json_at(json_get(container, "env"), (size_t)at);
        if (!entry || strcmp(json_text(json_get(entry, "value")), entries[i].value) != 0)
            return false;
    }
    return true;
}

static int refuse_missing(struct build *build)
{
    struct patch_place place;
    for (size_t i = 0; i < build->entry_count; i++)
        if (!patch_container(build->pod, build->entries[i].container, &place))
            return reason_set(build->why, REASON_CONTAINER_NOT_FOUND, PATCH_REFUSED,
                              "the target has no container %.253s", build->entries[i].container);
    return 0;
}

static int edit_container(struct build *build, const char *list, size_t index, const struct json *container)
{
    struct edit edit CLEANUP(edit_deinit) = {.container = NULL};
    const struct patch_place place = {list, index};
    if (!json_str(json_get(container, "name")).data)
        return 0; /* nothing of ours is in one that cannot be named */
    int r = edit_build(container, &place, build->known, build->entries, build->entry_count, &edit);
    if (r == 0)
        r = edit_write(&edit, build->tests, build->changes);
    build->template_changes = build->template_changes || (r == 0 && !edit_is_empty(&edit));
    build->had_ours = build->had_ours || edit.had_ours;
    for (size_t i = 0; r == 0 && i < json_count(edit.origins); i++) {
        struct json *copy = NULL;
        r = json_dup(json_at(edit.origins, i), &copy);
        if (r == 0)
            r = json_append_take(build->origins, copy);
    }
    return r;
}

static int edit_list(struct build *build, const char *name)
{
    const struct json *list = json_get(build->pod, name);
    int r = 0;
    for (size_t i = 0; r == 0 && json_type(list) == JSON_ARRAY && i < json_count(list) && i < CONTAINERS_MAX; i++)
        r = edit_container(build, name, i, json_at(list, i));
    return r;
}

/* --- label and annotation --- */

/* Where the annotation is lost, a label beside our entries is taken for ours. */
static bool label_is_ours(const struct build *build)
{
    bool ours = false;
    if (!build->annotation)
        return build->had_ours;
    return json_bool(json_get(build->annotation, "label"), &ours) == 0 && ours;
}

/* Only together with other changes of the template: a label is not worth a rollout. *ret_ours: as the annotation should say. */
static int write_label(struct build *build, bool *ret_ours)
{
    static const char path[] = "/spec/template/metadata/labels/operator.metalbear.co~1patched";
    const struct json *labels = json_path(build->input->document, "spec", "template", "metadata", "labels", NULL);
    bool present = json_get(labels, PATCH_LABEL) != NULL, wanted = json_count(build->origins) > 0;
    *ret_ours = label_is_ours(build) && present;
    if (!build->template_changes)
        return 0;
    if (wanted && !present && json_type(labels) == JSON_OBJECT) {
        *ret_ours = true;
        return operation_append(build->changes, "add", path, json_new_text("true"));
    }
    if (!wanted && *ret_ours) {
        *ret_ours = false;
        return operation_append(build->changes, "remove", path, NULL);
    }
    return 0;
}

static int encode_annotation(const struct build *build, bool label, struct json **ret)
{
    struct json *annotation CLEANUP(json_freep) = json_new_object(), *copy = NULL;
    struct buf text CLEANUP(buf_deinit) = BUF_INIT(PATCH_ANNOTATION_BYTES_MAX);
    int r = annotation ? json_set_int(annotation, "version", 1) : -ENOMEM;
    if (r == 0)
        r = json_set_bool(annotation, "label", label);
    if (r == 0)
        r = json_dup(build->origins, &copy);
    if (r == 0)
        r = json_set_take(annotation, "entries", copy);
    if (r == 0 && json_equal(annotation, build->annotation))
        return 0; /* in place */
    if (r == 0)
        r = json_write(annotation, JSON_COMPACT, &text);
    if (r == -ENOBUFS)
        return reason_set(build->why, REASON_LIMIT_REACHED, PATCH_REFUSED,
                          "what restoring the target needs is longer than %u bytes", PATCH_ANNOTATION_BYTES_MAX);
    if (r < 0)
        return r;
    *ret = json_new_str(buf_str(&text));
    return *ret ? 0 : -ENOMEM;
}

static int write_annotation(struct build *build, bool label)
{
    static const char path[] = "/metadata/annotations/sluice.dev~1patched";
    struct json *text = NULL, *object = NULL;
    bool present = patch_is_on(build->input->document);
    if (json_count(build->origins) == 0)
        return present ? operation_append(build->changes, "remove", path, NULL) : 0;
    int r = encode_annotation(build, label, &text);
    if (r || !text)
        return r;
    if (json_type(annotations_of(build->input->document)) == JSON_OBJECT)
        return operation_append(build->changes, "add", path, text);
    object = json_new_object();
    r = object ? json_set_take(object, PATCH_ANNOTATION, text) : -ENOMEM;
    if (r == 0)
        r = operation_append(build->tests, "test", "/metadata/annotations", json_new_null());
    if (r == 0)
        return operation_append(build->changes, "add", "/metadata/annotations", object);
    json_free(object);
    return r;
}

/* --- the whole --- */

static int begin(const struct patch_input *input, struct build *build)
{
    build->input = input;
    build->pod = json_path(input->document, "spec", "template", "spec", NULL);
    build->known = json_new_array();
    build->tests = json_new_array();
    build->changes = json_new_array();
    build->origins = json_new_array();
    build->entries = input->entries;
    build->entry_count = input->entry_count;
    return build->known && build->tests && build->changes && build->origins ? 0 : -ENOMEM;
}

static int add_pins(struct build *build)
{
    struct json *undone CLEANUP(json_freep) = NULL;
    const struct patch_input *input = build->input;
    int r = patch_undone(input->document, build->known, &undone);
    if (r == 0)
        r = pins_add(undone, input->entries, input->entry_count, &build->arena, &build->entries, &build->entry_count);
    return r;
}

static int assemble(struct build *build, struct patch *ret)
{
    const struct json *uid = json_path(build->input->document, "metadata", "uid", NULL);
    struct json *operations CLEANUP(json_freep) = json_new_array(), *copy = NULL;
    int r = operations ? 0 : -ENOMEM;
    if (r == 0 && uid) {
        r = json_dup(uid, &copy);
        if (r == 0)
            r = operation_append(operations, "test", "/metadata/uid", copy);
    }
    const struct json *const lists[] = {build->tests, build->changes};
    for (size_t l = 0; l < 2; l++)
        for (size_t i = 0; r == 0 && i < json_count(lists[l]); i++) {
            r = json_dup(json_at(lists[l], i), &copy);
            if (r == 0)
                r = json_append_take(operations, copy);
        }
    if (r < 0)
        return r;
    ret->operations = json_count(build->changes) ? TAKE(operations) : NULL;
    ret->origins = json_count(build->origins) ? TAKE(build->origins) : NULL;
    ret->template_changes = build->template_changes;
    return 0;
}

int patch_build(const struct patch_input *input, struct patch *ret, struct reason *why)
{
    struct build build CLEANUP(build_deinit) = {.arena = ARENA_INIT(PATCH_BYTES_MAX), .why = why};
    bool label = false;
    int r = begin(input, &build);
    if (r == 0)
        r = patch_known_annotation(input->document, &build.annotation);
    if (r == 0)
        r = patch_known_collect(input, build.annotation, build.known);
    if (r == 0 && input->pin_dependents && input->entry_count)
        r = add_pins(&build);
    if (r == 0)
        r = refuse_missing(&build);
    if (r == 0)
        r = edit_list(&build, "containers");
    if (r == 0)
        r = edit_list(&build, "initContainers");
    if (r == 0)
        r = write_label(&build, &label);
    if (r == 0)
        r = write_annotation(&build, label);
    return r ? r : assemble(&build, ret);
}

int patch_undone(const struct json *document, const struct json *origins, struct json **ret)
{
    struct patch patch CLEANUP(patch_deinit) = {.operations = NULL};
    const struct patch_input input = {.document = document, .origins = origins};
    struct json *copy CLEANUP(json_freep) = NULL;
    struct json_error error;
    struct reason why;
    int r = json_dup(document, &copy);
    if (r == 0)
        r = patch_build(&input, &patch, &why);
    if (r == 0 && patch.operations)
        r = json_patch(copy, patch.operations, &error);
    /* A document that no API server would keep may not take the patch that was made for it: it stays as it is. */
    if (r >= 0)
        *ret = TAKE(copy);
    return r < 0 ? r : 0;
}
