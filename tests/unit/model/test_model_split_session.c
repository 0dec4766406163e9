/* SplitSession: what a client may ask for, and what the supervisor has written into it. */
#include "tests/unit/model/model_fixture.h"

struct decoded {
    struct arena arena;
    struct split_session session;
    struct reason why;
    int result;
};

static void decoded_deinit(struct decoded *decoded) { arena_deinit(&decoded->arena); }

static struct decoded decode(const char *rest)
{
    char text[4096];
    struct decoded decoded = {.arena = ARENA_INIT(MODEL_ARENA_BYTES)};

    snprintf(text, sizeof text, "{apiVersion: sluice.dev/v1alpha1, kind: SplitSession, %s}", rest);
    struct json *document CLEANUP(json_freep) = model_given(text);
    decoded.result = split_session_decode(document, &decoded.arena, &decoded.session, &decoded.why);
    return decoded;
}

#define META "metadata: {name: s}, "
#define TARGET "target: {kind: Deployment, name: shop}"

static void every_field_is_read(void **state)
{
    struct decoded decoded CLEANUP(decoded_deinit) =
        decode("metadata: {name: s, namespace: ns, uid: 0-1, creationTimestamp: '2026-01-02T03:04:05Z', annotations: "
               "{sluice.dev/renewed: '7'}}, "
               "spec: {target: {apiVersion: apps/v1, kind: StatefulSet, name: shop, container: main}, key: k, "
               "owner: {username: u, hostname: h}, queues: ["
               "{id: orders, type: Kafka, mode: mirror, messageFilter: {author: ^me$, level: a|b}}, "
               "{id: '*', type: SQS, jqFilter: .x}, {id: jobs, type: RMQ}]}, "
               "status: {phase: Ended, endReason: Killed, endedAt: '2026-01-02T03:04:06Z'}");
    const struct split_session *session = &decoded.session;

    (void)state;
    if (decoded.result)
        fail_msg("%s", decoded.why.text);
    assert_string_equal(session->key.namespace, "ns");
    assert_string_equal(session->uid, "0-1");
    assert_int_equal(session->ended_ms - session->created_ms, 1000);
    assert_string_equal(session->target_kind, "StatefulSet");
    assert_string_equal(session->target_name, "shop");
    assert_string_equal(session->target_container, "main");
    assert_string_equal(session->session_key, "k");
    assert_string_equal(session->owner_username, "u");
    assert_string_equal(session->owner_hostname, "h");
    assert_string_equal(session->renewed, "7");
    assert_string_equal(session->phase, "Ended");
    assert_string_equal(session->end_reason, "Killed");
    assert_int_equal(session->queue_count, 3);
    assert_int_equal(session->queues[0].type, QUEUE_TYPE_KAFKA);
    assert_true(session->queues[0].mirror);
    assert_int_equal(session->queues[0].filter_count, 2);
    assert_string_equal(session->queues[0].filters[1].name, "level");
    assert_string_equal(session->queues[0].filters[1].pattern, "a|b");
    assert_null(session->queues[0].jq_filter);
    assert_int_equal(session->queues[1].type, QUEUE_TYPE_SQS);
    assert_false(session->queues[1].mirror);
    assert_string_equal(session->queues[1].jq_filter, ".x");
    assert_int_equal(session->queues[1].filter_count, 0);
    assert_int_equal(session->queues[2].type, QUEUE_TYPE_RMQ);
}

static void what_is_absent_is_empty(void **state)
{
    struct decoded decoded CLEANUP(decoded_deinit) = decode(META "spec: {" TARGET ", queues: []}");

    (void)state;
    assert_int_equal(decoded.result, 0);
    assert_null(decoded.session.target_container);
    assert_string_equal(decoded.session.owner_username, "");
    assert_string_equal(decoded.session.phase, "");
    assert_string_equal(decoded.session.renewed, "");
    assert_int_equal(decoded.session.created_ms, 0);
}

