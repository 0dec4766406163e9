/* Which pods run as wanted and which may still consume (C-2, W-5), and what keeps a workload from replacing them (W-4). */
#include "common/base/mono.h"
#include "common/base/secret.h"
#include "common/yaml/yaml.h"
#include "supervisor/target/obstacle.h"
#include "supervisor/target/pod_judge.h"
#include "supervisor/target/revert.h"
#include "tests/unit/cmocka_all.h"

#include <stdio.h>
#include <stdlib.h>

static struct json *given(const char *text)
{
    struct yaml_stream stream = {.count = 0};
    struct json_error error;
    if (yaml_parse(str_of(text), &JSON_LIMITS_DOCUMENT, &stream, &error) != 0)
        fail_msg("line %u: %s", error.line, error.text);
    struct json *value = TAKE(stream.documents[0].value);
    yaml_stream_deinit(&stream);
    return value;
}

#define OLD "spec: {nodeName: n1, containers: [{name: main, env: [{name: TOPIC, value: orders}]}]}"
#define NEW "spec: {nodeName: n1, containers: [{name: main, env: [{name: TOPIC, value: temp}]}]}"
#define OURS "ownerReferences: [{kind: ReplicaSet, name: shop-1, uid: r1, controller: true}]"
#define READY "status: {phase: Running, conditions: [{type: Ready, status: 'True'}]}"
#define RUNNING "status: {phase: Running, conditions: [{type: Ready, status: 'False'}]}"
#define SETS                                                                                                     \
    "[{metadata: {name: shop-1, uid: r1, ownerReferences: [{kind: Deployment, name: shop, uid: u1, controller: " \
    "true}]}},"                                                                                                  \
    " {metadata: {name: else-1, uid: r2, ownerReferences: [{kind: Deployment, name: else, uid: u2, controller: " \
    "true}]}},"                                                                                                  \
    " {metadata: {name: lone-1, uid: r3}},"                                                                      \
    " {metadata: {name: past-1, uid: r4, ownerReferences: [{kind: Deployment, name: shop, uid: u0, controller: " \
    "true}]}}]"

static void judge(enum kind kind, const char *pods_text, bool patched, struct pods_judged *ret)
{
    char hash[SHA256_TEXT_SIZE];
    struct json *pods CLEANUP(json_freep) = given(pods_text), *sets CLEANUP(json_freep) = given(SETS);
    const struct json *pod_list[16], *set_list[16];
    for (size_t i = 0; i < json_count(pods); i++)
        pod_list[i] = json_at(pods, i);
    for (size_t i = 0; i < json_count(sets); i++)
        set_list[i] = json_at(sets, i);
    sha256_hex(STR("temp"), hash);
    const struct pod_mark mark = {"main", "TOPIC", hash};
    const struct pods_input input = {.kind = kind,
                                     .name = "shop",
                                     .uid = "u1",
                                     .pods = pod_list,
                                     .pod_count = json_count(pods),
                                     .owners = set_list,
                                     .owner_count = json_count(sets),
                                     .marks = &mark,
                                     .mark_count = 1,
                                     .patched = patched,
                                     .wall_ms = 1767323045000}; /* 2026-01-02T03:04:05Z */
    pods_judge(&input, ret);
}

