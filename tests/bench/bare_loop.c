/* The denominator: the least that a program which consumes and produces with librdkafka can do. No sessions, no
 * transactions, no commits; a header decides between destinations by a number in it.
 *
 * tuned: everything that is known to make such a loop fast. stock: the same loop with the library's own settings.
 * Runs until it is ended; whoever measures looks at its destinations and its processor time. */
#include "common/base/err.h"
#include "common/base/mono.h"
#include <librdkafka/rdkafka.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define BATCH_MAX 2000
#define WAIT_MS 100
#define KICK_QUEUE_MIN 4000
#define KICK_BATCH_MIN 500
#define KICK_INTERVAL_MS 3
#define DESTINATIONS_MAX 1001
#define HEADER "x-session"
#define VALUE_PREFIX "my-session-"

struct loop {
    bool tuned;
    const char *source_name;
    rd_kafka_t *source, *sink;
    rd_kafka_topic_t *source_topic;
    rd_kafka_queue_t *queue;
    rd_kafka_topic_t *destinations[DESTINATIONS_MAX]; /* 0: for what has no number */
    uint32_t destination_count;
    struct mono kick_at;
    rd_kafka_message_t *batch[BATCH_MAX];
};

static const struct setting {
    const char *name, *value;
} source_settings[] = {{"queued.min.messages", "100000"},
                       {"queued.max.messages.kbytes", "16384"},
                       {"socket.nagle.disable", "true"},
                       {"fetch.wait.max.ms", "10"}, /* else one partition at its end holds the others up */
                       {"isolation.level", "read_committed"}},
  sink_settings[] = {{"enable.idempotence", "true"},
                     {"linger.ms", "20"}, /* it drains a backlog: fuller batches, fewer requests */
                     {"socket.nagle.disable", "true"},
                     {"queue.buffering.max.messages", "2000000"},
                     {"queue.buffering.max.kbytes", "262144"}};

static _Noreturn void die(const char *what, const char *text)
{
    fprintf(stderr, "%s: %s\n", what, text);
    exit(1);
}

static void set(rd_kafka_conf_t *conf, const char *name, const char *value)
{
    char text[256];

    if (rd_kafka_conf_set(conf, name, value, text, sizeof text) != RD_KAFKA_CONF_OK)
        die(name, text);
}

static rd_kafka_conf_t *conf_new(const char *bootstrap, const struct setting *settings, size_t count)
{
    rd_kafka_conf_t *conf = rd_kafka_conf_new();

    set(conf, "bootstrap.servers", bootstrap);
    for (size_t i = 0; i < count; i++)
        set(conf, settings[i].name, settings[i].value);
    return conf;
}

static rd_kafka_t *client_new(rd_kafka_type_t type, rd_kafka_conf_t *conf)
{
    char text[256];
    rd_kafka_t *client = rd_kafka_new(type, conf, text, sizeof text);

    if (!client)
        die("client", text);
    return client;
}

static void delivered(rd_kafka_t *client, const rd_kafka_message_t *report, void *opaque)
{
    (void)client;
    (void)opaque;
    if (report->err)
        die("delivery", rd_kafka_err2str(report->err));
}

static void source_open(struct loop *loop, const char *bootstrap, int partitions)
{
    size_t count = loop->tuned ? sizeof source_settings / sizeof *source_settings : 0;
    rd_kafka_conf_t *conf = conf_new(bootstrap, source_settings, count);

    set(conf, "group.id", "bare-loop");
    loop->source = client_new(RD_KAFKA_CONSUMER, conf);
    loop->source_topic = rd_kafka_topic_new(loop->source, loop->source_name, NULL);
    loop->queue = rd_kafka_queue_new(loop->source);
    for (int i = 0; i < partitions; i++)
        if (rd_kafka_consume_start_queue(loop->source_topic, i, RD_KAFKA_OFFSET_BEGINNING, loop->queue))
            die("source", rd_kafka_err2str(rd_kafka_last_error()));
}

