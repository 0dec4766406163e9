/* The verbs of the API and the answers to what is wrong, as a Kubernetes API server would give them. */
#include "tests/component/api/rig.h"

#define JSON_TYPE "application/json"
#define MERGE "application/merge-patch+json"
#define PATCH "application/json-patch+json"

static const char *at(const struct json *json, const char *a, const char *b)
{
    return json_text(json_path(json, a, b, NULL));
}

static const char *annotation(const struct json *session, const char *name)
{
    return json_text(json_get(json_path(session, "metadata", "annotations", NULL), name));
}

static void a_session_is_created_read_listed_and_deleted(void **state)
{
    struct rig *rig = *state;
    struct answer list CLEANUP(answer_deinit), got CLEANUP(answer_deinit), gone CLEANUP(answer_deinit);

    rig_create(rig, "a");
    rig_create(rig, "b");
    rig_expect(rig, "GET", SESSION("a"), NULL, NULL, 200, NULL, &got);
    assert_string_equal(at(got.body, "metadata", "namespace"), "default");
    rig_expect(rig, "GET", SESSIONS, NULL, NULL, 200, NULL, &list);
    assert_string_equal(json_text(json_get(list.body, "kind")), "SplitSessionList");
    assert_string_equal(json_text(json_get(list.body, "apiVersion")), "sluice.dev/v1alpha1");
    assert_int_equal(json_count(json_get(list.body, "items")), 2);
    assert_int_not_equal(json_str(json_path(list.body, "metadata", "resourceVersion", NULL)).len, 0);
    rig_expect(rig, "DELETE", SESSION("a"), NULL, NULL, 200, NULL, &gone);
    assert_string_equal(json_text(json_get(gone.body, "status")), "Success");
    assert_string_equal(at(gone.body, "details", "uid"), at(got.body, "metadata", "uid"));
    rig_expect(rig, "GET", SESSION("a"), NULL, NULL, 404, "NotFound", NULL);
    rig_expect(rig, "DELETE", SESSION("a"), NULL, NULL, 404, "NotFound", NULL);
}

static void lists_go_over_namespaces_and_by_field(void **state)
{
    struct rig *rig = *state;
    struct answer all CLEANUP(answer_deinit), one CLEANUP(answer_deinit), none CLEANUP(answer_deinit);

    rig_create(rig, "a");
    rig_create(rig, "b");
    rig_expect(rig, "GET", "/apis/sluice.dev/v1alpha1/splitsessions", NULL, NULL, 200, NULL, &all);
    assert_int_equal(json_count(json_get(all.body, "items")), 2);
    rig_expect(rig, "GET", SESSIONS "?fieldSelector=metadata.name%3Db", NULL, NULL, 200, NULL, &one);
    assert_int_equal(json_count(json_get(one.body, "items")), 1);
    assert_string_equal(at(json_at(json_get(one.body, "items"), 0), "metadata", "name"), "b");
    rig_expect(rig, "GET", "/apis/sluice.dev/v1alpha1/namespaces/other/splitsessions", NULL, NULL, 200, NULL, &none);
    assert_int_equal(json_count(json_get(none.body, "items")), 0);
    rig_expect(rig, "GET", SESSIONS "?fieldSelector=spec.key%3Db", NULL, NULL, 400, "BadRequest", NULL);
    rig_expect(rig, "GET", SESSIONS "?labelSelector=a%3Db", NULL, NULL, 400, "BadRequest", NULL);
}

