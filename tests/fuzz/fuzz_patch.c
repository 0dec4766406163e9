/* What stands on a cluster's objects, with our annotation as anybody may have written it: the patch of a workload and its reverse,
 * the pods' judge and the pointing of autoscalers take any document (S-10).
 *
 * One that nobody has patched yet is in force once the patch was applied, and without it what it was (W-1, CASE-18). */
#include "common/json/json_patch.h"
#include "supervisor/target/autoscaler.h"
#include "supervisor/target/patch.h"
#include "supervisor/target/pod_judge.h"
#include "tests/fuzz/fuzz.h"

#define TEMP "mirrord-tmp-0123456789-orders"

static const struct target_entry wanted[] = {{.container = "main", .variable = "TOPIC", .value = TEMP},
                                             {.container = "side", .variable = "URL", .value = "amqp://q/" TEMP}};
#define WANTED_COUNT (sizeof wanted / sizeof *wanted)

/* The document with the patch; NULL: there is none for it. */
static struct json *patched(const struct json *document, size_t count, bool pin)
{
    struct patch patch CLEANUP(patch_deinit) = {.operations = NULL};
    const struct patch_input input = {
        .document = document, .entries = wanted, .entry_count = count, .pin_dependents = pin};
    struct json *copy CLEANUP(json_freep) = NULL;
    struct json_error error;
    struct reason why = {.code = REASON_NONE};
    int r = patch_build(&input, &patch, &why);
    check(r == 0 || r == -ENOBUFS || (r == PATCH_REFUSED && why.text[0]));
    check(json_dup(document, &copy) == 0);
    bool fits = r == 0 && (!patch.operations || json_patch(copy, patch.operations, &error) == 0);
    return fits ? TAKE(copy) : NULL;
}

static size_t count_named(const struct json *pod, const char *name)
{
    static const char *const lists[] = {"containers", "initContainers"};
    size_t count = 0;
    for (size_t l = 0; l < 2; l++)
        for (size_t i = 0; i < json_count(json_get(pod, lists[l])); i++)
            count += strcmp(json_text(json_path(json_at(json_get(pod, lists[l]), i), "name", NULL)), name) == 0;
    return count;
}

/* As an API server could have it, and without anything of ours. */
static bool is_plain(const struct json *document)
{
    const struct json *pod = json_path(document, "spec", "template", "spec", NULL);
    bool plain = !patch_is_on(document);
    for (size_t i = 0; i < WANTED_COUNT; i++)
        plain = plain && count_named(pod, wanted[i].container) <= 1 && !patch_in_force(document, &wanted[i], 1);
    return plain;
}

static void there_and_back(const struct json *document, size_t count, bool pin)
{
    struct json *there CLEANUP(json_freep) = patched(document, count, pin), *back CLEANUP(json_freep) = NULL;
    if (!there || !is_plain(document))
        return; /* whoever wrote an annotation of ours may have said anything */
    check(patch_in_force(there, wanted, count));
    check(patch_undone(there, NULL, &back) == 0);
    check(json_equal(json_get(back, "spec"), json_get(document, "spec")));
}

static void judge(const struct json *document)
{
    const struct json *const pods[] = {document, json_path(document, "spec", "template", NULL)};
    const struct pod_mark marks[] = {{"main", "TOPIC", ""}};
    struct pods_judged judged;
    const struct pods_input input = {.kind = KIND_DEPLOYMENT,
                                     .name = "shop",
                                     .uid = "u",
                                     .pods = pods,
                                     .pod_count = pods[1] ? 2 : 1,
                                     .owners = pods,
                                     .owner_count = 1,
                                     .marks = marks,
                                     .mark_count = 1,
                                     .patched = true};
    pods_judge(&input, &judged);
    check(judged.others + judged.fitting <= input.pod_count && judged.fitting_ready <= judged.fitting);
}

static void point(const struct json *document)
{
    static const struct autoscaler_name names[] = {{"orders", TEMP}};
    for (size_t count = 0; count < 2; count++) {
        struct json *operations CLEANUP(json_freep) = NULL;
        struct reason why = {.code = REASON_NONE};
        int r = autoscaler_patch(document, names, count, &operations, &why);
        check(r == 0 || r == -ENOBUFS || (r == AUTOSCALER_REFUSED && why.text[0]));
    }
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    const struct json_limits limits = {.bytes_max = 64u << 10, .depth_max = 32, .values_max = 4096};
    struct json *document CLEANUP(json_freep) = NULL, *undone CLEANUP(json_freep) = NULL;
    struct json_error error;
    if (json_parse((struct str){(const char *)data, size}, &limits, &document, &error) != 0)
        return 0;
    check(patch_undone(document, NULL, &undone) == 0);
    for (size_t count = 0; count <= WANTED_COUNT; count++)
        there_and_back(document, count, size & 1);
    judge(document);
    point(document);
    return 0;
}