static void a_pod_counts_until_it_can_consume_no_more(void **state)
{
    static const struct {
        const char *pod;
        uint32_t others, ready;
        const char *says;
    } rows[] = {
        {"[{metadata: {name: a, " OURS "}, " OLD ", " READY "}]", 1, 0, "a"},
        {"[{metadata: {name: a, " OURS "}, " NEW ", " READY "}]", 0, 1, ""},
        {"[{metadata: {name: a, " OURS "}, " NEW ", " RUNNING "}]", 0, 0, ""},
        {"[{metadata: {name: a, " OURS "}, " OLD ", " RUNNING "}]", 1, 0, "a (not ready)"},
        {"[{metadata: {name: a, " OURS "}, " OLD ", status: {phase: Pending}}]", 1, 0, "a (not ready)"},
        {"[{metadata: {name: a, " OURS "}, " OLD ", status: {phase: Succeeded}}]", 0, 0, ""},
        {"[{metadata: {name: a, " OURS "}, " OLD ", status: {phase: Failed}}]", 0, 0, ""},
        {"[{metadata: {name: a, " OURS ", deletionTimestamp: '2026-01-02T03:04:20Z'}, " OLD ", " READY "}]", 1, 0,
         "a (terminating)"},
        {"[{metadata: {name: a, " OURS ", deletionTimestamp: '2026-01-02T03:00:00Z'}, " OLD ", " READY "}]", 1, 0,
         "a (on node n1, which does not end it)"},
        {"[{metadata: {name: a, " OURS "}, " OLD ", status: {phase: Running, reason: NodeLost}}]", 1, 0,
         "a (on node n1, which does not end it)"},
        {"[{metadata: {name: a, " OURS ", deletionTimestamp: '2026-01-02T03:04:20Z'}, " NEW ", " READY "}]", 0, 0,
         ""},
        /* All ended, and nobody starts them again. */
        {"[{metadata: {name: a, " OURS ", deletionTimestamp: '2026-01-02T03:04:20Z'}, " OLD
         ", status: {phase: Running, containerStatuses: [{name: main, state: {terminated: {exitCode: 0}}}]}}]",
         0, 0, ""},
        {"[{metadata: {name: a, " OURS ", deletionTimestamp: '2026-01-02T03:04:20Z'}, " OLD
         ", status: {phase: Running, containerStatuses: [{name: main, state: {terminated: {exitCode: 0}}}, {name: b, "
         "state: {running: {}}}]}}]",
         1, 0, "terminating"},
        {"[{metadata: {name: a, " OURS "}, " OLD
         ", status: {phase: Running, containerStatuses: [{name: main, state: {terminated: {exitCode: 1}}}]}}]",
         1, 0, "a (not ready)"},
        /* An init container that stays beside the others. */
        {"[{metadata: {name: a, " OURS
         ", deletionTimestamp: '2026-01-02T03:04:20Z'}, spec: {containers: [{name: x}], "
         "initContainers: [{name: main, restartPolicy: Always}]}, status: {phase: Running, initContainerStatuses: "
         "[{name: main, state: {running: {}}}], containerStatuses: [{name: x, state: {terminated: {}}}]}}]",
         1, 0, "terminating"},
        {"[{metadata: {name: a, " OURS
         ", deletionTimestamp: '2026-01-02T03:04:20Z'}, spec: {containers: [{name: x}], "
         "initContainers: [{name: once}]}, status: {phase: Running, initContainerStatuses: "
         "[{name: once, state: {running: {}}}], containerStatuses: [{name: x, state: {terminated: {}}}]}}]",
         0, 0, ""},
        {"[{metadata: {name: a, " OURS
         "}, spec: {containers: [{name: x}], initContainers: [{name: main, restartPolicy: "
         "Always, env: [{name: TOPIC, value: temp}]}]}, " READY "}]",
         0, 1, ""},
    };
    (void)state;
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
        struct pods_judged judged;
        judge(KIND_DEPLOYMENT, rows[i].pod, true, &judged);
        if (judged.others != rows[i].others || judged.fitting_ready != rows[i].ready ||
            !strstr(judged.others_text, rows[i].says))
            fail_msg("row %zu: %u others (%s), %u ready", i, judged.others, judged.others_text, judged.fitting_ready);
    }
}

static void the_last_entry_of_a_name_counts_and_a_label_is_no_evidence(void **state)
{
    struct pods_judged judged;
    (void)state;
    judge(KIND_DEPLOYMENT,
          "[{metadata: {name: a, labels: {operator.metalbear.co/patched: 'true'}, " OURS
          "}, spec: {containers: [{name: main, "
          "env: [{name: TOPIC, value: temp}, {name: TOPIC, value: orders}]}]}, " READY "}]",
          true, &judged);
    assert_int_equal(judged.others, 1);
    judge(KIND_DEPLOYMENT,
          "[{metadata: {name: a, " OURS
          "}, spec: {containers: [{name: main, env: [{name: TOPIC, value: orders}, {name: "
          "TOPIC, value: temp}]}]}, " READY "}]",
          true, &judged);
    assert_int_equal(judged.others, 0);
}