static void annotations_are_patched_in_both_ways_and_put(void **state)
{
    struct rig *rig = *state;
    struct answer merged CLEANUP(answer_deinit), patched CLEANUP(answer_deinit), put CLEANUP(answer_deinit);
    struct buf body CLEANUP(buf_deinit) = BUF_INIT(65536);
    struct json *annotations = NULL, *metadata = NULL;

    rig_create(rig, "a");
    rig_expect(rig, "PATCH", SESSION("a"), MERGE, "{\"metadata\":{\"annotations\":{\"sluice.dev/renewed\":\"1\"}}}",
               200, NULL, &merged);
    assert_string_equal(annotation(merged.body, "sluice.dev/renewed"), "1");
    rig_expect(rig, "PATCH", SESSION("a"), PATCH,
               "[{\"op\":\"replace\",\"path\":\"/metadata/annotations/sluice.dev~1renewed\",\"value\":\"2\"}]", 200,
               NULL, &patched);
    assert_string_equal(annotation(patched.body, "sluice.dev/renewed"), "2");
    assert_int_equal(json_object_at(patched.body, "metadata", &metadata), 0);
    assert_int_equal(json_object_at(metadata, "annotations", &annotations), 0);
    assert_int_equal(json_set_text(annotations, "sluice.dev/renewed", "3"), 0);
    assert_int_equal(json_write(patched.body, JSON_COMPACT, &body), 0);
    rig_expect(rig, "PUT", SESSION("a"), JSON_TYPE, body.data, 200, NULL, &put);
    assert_string_equal(annotation(put.body, "sluice.dev/renewed"), "3");
    /* The same again carries a version that is old by now. */
    rig_expect(rig, "PUT", SESSION("a"), JSON_TYPE, body.data, 409, "Conflict", NULL);
}

static void nothing_but_annotations_can_be_changed(void **state)
{
    struct rig *rig = *state;
    struct answer wrong CLEANUP(answer_deinit);

    rig_create(rig, "a");
    rig_expect(rig, "PATCH", SESSION("a"), MERGE, "{\"spec\":{\"key\":\"other\"}}", 422, "Invalid", &wrong);
    assert_string_equal(at(json_at(json_path(wrong.body, "details", "causes", NULL), 0), "field", NULL), "spec");
    rig_expect(rig, "PATCH", SESSION("a"), MERGE, "{\"spec\":{\"owner\":{\"username\":\"x\"}}}", 422, "Invalid",
               NULL);
    rig_expect(rig, "PATCH", SESSION("a"), MERGE, "{\"metadata\":{\"finalizers\":[\"x\"]}}", 422, "Invalid", NULL);
    rig_expect(rig, "PATCH", SESSION("a"), MERGE, "{\"metadata\":{\"name\":\"b\"}}", 422, "Invalid", NULL);
    rig_expect(rig, "PATCH", SESSION("a"), MERGE, "{\"metadata\":null}", 422, "Invalid", NULL);
    rig_expect(rig, "PATCH", SESSION("a"), MERGE, "{\"metadata\":{\"uid\":\"0\"}}", 409, "Conflict", NULL);
    rig_expect(rig, "PATCH", SESSION("a"), MERGE, "{\"metadata\":{\"annotations\":{\"a\":1}}}", 422, "Invalid", NULL);
    rig_expect(rig, "PATCH", SESSION("a"), MERGE, "[]", 400, "BadRequest", NULL);
    rig_expect(rig, "PATCH", SESSION("a"), MERGE, "{", 400, "BadRequest", NULL);
    rig_expect(rig, "PATCH", SESSION("a"), PATCH, "[{\"op\":\"test\",\"path\":\"/kind\",\"value\":\"x\"}]", 422,
               "Invalid", NULL);
    rig_expect(rig, "PATCH", SESSION("a"), "application/strategic-merge-patch+json", "{}", 415,
               "UnsupportedMediaType", NULL);
    rig_expect(rig, "PUT", SESSION("a"), "text/plain", "{}", 415, "UnsupportedMediaType", NULL);
    rig_expect(rig, "PATCH", SESSION("nobody"), MERGE, "{}", 404, "NotFound", NULL);
    /* A status in a patch of the session itself is left alone, as every API server does. */
    rig_expect(rig, "PATCH", SESSION("a"), MERGE, "{\"status\":{\"phase\":\"Ready\"}}", 200, NULL, NULL);
    rig_expect(rig, "PATCH", SESSION("a") "/status", MERGE, "{}", 405, "MethodNotAllowed", NULL);
    /* S-10: so is what nobody looks at, or it would grow without a limit. */
    rig_expect(rig, "PATCH", SESSION("a"), MERGE, "{\"metadata\":{\"managedFields\":[[1],[2]]}}", 200, NULL, NULL);
    struct answer got CLEANUP(answer_deinit);
    rig_expect(rig, "GET", SESSION("a"), NULL, NULL, 200, NULL, &got);
    assert_null(json_get(got.body, "status"));
    assert_null(json_path(got.body, "metadata", "managedFields", NULL));
}

