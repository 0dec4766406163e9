/* The patch of any workload: W-1, W-8. */
#include "tests/unit/target/patch_given.h"

static unsigned seed;
static unsigned roll(unsigned below)
{
    seed = seed * 1103515245u + 12345u;
    return (seed >> 16) % below;
}

static const char *const names[] = {"TOPIC", "GROUP", "A", "B"};
static const char *const values[] = {"orders", "", "$(A)-x", "é-orders", "plain", "$(TOPIC)", "o"};

static void random_entry(struct buf *text)
{
    int r = buf_printf(text, "{name: %s", names[roll(4)]);
    if (r == 0 && roll(4) == 0)
        r = buf_printf(text, ", valueFrom: {configMapKeyRef: {name: m, key: k%u}}", roll(3));
    else if (r == 0 && roll(4))
        r = buf_printf(text, ", value: '%s'", values[roll(7)]);
    assert_int_equal(r ? r : buf_append_str(text, STR("}, ")), 0);
}

static struct json *random_document(void)
{
    struct buf text CLEANUP(buf_deinit) = BUF_INIT(1u << 16);
    assert_int_equal(
        buf_printf(&text,
                   "apiVersion: apps/v1\nkind: Deployment\nmetadata: {name: s, uid: u%s}\nspec: {template: "
                   "{metadata: {%s}, spec: {containers: [",
                   roll(2) ? "" : ", annotations: {a: b}", roll(3) ? "labels: {app: s}" : ""),
        0);
    for (unsigned c = 0, count = 1 + roll(3); c < count; c++) {
        assert_int_equal(buf_printf(&text, "{name: c%u, %s", c, roll(5) ? "env: [" : "image: [i"), 0);
        for (unsigned i = roll(6); i > 0 && text.data[text.len - 1] == '['; i = 0)
            for (unsigned j = 0; j < i; j++)
                random_entry(&text);
        assert_int_equal(buf_append_str(&text, STR("]}, ")), 0);
    }
    assert_int_equal(buf_append_str(&text, STR("]}}}")), 0);
    return given(text.data);
}

static size_t random_entries(const struct json *document, struct target_entry entries[8])
{
    static const char *const containers[] = {"c0", "c1", "c2"};
    size_t containers_count = json_count(json_path(document, "spec", "template", "spec", "containers", NULL)),
           count = 0;
    for (size_t c = 0; c < containers_count; c++)
        for (size_t n = 0; n < 2; n++)
            if (roll(2))
                entries[count++] =
                    (struct target_entry){containers[c], names[n], n ? "mirrord-tmp-1111111111-group" : TEMP, NULL};
    return count;
}

/* For any document: patched, then restored, it has the same bytes; to patch it again does nothing. */
static void property_a_restored_document_has_the_same_bytes(void **state)
{
    (void)state;
    for (seed = 1; seed < 4000; seed++) {
        unsigned number = seed;
        struct json *document CLEANUP(json_freep) = random_document(), *before CLEANUP(json_freep) = NULL;
        struct target_entry entries[8];
        assert_int_equal(json_dup(document, &before), 0);
        size_t count = random_entries(document, entries);
        const struct patch_input input = {.entries = entries, .entry_count = count, .pin_dependents = roll(2)};
        assert_int_equal(apply(document, &input), count > 0);
        assert_true(patch_in_force(document, entries, count));
        assert_false(apply(document, &input));
        if (count > 1) /* one split less */
            patch_with(document, entries, 1 + roll((unsigned)count - 1));
        restore(document);
        bool made = !json_path(before, "metadata", "annotations", NULL) && count > 0;
        assert_same(template_of(document), template_of(before));
        if (!made) /* an empty list of annotations stays: it is not in the template */
            assert_same(document, before);
        seed = number;
    }
}

/* For any change of somebody else in between: it is there after the patch is gone, as if there had been none. */
static void property_changes_of_others_survive(void **state)
{
    (void)state;
    for (seed = 1; seed < 4000; seed++) {
        unsigned number = seed;
        struct json *document CLEANUP(json_freep) = random_document(), *plain CLEANUP(json_freep) = NULL;
        struct target_entry entries[8];
        assert_int_equal(json_dup(document, &plain), 0);
        size_t count = random_entries(document, entries);
        bool has_env = json_type(env_of(document, 0)) == JSON_ARRAY && json_count(env_of(document, 0));
        const char *change =
            !has_env  ? "[{op: add, path: /spec/template/spec/containers/0/image, value: x}]"
            : roll(2) ? "[{op: add, path: /spec/template/spec/containers/0/env/0, value: {name: N, value: n}}]"
                      : "[{op: add, path: /spec/replicas, value: 3}]";
        struct json *operations CLEANUP(json_freep) = given(change);
        struct json_error error;
        patch_with(document, entries, count);
        assert_int_equal(json_patch(document, operations, &error), 0);
        assert_int_equal(json_patch(plain, operations, &error), 0);
        if (roll(2))
            patch_with(document, entries, count);
        restore(document);
        assert_same(json_get(document, "spec"), json_get(plain, "spec"));
        seed = number;
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(property_a_restored_document_has_the_same_bytes),
        cmocka_unit_test(property_changes_of_others_survive),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