static void pods_belong_by_their_chain_of_owners(void **state)
{
    static const struct {
        enum kind kind;
        const char *owner;
        uint32_t others;
    } rows[] = {
        {KIND_DEPLOYMENT, "[{kind: ReplicaSet, name: shop-1, uid: r1, controller: true}]", 1},
        {KIND_DEPLOYMENT, "[{kind: ReplicaSet, name: else-1, uid: r2, controller: true}]",
         0}, /* overlapping selector */
        {KIND_DEPLOYMENT, "[{kind: ReplicaSet, name: lone-1, uid: r3, controller: true}]",
         1}, /* the set is an orphan */
        {KIND_DEPLOYMENT, "[{kind: ReplicaSet, name: past-1, uid: r4, controller: true}]", 1}, /* of an earlier one */
        {KIND_DEPLOYMENT, "[{kind: ReplicaSet, name: gone-1, uid: r9, controller: true}]", 1}, /* the set is gone */
        {KIND_DEPLOYMENT, "[{kind: Job, name: shop, uid: j1, controller: true}]", 0},
        {KIND_DEPLOYMENT, "[{kind: Thing, name: t, uid: t1}]", 1}, /* owned, but controlled by nobody: an orphan */
        {KIND_DEPLOYMENT, "[]", 1},
        {KIND_STATEFUL_SET, "[{kind: StatefulSet, name: shop, uid: u1, controller: true}]", 1},
        {KIND_STATEFUL_SET, "[{kind: StatefulSet, name: shop, uid: u0, controller: true}]", 1},
        {KIND_STATEFUL_SET, "[{kind: StatefulSet, name: else, uid: u2, controller: true}]", 0},
        {KIND_STATEFUL_SET, "[{kind: ReplicaSet, name: shop-1, uid: r1, controller: true}]", 0},
    };
    (void)state;
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
        char text[1024];
        struct pods_judged judged;
        snprintf(text, sizeof text, "[{metadata: {name: a, ownerReferences: %s}, " OLD ", " READY "}]",
                 rows[i].owner);
        judge(rows[i].kind, text, true, &judged);
        if (judged.others != rows[i].others)
            fail_msg("row %zu: %u others", i, judged.others);
    }
}

/* C-3: restored means that no pod with our value is left; others are as they should be. */
static void after_a_restore_the_patched_ones_are_the_others(void **state)
{
    struct pods_judged judged;
    (void)state;
    judge(KIND_DEPLOYMENT,
          "[{metadata: {name: a, " OURS "}, " NEW ", " READY "}, {metadata: {name: b, " OURS "}, " OLD ", " READY
          "}]",
          false, &judged);
    assert_int_equal(judged.others, 1);
    assert_string_equal(judged.others_text, "a");
    assert_int_equal(judged.fitting_ready, 1);
}

/* K-9: what ends for good frees the original, what is started again does not. */
static void one_that_was_told_to_end_does_not_stay(void **state)
{
    struct pods_judged judged;
    (void)state;
    judge(KIND_DEPLOYMENT,
          "[{metadata: {name: a, deletionTimestamp: '2026-01-01T00:00:00Z', " OURS "}, " OLD ", " READY
          "}, {metadata: {name: b, " OURS "}, " OLD "}, {metadata: {name: c, " OURS "}, " NEW ", " READY "}]",
          true, &judged);
    assert_int_equal(judged.others, 2);
    assert_int_equal(judged.staying, 1);
    assert_int_equal(judged.fitting_ready, 1);
}

static void many_are_named_briefly(void **state)
{
    struct buf text CLEANUP(buf_deinit) = BUF_INIT(4096);
    struct pods_judged judged;
    (void)state;
    assert_int_equal(buf_append_char(&text, '['), 0);
    for (int i = 0; i < 7; i++)
        assert_int_equal(buf_printf(&text, "{metadata: {name: pod-%d, " OURS "}, " OLD ", " READY "}, ", i), 0);
    assert_int_equal(buf_append_char(&text, ']'), 0);
    judge(KIND_DEPLOYMENT, text.data, true, &judged);
    assert_int_equal(judged.others, 7);
    assert_int_equal(judged.staying, 7);
    assert_string_equal(judged.others_text, "pod-0, pod-1, pod-2 and 4 more");
}

static void a_pod_that_does_not_get_ready_says_why(void **state)
{
    static const struct {
        const char *status, *says;
    } rows[] = {
        {"{phase: Pending, containerStatuses: [{name: main, state: {waiting: {reason: ImagePullBackOff}}}]}",
         "a, container main: ImagePullBackOff"},
        {"{phase: Pending, containerStatuses: [{name: main, state: {waiting: {reason: ContainerCreating}}}]}", ""},
        {"{phase: Pending, conditions: [{type: PodScheduled, status: 'False', message: no node fits}]}",
         "a is not scheduled: no node fits"},
        {"{phase: Running, initContainerStatuses: [{name: i, state: {waiting: {reason: CrashLoopBackOff}}}]}",
         "a, container i: CrashLoopBackOff"},
    };
    (void)state;
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
        char text[1024];
        struct pods_judged judged;
        snprintf(text, sizeof text, "[{metadata: {name: a, " OURS "}, " NEW ", status: %s}]", rows[i].status);
        judge(KIND_DEPLOYMENT, text, true, &judged);
        assert_string_equal(judged.trouble, rows[i].says);
    }
}