static void wrong_sessions_are_refused_with_the_field_named(void **state)
{
    struct rig *rig = *state;
    static const struct {
        const char *body, *field;
        unsigned status;
        const char *reason;
    } rows[] = {
        {"{}", "", 400, "BadRequest"},
        {"{\"apiVersion\":\"sluice.dev/v1alpha1\",\"kind\":\"QueueSplit\"}", "", 400, "BadRequest"},
        {"{\"apiVersion\":\"sluice.dev/"
         "v1alpha1\",\"kind\":\"SplitSession\",\"metadata\":{\"name\":\"a\",\"namespace\":"
         "\"other\"}}",
         "", 400, "BadRequest"},
        {"{\"apiVersion\":\"sluice.dev/v1alpha1\",\"kind\":\"SplitSession\"}", "metadata.name", 422, "Invalid"},
        {"{\"apiVersion\":\"sluice.dev/v1alpha1\",\"kind\":\"SplitSession\",\"metadata\":{\"name\":\"A/..\"}}",
         "metadata.name", 422, "Invalid"},
        {"{\"apiVersion\":\"sluice.dev/"
         "v1alpha1\",\"kind\":\"SplitSession\",\"metadata\":{\"name\":\"a\"},\"spec\":[]}",
         "spec", 422, "Invalid"},
        {"{\"apiVersion\":\"sluice.dev/"
         "v1alpha1\",\"kind\":\"SplitSession\",\"metadata\":{\"name\":\"a\"},\"spec\":{}}",
         "spec.target", 422, "Invalid"},
        {"{\"apiVersion\":\"sluice.dev/v1alpha1\",\"kind\":\"SplitSession\",\"metadata\":{\"name\":\"a\"},\"spec\":{"
         "\"target\":{\"kind\":\"Deployment\",\"name\":\"x\"},\"queues\":[{\"id\":\"q\",\"type\":\"MQTT\"}]}}",
         "spec.queues[0].type", 422, "Invalid"},
        {"{\"apiVersion\":\"sluice.dev/v1alpha1\",\"kind\":\"SplitSession\",\"metadata\":{\"name\":\"a\"},\"spec\":{"
         "\"target\":{\"kind\":\"Deployment\",\"name\":\"x\"},\"queues\":[{\"id\":\"q\",\"type\":\"Kafka\","
         "\"messageFilter\":{\"a\":7}}]}}",
         "spec.queues[0].messageFilter.a", 422, "Invalid"},
    };

    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
        struct answer answer CLEANUP(answer_deinit);
        rig_expect(rig, "POST", SESSIONS, JSON_TYPE, rows[i].body, rows[i].status, rows[i].reason, &answer);
        const struct json *cause = json_at(json_path(answer.body, "details", "causes", NULL), 0);
        assert_string_equal(json_text(json_get(cause, "field")), rows[i].field);
    }
    rig_expect(rig, "POST", SESSIONS, JSON_TYPE, "{\"a\":", 400, "BadRequest", NULL);
    rig_expect(rig, "POST", SESSIONS, "application/yaml", "a: b", 415, "UnsupportedMediaType", NULL);
    assert_int_equal(store_version(rig->store), 0);
}

static void a_name_is_taken_once(void **state)
{
    struct rig *rig = *state;

    rig_create(rig, "a");
    rig_expect(
        rig, "POST", SESSIONS, JSON_TYPE,
        "{\"apiVersion\":\"sluice.dev/v1alpha1\",\"kind\":\"SplitSession\",\"metadata\":{\"name\":\"a\"},\"spec\":{"
        "\"target\":{\"kind\":\"Deployment\",\"name\":\"x\"},\"queues\":[]}}",
        409, "AlreadyExists", NULL);
}

