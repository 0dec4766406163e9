/* Fills a topic with the messages of a benchmark: 100 bytes each, half of them for one of the sessions, all partitions
 * alike, uncompressed. three: three headers, told apart by x-session; six: the load of sluice_bench_route. */
#include "tests/bench/route_load.h"
#include <librdkafka/rdkafka.h>
#include <stdio.h>
#include <stdlib.h>

#define VALUE_BYTES 100
#define WAIT_MS 100

static _Noreturn void die(const char *what, const char *text)
{
    fprintf(stderr, "%s: %s\n", what, text);
    exit(1);
}

static void delivered(rd_kafka_t *client, const rd_kafka_message_t *report, void *opaque)
{
    (void)client;
    (void)opaque;
    if (report->err)
        die("delivery", rd_kafka_err2str(report->err));
}

static rd_kafka_t *producer_new(const char *bootstrap)
{
    static const char *const settings[][2] = {{"linger.ms", "5"},
                                              {"queue.buffering.max.messages", "500000"},
                                              {"batch.num.messages", "2000"},
                                              {"enable.idempotence", "true"}};
    rd_kafka_conf_t *conf = rd_kafka_conf_new();
    rd_kafka_t *client;
    char text[256];

    if (rd_kafka_conf_set(conf, "bootstrap.servers", bootstrap, text, sizeof text))
        die("bootstrap", text);
    for (size_t i = 0; i < sizeof settings / sizeof *settings; i++)
        if (rd_kafka_conf_set(conf, settings[i][0], settings[i][1], text, sizeof text))
            die(settings[i][0], text);
    rd_kafka_conf_set_dr_msg_cb(conf, delivered);
    client = rd_kafka_new(RD_KAFKA_PRODUCER, conf, text, sizeof text);
    if (!client)
        die("client", text);
    return client;
}

static rd_kafka_headers_t *headers_three(uint32_t number, uint32_t sessions)
{
    rd_kafka_headers_t *headers = rd_kafka_headers_new(3);
    char session[48], trace[48];

    snprintf(session, sizeof session, number % 2 ? "other-session-%u-abcdef" : "my-session-%u-abcdef",
             number / 2 % sessions);
    snprintf(trace, sizeof trace, "00-4bf92f3577b34da6-%08x-01", number);
    rd_kafka_header_add(headers, "x-session", -1, session, -1);
    rd_kafka_header_add(headers, "traceparent", -1, trace, -1);
    rd_kafka_header_add(headers, "x-tenant", -1, "acme", -1);
    return headers;
}

static rd_kafka_headers_t *headers_six(const struct load_message *message)
{
    rd_kafka_headers_t *headers = rd_kafka_headers_new(LOAD_HEADERS);

    for (size_t i = 0; i < LOAD_HEADERS; i++)
        rd_kafka_header_add(headers, message->headers[i].name.data, (ssize_t)message->headers[i].name.len,
                            message->headers[i].value.data, (ssize_t)message->headers[i].value.len);
    return headers;
}

static void produce(rd_kafka_t *client, rd_kafka_topic_t *topic, int partition, rd_kafka_headers_t *headers)
{
    static const char value[VALUE_BYTES] = "the body of a message";
    rd_kafka_resp_err_t error;

    while ((error = rd_kafka_producev(client, RD_KAFKA_V_RKT(topic), RD_KAFKA_V_PARTITION(partition),
                                      RD_KAFKA_V_VALUE((void *)(uintptr_t)value, sizeof value),
                                      RD_KAFKA_V_HEADERS(headers), RD_KAFKA_V_END)) == RD_KAFKA_RESP_ERR__QUEUE_FULL)
        rd_kafka_poll(client, WAIT_MS);
    if (error)
        die("produce", rd_kafka_err2str(error));
    rd_kafka_poll(client, 0);
}

int main(int argc, char **argv)
{
    rd_kafka_t *client;
    rd_kafka_topic_t *topic;
    struct load_message *messages;
    uint32_t partitions, count, sessions;

    if (argc != 7)
        die("usage", "sluice_bench_fill BOOTSTRAP TOPIC PARTITIONS MESSAGES three|six SESSIONS");
    partitions = (uint32_t)strtoul(argv[3], NULL, 10);
    count = (uint32_t)strtoul(argv[4], NULL, 10);
    sessions = (uint32_t)strtoul(argv[6], NULL, 10);
    if (!partitions || !sessions)
        die("usage", "partitions and sessions are at least 1");
    client = producer_new(argv[1]);
    topic = rd_kafka_topic_new(client, argv[2], NULL);
    messages = load_messages(sessions);
    /* Runs of neighbours go to one partition, so that each partition has messages for every session. */
    for (uint32_t i = 0; i < count; i++)
        produce(client, topic, (int)(i / LOAD_MESSAGES % partitions),
                argv[5][0] == 's' ? headers_six(&messages[i % LOAD_MESSAGES]) : headers_three(i, sessions));
    if (rd_kafka_flush(client, 30000))
        die("flush", "messages are left");
    free(messages);
    rd_kafka_topic_destroy(topic);
    rd_kafka_destroy(client);
    return 0;
}