static void what_holds_a_workload_back_is_named(void **state)
{
    static const struct {
        enum kind kind;
        const char *workload;
        enum reason_code code;
        const char *says;
    } rows[] = {
        {KIND_DEPLOYMENT, "{metadata: {name: shop}, spec: {paused: true}}", REASON_TARGET_PAUSED, "shop"},
        {KIND_DEPLOYMENT,
         "{metadata: {name: shop}, status: {conditions: [{type: ReplicaFailure, status: 'True', message: exceeded "
         "quota}]}}",
         REASON_TARGET_REPLICA_FAILURE, "exceeded quota"},
        {KIND_DEPLOYMENT, "{metadata: {name: shop}, spec: {paused: false}, status: {conditions: []}}", REASON_NONE,
         ""},
        {KIND_STATEFUL_SET, "{metadata: {name: shop}, spec: {updateStrategy: {type: OnDelete}}}",
         REASON_TARGET_ON_DELETE, "OnDelete"},
        {KIND_STATEFUL_SET,
         "{metadata: {name: shop}, spec: {updateStrategy: {type: RollingUpdate, rollingUpdate: {partition: 2}}}}",
         REASON_TARGET_PARTITIONED, "partition 2"},
        {KIND_STATEFUL_SET,
         "{metadata: {name: shop}, spec: {updateStrategy: {type: RollingUpdate, rollingUpdate: {partition: 0}}}}",
         REASON_NONE, ""},
        {KIND_ROLLOUT, "{metadata: {name: shop}, status: {pauseConditions: [{reason: CanaryPauseStep}]}}",
         REASON_TARGET_PROMOTION, "canary"},
        {KIND_ROLLOUT, "{metadata: {name: shop}, status: {pauseConditions: [{reason: BlueGreenPause}]}}",
         REASON_TARGET_PROMOTION, "promotion"},
        {KIND_ROLLOUT, "{metadata: {name: shop}, status: {abort: true, message: too slow}}", REASON_TARGET_ABORTED,
         "too slow"},
        {KIND_ROLLOUT, "{metadata: {name: shop}, spec: {paused: true}}", REASON_TARGET_PAUSED, "shop"},
    };
    (void)state;
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
        struct json *workload CLEANUP(json_freep) = given(rows[i].workload);
        struct reason why;
        obstacle_find(workload, rows[i].kind, &why);
        if (why.code != rows[i].code || !strstr(why.text, rows[i].says))
            fail_msg("row %zu: %s %s", i, reason_name(why.code), why.text);
    }
}

static void zero_replicas_are_seen(void **state)
{
    static const char *const rows[] = {"{spec: {replicas: 0}}", "{spec: {replicas: 1}}", "{spec: {}}"};
    (void)state;
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
        struct json *workload CLEANUP(json_freep) = given(rows[i]);
        assert_int_equal(workload_is_scaled_to_zero(workload), i == 0);
    }
}

/* W-6 */
static void three_reverts_are_repaired_and_counted_anew_after_ten_quiet_minutes(void **state)
{
    struct reverts reverts = {.count = 0};
    struct mono now = {1000};
    (void)state;
    for (int i = 0; i < REVERTS_MAX; i++, now.ms += 60000)
        assert_true(reverts_add(&reverts, now));
    assert_false(reverts_add(&reverts, now));
    now.ms += REVERT_QUIET_MS - 1;
    assert_false(reverts_are_over(&reverts, now));
    now.ms++;
    assert_true(reverts_are_over(&reverts, now));
    assert_true(reverts_add(&reverts, now));
    assert_int_equal(reverts.count, 1);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_pod_counts_until_it_can_consume_no_more),
        cmocka_unit_test(the_last_entry_of_a_name_counts_and_a_label_is_no_evidence),
        cmocka_unit_test(pods_belong_by_their_chain_of_owners),
        cmocka_unit_test(after_a_restore_the_patched_ones_are_the_others),
        cmocka_unit_test(one_that_was_told_to_end_does_not_stay),
        cmocka_unit_test(many_are_named_briefly),
        cmocka_unit_test(a_pod_that_does_not_get_ready_says_why),
        cmocka_unit_test(what_holds_a_workload_back_is_named),
        cmocka_unit_test(zero_replicas_are_seen),
        cmocka_unit_test(three_reverts_are_repaired_and_counted_anew_after_ten_quiet_minutes),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