static void clients_cannot_give_finalizers_or_status(void **state)
{
    struct rig *rig = *state;
    struct answer made CLEANUP(answer_deinit);

    rig_expect(
        rig, "POST", SESSIONS, JSON_TYPE,
        "{\"apiVersion\":\"sluice.dev/v1alpha1\",\"kind\":\"SplitSession\",\"metadata\":{\"name\":\"a\","
        "\"finalizers\":[\"x\"],\"ownerReferences\":[],\"labels\":{\"l\":\"1\"}},\"status\":{\"phase\":\"Ready\"},"
        "\"spec\":{\"target\":{\"kind\":\"Deployment\",\"name\":\"x\"},\"queues\":[]}}",
        201, NULL, &made);
    assert_null(json_path(made.body, "metadata", "finalizers", NULL));
    assert_null(json_path(made.body, "metadata", "ownerReferences", NULL));
    assert_string_equal(json_text(json_path(made.body, "metadata", "labels", "l", NULL)), "1");
    assert_null(json_get(made.body, "status"));
}

static void deletions_have_preconditions(void **state)
{
    struct rig *rig = *state;

    rig_create(rig, "a");
    rig_expect(rig, "DELETE", SESSION("a"), JSON_TYPE, "{\"preconditions\":{\"uid\":\"other\"}}", 409, "Conflict",
               NULL);
    rig_expect(rig, "DELETE", SESSION("a"), JSON_TYPE, "{\"preconditions\":{\"resourceVersion\":\"7\"}}", 409,
               "Conflict", NULL);
    rig_expect(rig, "DELETE", SESSION("a"), JSON_TYPE, "{\"preconditions\":{\"resourceVersion\":\"1\"}}", 200, NULL,
               NULL);
}

static void a_session_with_finalizers_is_answered_as_it_is(void **state)
{
    struct rig *rig = *state;
    struct answer deleted CLEANUP(answer_deinit);
    struct json *session =
        json_given("{\"apiVersion\":\"sluice.dev/v1alpha1\",\"kind\":\"SplitSession\",\"metadata\":{"
                   "\"name\":\"a\",\"finalizers\":[\"sluice.dev/split\"]},\"spec\":{}}");

    assert_int_equal(store_create(rig->store, session), 0);
    rig_expect(rig, "DELETE", SESSION("a"), NULL, NULL, 200, NULL, &deleted);
    assert_string_equal(json_text(json_get(deleted.body, "kind")), "SplitSession");
    assert_string_not_equal(at(deleted.body, "metadata", "deletionTimestamp"), "");
}

static void put_input(struct rig *rig, const char *text)
{
    struct json *document = json_given(text);

    assert_int_equal(store_replace_inputs(rig->store, &document, 1), 0);
}

static void inputs_and_records_are_read_only(void **state)
{
    struct rig *rig = *state;

    put_input(rig, "{\"apiVersion\":\"v1\",\"kind\":\"ConfigMap\",\"metadata\":{\"name\":\"c\"}}");
    rig_expect(rig, "GET", "/api/v1/namespaces/default/configmaps/c", NULL, NULL, 200, NULL, NULL);
    rig_expect(rig, "GET", "/api/v1/configmaps", NULL, NULL, 200, NULL, NULL);
    rig_expect(rig, "DELETE", "/api/v1/namespaces/default/configmaps/c", NULL, NULL, 405, "MethodNotAllowed", NULL);
    rig_expect(rig, "POST", "/api/v1/namespaces/default/configmaps", JSON_TYPE, "{}", 405, "MethodNotAllowed", NULL);
    rig_expect(rig, "POST", "/apis/sluice.dev/v1alpha1/namespaces/default/queuesplits", JSON_TYPE, "{}", 405,
               "MethodNotAllowed", NULL);
    rig_expect(rig, "DELETE", SESSIONS, NULL, NULL, 405, "MethodNotAllowed", NULL);
    rig_expect(rig, "POST", SESSION("a"), JSON_TYPE, "{}", 405, "MethodNotAllowed", NULL);
}