static void sink_open(struct loop *loop, const char *bootstrap, char **names, int count)
{
    size_t settings = loop->tuned ? sizeof sink_settings / sizeof *sink_settings : 0;
    rd_kafka_conf_t *conf = conf_new(bootstrap, sink_settings, settings);

    if (count < 1 || count > DESTINATIONS_MAX)
        die("destinations", "too few or too many");
    rd_kafka_conf_set_dr_msg_cb(conf, delivered);
    loop->sink = client_new(RD_KAFKA_PRODUCER, conf);
    for (int i = 0; i < count; i++)
        loop->destinations[loop->destination_count++] = rd_kafka_topic_new(loop->sink, names[i], NULL);
}

static rd_kafka_topic_t *destination_of(const struct loop *loop, const rd_kafka_message_t *message)
{
    rd_kafka_headers_t *headers = NULL;
    const char *value;
    size_t size, prefix = strlen(VALUE_PREFIX);
    unsigned long number;

    if (rd_kafka_message_headers(message, &headers) ||
        rd_kafka_header_get_last(headers, HEADER, (const void **)&value, &size) || size <= prefix ||
        memcmp(value, VALUE_PREFIX, prefix) != 0)
        return loop->destinations[0];
    number = strtoul(value + prefix, NULL, 10) + 1;
    return loop->destinations[number < loop->destination_count ? number : 0];
}

static void produce(struct loop *loop, rd_kafka_message_t *message)
{
    rd_kafka_topic_t *destination = destination_of(loop, message);
    rd_kafka_headers_t *headers = NULL;
    rd_kafka_resp_err_t error;
    rd_kafka_timestamp_type_t type;

    rd_kafka_message_detach_headers(message, &headers);
    while ((error = rd_kafka_producev(
                loop->sink, RD_KAFKA_V_RKT(destination), RD_KAFKA_V_PARTITION(message->partition),
                RD_KAFKA_V_VALUE(message->payload, message->len), RD_KAFKA_V_KEY(message->key, message->key_len),
                RD_KAFKA_V_TIMESTAMP(rd_kafka_message_timestamp(message, &type)), RD_KAFKA_V_HEADERS(headers),
                RD_KAFKA_V_MSGFLAGS(RD_KAFKA_MSG_F_COPY), RD_KAFKA_V_END)) == RD_KAFKA_RESP_ERR__QUEUE_FULL)
        rd_kafka_poll(loop->sink, WAIT_MS);
    if (error)
        die("produce", rd_kafka_err2str(error));
    rd_kafka_message_destroy(message);
}

/* 2.0.2 looks once a second whether a full queue has room again, unless something wakes its broker thread. */
static void kick(struct loop *loop, size_t count)
{
    struct mono now = mono_now();
    int64_t low, high;

    if (!loop->tuned || count < KICK_BATCH_MIN || !mono_reached(now, loop->kick_at) ||
        rd_kafka_queue_length(loop->queue) > KICK_QUEUE_MIN)
        return;
    loop->kick_at = mono_after(now, KICK_INTERVAL_MS);
    (void)rd_kafka_query_watermark_offsets(loop->source, loop->source_name, 0, &low, &high, 1);
}

static size_t receive(struct loop *loop)
{
    ssize_t more;

    loop->batch[0] = rd_kafka_consume_queue(loop->queue, WAIT_MS);
    if (!loop->batch[0])
        return 0;
    more = rd_kafka_consume_batch_queue(loop->queue, 0, loop->batch + 1, BATCH_MAX - 1);
    return more > 0 ? (size_t)more + 1 : 1;
}

static void turn(struct loop *loop)
{
    size_t count = receive(loop);

    kick(loop, count);
    for (size_t i = 0; i < count; i++)
        if (loop->batch[i]->err)
            rd_kafka_message_destroy(loop->batch[i]);
        else
            produce(loop, loop->batch[i]);
    rd_kafka_poll(loop->sink, 0);
}

int main(int argc, char **argv)
{
    struct loop *loop = calloc(1, sizeof *loop);

    if (!loop || argc < 6)
        die("usage", "sluice_bench_loop tuned|stock BOOTSTRAP SOURCE PARTITIONS DESTINATION...");
    loop->tuned = strcmp(argv[1], "tuned") == 0;
    loop->source_name = argv[3];
    sink_open(loop, argv[2], argv + 5, argc - 5);
    source_open(loop, argv[2], (int)strtol(argv[4], NULL, 10));
    for (;;)
        turn(loop);
}