static void wrong_sessions_are_refused_with_the_path(void **state)
{
    static const struct {
        const char *rest, *part;
        enum reason_code code;
    } rows[] = {
        {"metadata: {}, spec: {}", "metadata.name", REASON_FIELD_INVALID},
        {META "spec: {queues: []}", "spec.target: missing", REASON_FIELD_MISSING},
        {META "spec: {" TARGET "}", "spec.queues: missing", REASON_FIELD_MISSING},
        {META "spec: {target: {kind: Job, name: x}, queues: []}", "spec.target.kind: 'Job'", REASON_FIELD_INVALID},
        {META "spec: {" TARGET ", queues: [{id: a, type: kafka}]}", "spec.queues[0].type: 'kafka'",
         REASON_FIELD_INVALID},
        {META "spec: {" TARGET ", queues: [{id: a, type: Kafka, mode: copy}]}", "spec.queues[0].mode: 'copy'",
         REASON_FIELD_INVALID},
        {META "spec: {" TARGET ", queues: [{id: a, type: Kafka}, {id: a, type: Kafka}]}", "spec.queues[1].id: 'a'",
         REASON_FIELD_INVALID},
        {META "spec: {" TARGET ", queues: [{id: a, type: Kafka, filter: {}}]}", "spec.queues[0].filter",
         REASON_FIELD_UNKNOWN},
        {META "spec: {" TARGET ", queues: [{id: a, type: Kafka, messageFilter: {a: null}}]}",
         "spec.queues[0].messageFilter.a", REASON_FIELD_INVALID},
        {META "spec: {" TARGET ", queues: [{id: a, type: Kafka, messageFilter: [a]}]}",
         "spec.queues[0].messageFilter: must be an object", REASON_FIELD_INVALID},
        {META "spec: {" TARGET ", queues: [null]}", "spec.queues[0]: must be an object", REASON_FIELD_INVALID},
    };

    (void)state;
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
        struct decoded decoded CLEANUP(decoded_deinit) = decode(rows[i].rest);
        if (decoded.result != RESOURCE_REFUSED)
            fail_msg("accepted: %s", rows[i].rest);
        assert_reason(&decoded.why, rows[i].code, rows[i].part);
    }
}

/* S-1, S-10, S-15: 32 patterns of at most 1 KiB. */
static void filters_are_limited(void **state)
{
    struct buf text CLEANUP(buf_deinit) = BUF_INIT(8192);

    (void)state;
    assert_int_equal(buf_printf(&text, META "spec: {" TARGET ", queues: [{id: a, type: Kafka, messageFilter: {"), 0);
    for (int i = 0; i < 33; i++)
        assert_int_equal(buf_printf(&text, "h%d: x, ", i), 0);
    assert_int_equal(buf_printf(&text, "}}]}"), 0);
    struct decoded many CLEANUP(decoded_deinit) = decode(text.data);
    assert_int_equal(many.result, RESOURCE_REFUSED);
    assert_reason(&many.why, REASON_FIELD_INVALID, "messageFilter: greater than the limit of 32");

    buf_clear(&text);
    assert_int_equal(
        buf_printf(&text, META "spec: {" TARGET ", queues: [{id: a, type: Kafka, messageFilter: {h: '%01025d'}}]}",
                   1),
        0);
    struct decoded longer CLEANUP(decoded_deinit) = decode(text.data);
    assert_int_equal(longer.result, RESOURCE_REFUSED);
    assert_reason(&longer.why, REASON_FIELD_INVALID, "messageFilter.h: greater than the limit of 1024");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(every_field_is_read),
        cmocka_unit_test(what_is_absent_is_empty),
        cmocka_unit_test(wrong_sessions_are_refused_with_the_path),
        cmocka_unit_test(filters_are_limited),
    };

    return cmocka_run_group_tests_name("split_session", tests, NULL, NULL);
}