/* S-5: whoever connects, root included, is shown no secret. */
static void secrets_are_never_served(void **state)
{
    struct rig *rig = *state;
    struct answer answer CLEANUP(answer_deinit);

    put_input(rig, "{\"apiVersion\":\"v1\",\"kind\":\"Secret\",\"metadata\":{\"name\":\"s\"},\"stringData\":{\"p\":"
                   "\"canary-71\"}}");
    rig_expect(rig, "GET", "/api/v1/namespaces/default/secrets/s", NULL, NULL, 403, "Forbidden", &answer);
    assert_null(strstr(answer.text, "canary-71"));
    rig_expect(rig, "GET", "/api/v1/secrets", NULL, NULL, 403, "Forbidden", NULL);
    rig_expect(rig, "GET", "/api/v1/secrets?watch=1", NULL, NULL, 403, "Forbidden", NULL);
}

static void paths_that_name_nothing_are_not_found(void **state)
{
    static const char *const paths[] = {"/",
                                        "/apis",
                                        "/api/v1/pods",
                                        "/apis/sluice.dev/v2/splitsessions",
                                        (SESSION("a/status/x")),
                                        (SESSION("a/scale")),
                                        "/apis/sluice.dev/v1alpha1/splitsessions/a",
                                        "/apis/sluice.dev/v1alpha1/namespaces/default/",
                                        "/apis//v1alpha1/splitsessions",
                                        "/sluice/v1/nothing"};

    for (size_t i = 0; i < sizeof paths / sizeof *paths; i++)
        rig_expect(*state, "GET", paths[i], NULL, NULL, 404, "NotFound", NULL);
}

static void echo_path(void *context, const struct http_request *request, struct http_response *response)
{
    (void)context;
    response->status = 200;
    assert_int_equal(buf_printf(&response->body, "{\"path\":\"%s\"}", request->path), 0);
}

static void other_rooms_add_paths(void **state)
{
    struct rig *rig = *state;
    struct answer answer CLEANUP(answer_deinit);
    const struct http_route exact = {"GET", "/sluice/v1/figures", echo_path, NULL};
    const struct http_route below = {"GET", "/sluice/v1/logs/", echo_path, NULL};

    assert_int_equal(api_socket_add_route(rig->api, &exact), 0);
    assert_int_equal(api_socket_add_route(rig->api, &below), 0);
    rig_expect(rig, "GET", "/sluice/v1/figures", NULL, NULL, 200, NULL, NULL);
    rig_expect(rig, "GET", "/sluice/v1/logs/split-1", NULL, NULL, 200, NULL, &answer);
    assert_string_equal(json_text(json_get(answer.body, "path")), "/sluice/v1/logs/split-1");
    rig_expect(rig, "GET", "/sluice/v1/figures2", NULL, NULL, 404, "NotFound", NULL);
    rig_expect(rig, "DELETE", "/sluice/v1/figures", NULL, NULL, 405, "MethodNotAllowed", NULL);
    for (int i = 2; i < HTTP_ROUTES_MAX; i++)
        assert_int_equal(api_socket_add_route(rig->api, &exact), 0);
    assert_int_equal(api_socket_add_route(rig->api, &exact), -ENOSPC);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        RIG_TEST(a_session_is_created_read_listed_and_deleted),
        RIG_TEST(lists_go_over_namespaces_and_by_field),
        RIG_TEST(annotations_are_patched_in_both_ways_and_put),
        RIG_TEST(nothing_but_annotations_can_be_changed),
        RIG_TEST(wrong_sessions_are_refused_with_the_field_named),
        RIG_TEST(a_name_is_taken_once),
        RIG_TEST(clients_cannot_give_finalizers_or_status),
        RIG_TEST(deletions_have_preconditions),
        RIG_TEST(a_session_with_finalizers_is_answered_as_it_is),
        RIG_TEST(inputs_and_records_are_read_only),
        RIG_TEST(secrets_are_never_served),
        RIG_TEST(paths_that_name_nothing_are_not_found),
        RIG_TEST(other_rooms_add_paths),
    };

    return cmocka_run_group_tests_name("api_verbs", tests, NULL, NULL);
}
