/* A store over a folder of its own for every test, and the documents that it is given. */
#pragma once

#include "supervisor/store/store.h"
#include "tests/unit/base/scratch.h"
#include "tests/unit/json/json_given.h"

struct store_fixture {
    struct scratch *scratch;
    struct store *store;
};

static inline void store_open(struct store_fixture *fixture)
{
    struct reason why = {.code = REASON_NONE};

    if (store_new(fixture->scratch->fd, &fixture->store, &why) != 0)
        fail_msg("%s", why.text);
}

/* As after a crash: what is not in the folder is gone. */
static inline void store_reopen(struct store_fixture *fixture)
{
    store_free(TAKE(fixture->store));
    store_open(fixture);
}

static inline int store_setup(void **state)
{
    struct store_fixture *fixture = calloc(1, sizeof *fixture);
    void *scratch = NULL;

    assert_int_equal(scratch_setup(&scratch), 0);
    fixture->scratch = scratch;
    store_open(fixture);
    *state = fixture;
    return 0;
}

static inline int store_teardown(void **state)
{
    struct store_fixture *fixture = *state;
    void *scratch = fixture->scratch;

    store_free(fixture->store);
    free(fixture);
    return scratch_teardown(&scratch);
}

#define STORE_TEST(name) cmocka_unit_test_setup_teardown(name, store_setup, store_teardown)

static inline struct json *session_given(const char *name, const char *rest)
{
    char text[2048];

    snprintf(text, sizeof text,
             "{\"apiVersion\":\"sluice.dev/v1alpha1\",\"kind\":\"SplitSession\",\"metadata\":{\"name\":\"%s\"}%s}",
             name, rest);
    return json_given(text);
}

static inline struct json *config_map_given(const char *name, const char *value)
{
    char text[512];

    snprintf(text, sizeof text,
             "{\"apiVersion\":\"v1\",\"kind\":\"ConfigMap\",\"metadata\":{\"name\":\"%s\"},\"data\":{\"k\":\"%s\"}}",
             name, value);
    return json_given(text);
}

static inline struct resource_key session_key(const char *name)
{
    struct resource_key key = {.kind = KIND_SPLIT_SESSION, .namespace = "default"};

    assert_int_equal(str_copy(key.name, sizeof key.name, str_of(name)), 0);
    return key;
}

static inline const struct json *session_get(const struct store *store, const char *name)
{
    const struct resource_key key = session_key(name);

    return store_get(store, &key);
}

/* A copy of the present document, to be changed and written back. */
static inline struct json *session_copy(const struct store *store, const char *name)
{
    struct json *copy = NULL;

    assert_int_equal(json_dup(session_get(store, name), &copy), 0);
    return copy;
}

static inline const char *metadata_text(const struct json *document, const char *member)
{
    return json_text(json_path(document, "metadata", member, NULL));
}

static inline uint64_t version_of(const struct json *document)
{
    uint64_t version = 0;

    assert_int_equal(str_to_u64(str_of(metadata_text(document, "resourceVersion")), UINT64_MAX, &version), 0);
    return version;
}

static inline int64_t generation_of(const struct json *document)
{
    int64_t generation = 0;

    assert_int_equal(json_int(json_path(document, "metadata", "generation", NULL), &generation), 0);
    return generation;
}

/* What a watch was told: "ADDED a;DELETED b;". */
struct told {
    char text[4096];
    size_t count;
    uint64_t last;
};

static inline void tell(void *context, enum store_change change, const struct resource_key *key,
                        const struct json *document)
{
    static const char *const words[] = {
        [STORE_ADDED] = "ADDED", [STORE_MODIFIED] = "MODIFIED", [STORE_DELETED] = "DELETED"};
    struct told *told = context;
    size_t length = strlen(told->text);

    assert_true(version_of(document) > told->last);
    told->last = version_of(document);
    told->count++;
    snprintf(told->text + length, sizeof told->text - length, "%s %s;", words[change], key->name);
}
