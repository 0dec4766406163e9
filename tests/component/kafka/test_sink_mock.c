/* K-6: what an error of each transactional call leads to, against the library's mock cluster, which answers as it is told.
 *
 * VOID: abort, the instance is good. UNKNOWN: the instance is given up, and a new one with the same id takes over. FENCED: another
 * worker has the id. What passes by itself ends in a commit. */
#include "tests/unit/cmocka_all.h"
#include "worker/kafka/sink.h"
#include <librdkafka/rdkafka_mock.h>

/* https://kafka.apache.org/protocol#protocol_api_keys */
enum {
    PRODUCE = 0,
    INIT_PRODUCER_ID = 22,
    ADD_PARTITIONS = 24,
    ADD_OFFSETS = 25,
    END_TXN = 26,
    TXN_OFFSET_COMMIT = 28
};

#define COORDINATOR 1
#define WAIT_MS 15000
#define LATE_MS (SINK_CALL_MS + 3000)

struct rig {
    rd_kafka_t *owner; /* the mock cluster lives in it */
    rd_kafka_mock_cluster_t *cluster;
    struct json *credentials;
    struct client_health health;
    struct record *record;
    struct sink sink;
};

/* The engine's watch; nothing is watched here. */
void worker_watch_enter(struct worker_watch *watch, const char *what)
{
    (void)watch;
    (void)what;
}

void worker_watch_leave(struct worker_watch *watch) { (void)watch; }

static rd_kafka_t *handle_new(rd_kafka_type_t type, const char *bootstrap)
{
    rd_kafka_conf_t *conf = rd_kafka_conf_new();
    char text[256] = "";

    if (bootstrap)
        assert_int_equal(rd_kafka_conf_set(conf, "bootstrap.servers", bootstrap, text, sizeof text),
                         RD_KAFKA_CONF_OK);
    assert_int_equal(rd_kafka_conf_set(conf, "log_level", "0", text, sizeof text), RD_KAFKA_CONF_OK);
    assert_int_equal(rd_kafka_conf_set(conf, "group.id", "test", text, sizeof text), RD_KAFKA_CONF_OK);
    rd_kafka_t *handle = rd_kafka_new(type, conf, text, sizeof text);
    assert_non_null(handle);
    return handle;
}

static void original_produce(const char *bootstrap)
{
    rd_kafka_t *producer = handle_new(RD_KAFKA_PRODUCER, bootstrap);
    char body[] = "body";

    assert_int_equal(rd_kafka_producev(producer, RD_KAFKA_V_TOPIC("original"), RD_KAFKA_V_PARTITION(0),
                                       RD_KAFKA_V_VALUE(body, sizeof body), RD_KAFKA_V_END),
                     0);
    assert_int_equal(rd_kafka_flush(producer, WAIT_MS), 0);
    rd_kafka_destroy(producer);
}

/* A message as the source hands it over. Its memory outlives the handle's consuming, not the handle. */
static rd_kafka_message_t *original_consume(rd_kafka_t *consumer)
{
    rd_kafka_topic_partition_list_t *list = rd_kafka_topic_partition_list_new(1);
    rd_kafka_message_t *message;

    rd_kafka_topic_partition_list_add(list, "original", 0)->offset = 0;
    assert_int_equal(rd_kafka_assign(consumer, list), 0);
    rd_kafka_topic_partition_list_destroy(list);
    message = rd_kafka_consumer_poll(consumer, WAIT_MS);
    assert_non_null(message);
    assert_int_equal(message->err, 0);
    return message;
}

static rd_kafka_t *consumer;

static int rig_setup(void **state)
{
    struct rig *rig = calloc(1, sizeof *rig);
    struct json *properties = json_new_object();

    assert_non_null(rig);
    rig->owner = handle_new(RD_KAFKA_PRODUCER, NULL);
    rig->cluster = rd_kafka_mock_cluster_new(rig->owner, 1);
    assert_non_null(rig->cluster);
    assert_int_equal(rd_kafka_mock_topic_create(rig->cluster, "original", 1, 1), 0);
    assert_int_equal(rd_kafka_mock_topic_create(rig->cluster, "temp", 1, 1), 0);
    const char *bootstrap = rd_kafka_mock_cluster_bootstraps(rig->cluster);
    rig->credentials = json_new_object();
    assert_int_equal(json_set_text(properties, "bootstrap.servers", bootstrap), 0);
    assert_int_equal(json_set_take(rig->credentials, "properties", properties), 0);
    original_produce(bootstrap);
    consumer = handle_new(RD_KAFKA_CONSUMER, bootstrap);
    assert_int_equal(record_new_take(original_consume(consumer), &rig->record), 0);
    *state = rig;
    return 0;
}

static int rig_teardown(void **state)
{
    struct rig *rig = *state;

    sink_close(&rig->sink);
    record_unref(rig->record);
    rd_kafka_destroy(consumer);
    rd_kafka_mock_cluster_destroy(rig->cluster);
    rd_kafka_destroy(rig->owner);
    json_free(rig->credentials);
    free(rig);
    return 0;
}

static void open_sink(struct rig *rig)
{
    struct reason why = {.code = REASON_NONE};

    if (sink_open(&rig->sink, rig->credentials, "mirrord-test", &rig->health, NULL, &why) != 0)
        fail_msg("%s: %s", reason_name(why.code), why.text);
}

/* One transaction with one record and its position. */
static int forward(struct rig *rig)
{
    rd_kafka_topic_partition_list_t *list = rd_kafka_topic_partition_list_new(1);
    const struct sink_offsets offsets = {"app", list};
    rd_kafka_topic_t *topic = NULL;
    int r;

    rd_kafka_topic_partition_list_add(list, "original", 0)->offset = 1;
    assert_int_equal(sink_topic(&rig->sink, "temp", &topic), 0);
    sink_prime(&rig->sink);
    r = sink_begin(&rig->sink, NULL);
    if (r == 0)
        r = sink_produce(&rig->sink, topic, 0, rig->record, NULL);
    if (r == 0)
        r = sink_commit(&rig->sink, &offsets);
    rd_kafka_topic_partition_list_destroy(list);
    return r;
}

/* As the slot does: what is void is aborted, and that may show more. */
static int outcome_of(struct rig *rig, int result)
{
    int aborted = result == SINK_VOID ? sink_abort(&rig->sink) : 0;

    return aborted ? aborted : result;
}

/* The outcome is got over: the next transaction is committed, after UNKNOWN by a new instance. */
static void go_on(struct rig *rig, int outcome)
{
    if (outcome == SINK_FENCED)
        return; /* the worker ends */
    if (outcome == SINK_UNKNOWN) {
        sink_close(&rig->sink);
        open_sink(rig);
    }
    assert_int_equal(forward(rig), 0);
}

struct row {
    const char *name;
    int16_t call;
    size_t times;
    rd_kafka_resp_err_t error;
    int outcome;
};

#define PASSES(call, error)                                     \
    {                                                           \
#call " " #error, call, 2, RD_KAFKA_RESP_ERR_##error, 0 \
    }
#define LEADS(call, error, outcome)                                   \
    {                                                                 \
#call " " #error, call, 1, RD_KAFKA_RESP_ERR_##error, outcome \
    }
static const struct row rows[] = {
    PASSES(ADD_PARTITIONS, CONCURRENT_TRANSACTIONS),
    PASSES(ADD_PARTITIONS, COORDINATOR_NOT_AVAILABLE),
    PASSES(ADD_PARTITIONS, NOT_COORDINATOR),
    PASSES(ADD_PARTITIONS, COORDINATOR_LOAD_IN_PROGRESS),
    PASSES(ADD_OFFSETS, CONCURRENT_TRANSACTIONS),
    PASSES(ADD_OFFSETS, COORDINATOR_NOT_AVAILABLE),
    PASSES(TXN_OFFSET_COMMIT, COORDINATOR_LOAD_IN_PROGRESS),
    PASSES(TXN_OFFSET_COMMIT, NOT_COORDINATOR),
    PASSES(END_TXN, CONCURRENT_TRANSACTIONS),
    PASSES(END_TXN, COORDINATOR_NOT_AVAILABLE),
    PASSES(END_TXN, NOT_COORDINATOR),
    PASSES(PRODUCE, NOT_ENOUGH_REPLICAS),
    PASSES(PRODUCE, NOT_LEADER_FOR_PARTITION),
    LEADS(ADD_PARTITIONS, TOPIC_AUTHORIZATION_FAILED, SINK_VOID),
    LEADS(ADD_OFFSETS, GROUP_AUTHORIZATION_FAILED, SINK_VOID),
    LEADS(TXN_OFFSET_COMMIT, ILLEGAL_GENERATION, SINK_VOID),
    LEADS(TXN_OFFSET_COMMIT, UNKNOWN_MEMBER_ID, SINK_VOID),
    LEADS(TXN_OFFSET_COMMIT, FENCED_INSTANCE_ID, SINK_VOID),
    LEADS(PRODUCE, MSG_SIZE_TOO_LARGE, SINK_VOID),
    LEADS(PRODUCE, TOPIC_AUTHORIZATION_FAILED, SINK_VOID),
    LEADS(ADD_PARTITIONS, INVALID_PRODUCER_EPOCH, SINK_FENCED),
    LEADS(ADD_PARTITIONS, PRODUCER_FENCED, SINK_FENCED),
    LEADS(ADD_OFFSETS, INVALID_PRODUCER_EPOCH, SINK_FENCED),
    LEADS(TXN_OFFSET_COMMIT, INVALID_PRODUCER_EPOCH, SINK_FENCED),
    LEADS(END_TXN, INVALID_PRODUCER_EPOCH, SINK_FENCED),
    LEADS(END_TXN, PRODUCER_FENCED, SINK_FENCED),
    LEADS(END_TXN, INVALID_TXN_STATE, SINK_UNKNOWN),
    LEADS(END_TXN, UNKNOWN, SINK_UNKNOWN),
    LEADS(ADD_OFFSETS, UNKNOWN, SINK_UNKNOWN),
    LEADS(TXN_OFFSET_COMMIT, UNKNOWN, SINK_UNKNOWN),
    LEADS(ADD_PARTITIONS, INVALID_TXN_STATE, SINK_UNKNOWN),
    LEADS(ADD_OFFSETS, INVALID_TXN_STATE, SINK_UNKNOWN),
};

static void k6_every_error_of_a_call_leads_to_its_outcome(void **state)
{
    struct rig *rig = *state;
    unsigned wrong = 0;

    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
        const struct row *row = &rows[i];
        open_sink(rig);
        for (size_t k = 0; k < row->times; k++)
            rd_kafka_mock_push_request_errors(rig->cluster, row->call, 1, row->error);
        int outcome = outcome_of(rig, forward(rig));
        if (outcome != row->outcome)
            print_error("%s: outcome %d, expected %d\n", row->name, outcome, row->outcome);
        wrong += outcome != row->outcome;
        rd_kafka_mock_clear_request_errors(rig->cluster, row->call);
        /* The mock cluster takes no later batch of an instance once it has refused one; a real one does (K-16). */
        if (row->call != PRODUCE || outcome == 0)
            go_on(rig, outcome);
        sink_close(&rig->sink);
    }
    assert_int_equal(wrong, 0);
}

static void k6_a_commit_without_an_answer_in_time_is_unknown(void **state)
{
    struct rig *rig = *state;

    open_sink(rig);
    assert_int_equal(rd_kafka_mock_broker_push_request_error_rtts(rig->cluster, COORDINATOR, END_TXN, 1,
                                                                  RD_KAFKA_RESP_ERR_NO_ERROR, LATE_MS),
                     0);
    assert_int_equal(forward(rig), SINK_UNKNOWN);
    go_on(rig, SINK_UNKNOWN);
}

static void k6_an_epoch_refused_after_the_transactions_time_out_is_unknown_not_fenced(void **state)
{
    struct rig *rig = *state;
    rd_kafka_topic_partition_list_t *list = rd_kafka_topic_partition_list_new(1);
    const struct sink_offsets offsets = {"app", list};

    rd_kafka_topic_partition_list_add(list, "original", 0)->offset = 1;
    open_sink(rig);
    assert_int_equal(sink_begin(&rig->sink, NULL), 0);
    rig->sink.begun.ms -= SINK_TRANSACTION_MS + 1; /* as if it had been frozen meanwhile */
    rd_kafka_mock_push_request_errors(rig->cluster, ADD_OFFSETS, 1, RD_KAFKA_RESP_ERR_INVALID_PRODUCER_EPOCH);
    assert_int_equal(sink_commit(&rig->sink, &offsets), SINK_UNKNOWN);
    rd_kafka_topic_partition_list_destroy(list);
    go_on(rig, SINK_UNKNOWN);
}

static void k13_an_id_that_may_not_be_used_is_told_with_the_acl(void **state)
{
    struct rig *rig = *state;
    struct reason why = {.code = REASON_NONE};

    rd_kafka_mock_push_request_errors(rig->cluster, INIT_PRODUCER_ID, 1,
                                      RD_KAFKA_RESP_ERR_TRANSACTIONAL_ID_AUTHORIZATION_FAILED);
    assert_int_equal(sink_open(&rig->sink, rig->credentials, "mirrord-test", &rig->health, NULL, &why), SINK_FAILED);
    assert_int_equal(why.code, REASON_BROKER_AUTHORIZATION);
    assert_non_null(strstr(why.text, "Write on transactional id mirrord-test"));
    rd_kafka_mock_push_request_errors(rig->cluster, INIT_PRODUCER_ID, 2, RD_KAFKA_RESP_ERR_CONCURRENT_TRANSACTIONS,
                                      RD_KAFKA_RESP_ERR_COORDINATOR_LOAD_IN_PROGRESS);
    open_sink(rig);
    assert_int_equal(forward(rig), 0);
}

#define RIG_TEST(name) cmocka_unit_test_setup_teardown(name, rig_setup, rig_teardown)

int main(void)
{
    const struct CMUnitTest tests[] = {
        RIG_TEST(k6_every_error_of_a_call_leads_to_its_outcome),
        RIG_TEST(k6_a_commit_without_an_answer_in_time_is_unknown),
        RIG_TEST(k6_an_epoch_refused_after_the_transactions_time_out_is_unknown_not_fenced),
        RIG_TEST(k13_an_id_that_may_not_be_used_is_told_with_the_acl),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
