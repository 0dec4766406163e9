/* The denominator of P-10: the least that a program can do that forwards from one SQS queue to another with libcurl and our signatures.
 * No sessions, nothing tried again, no checks: receive ten, send ten, delete ten, on so many connections side by side.
 *
 * Reads no more of an answer than it has to: the texts of Body, MessageAttributes and ReceiptHandle are sent on as they stand there, so
 * every message must have all three. Runs until it is ended; whoever measures looks at the queues and at its processor time. Anything
 * that goes wrong ends it.
 *
 * usage: sluice_bench_sqs_loop ENDPOINT REGION SOURCE-URL DESTINATION-URL CONNECTIONS; keys: AWS_ACCESS_KEY_ID, AWS_SECRET_ACCESS_KEY */
#include "common/aws/sigv4.h"
#include "common/base/buf.h"
#include "common/base/secret.h"
#include "common/base/str.h"
#include <curl/curl.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#define BATCH 10
#define BUFFER_MAX (16 << 20)
#define CONNECTIONS_MAX 1000
#define WAIT_MS 1000

enum step { STEP_RECEIVE, STEP_SEND, STEP_DELETE, STEP_COUNT };

static const char *const targets[STEP_COUNT] = {"AmazonSQS.ReceiveMessage", "AmazonSQS.SendMessageBatch",
                                                "AmazonSQS.DeleteMessageBatch"};

struct loop {
    const char *endpoint, *region, *source, *destination;
    struct str host;
    struct aws_keys keys;
    CURLM *multi;
    struct buf receive; /* the same every time */
};

struct connection {
    struct loop *loop;
    CURL *easy;
    struct curl_slist *headers;
    enum step step;
    struct buf answer, send, delete, header;
};

static _Noreturn void die(const char *what, struct str text)
{
    fprintf(stderr, "%s: %.*s\n", what, (int)(text.len > 500 ? 500 : text.len), text.data);
    exit(1);
}

static void need(int error)
{
    if (error < 0)
        die("no memory", STR(""));
}

static void put(struct buf *buf, const char *text) { need(buf_append_str(buf, str_of(text))); }

/* End of the JSON value that begins at `at`: a text, or an object without braces in its texts. */
static size_t value_end(struct str json, size_t at)
{
    if (json.data[at] == '"') {
        for (at++; at < json.len && json.data[at] != '"'; at++)
            at += json.data[at] == '\\';
        return at + 1;
    }
    size_t depth = 0;
    for (; at < json.len; at++) {
        depth += json.data[at] == '{';
        if (json.data[at] == '}' && --depth == 0)
            return at + 1;
    }
    die("not an answer", json);
}

/* The value of the next member of that name; what was read is taken from the front of rest. */
static struct str member_take(struct str *rest, struct str name)
{
    ptrdiff_t found = str_find(*rest, name);

    if (found < 0)
        die("a message lacks a member", name);
    size_t begin = (size_t)found + name.len, end = value_end(*rest, begin);
    struct str value = {rest->data + begin, end - begin};
    *rest = (struct str){rest->data + end, rest->len - end};
    return value;
}

static void batch_begin(struct buf *buf, const char *url)
{
    buf_clear(buf);
    need(buf_printf(buf, "{\"QueueUrl\":\"%s\",\"Entries\":[", url));
}

/* Both requests that follow, out of what was received. false: nothing was. */
static bool requests_build(struct connection *connection)
{
    struct str rest = buf_str(&connection->answer);
    unsigned count = 0;

    batch_begin(&connection->send, connection->loop->destination);
    batch_begin(&connection->delete, connection->loop->source);
    while (str_find(rest, STR("\"ReceiptHandle\":")) >= 0) {
        struct str handle = member_take(&rest, STR("\"ReceiptHandle\":"));
        struct str body = member_take(&rest, STR("\"Body\":"));
        struct str attributes = member_take(&rest, STR("\"MessageAttributes\":"));
        const char *comma = count ? "," : "";
        need(buf_printf(&connection->send, "%s{\"Id\":\"%u\",\"MessageBody\":%.*s,\"MessageAttributes\":%.*s}", comma,
                        count, STR_ARG(body), STR_ARG(attributes)));
        need(buf_printf(&connection->delete, "%s{\"Id\":\"%u\",\"ReceiptHandle\":%.*s}", comma, count,
                        STR_ARG(handle)));
        count++;
    }
    put(&connection->send, "]}");
    put(&connection->delete, "]}");
    return count > 0;
}

static void header_add(struct connection *connection, const char *name, struct str value)
{
    buf_clear(&connection->header);
    need(buf_printf(&connection->header, "%s: %.*s", name, STR_ARG(value)));
    struct curl_slist *longer = curl_slist_append(connection->headers, connection->header.data);
    if (!longer)
        die("no memory", STR(""));
    connection->headers = longer;
}

static void request_sign(struct connection *connection, struct str body)
{
    const struct loop *loop = connection->loop;
    struct timespec now;
    char date[AWS_TIME_SIZE], payload[SHA256_TEXT_SIZE];
    struct buf authorization = BUF_INIT(AWS_SIGNED_BYTES_MAX);

    clock_gettime(CLOCK_REALTIME, &now);
    struct aws_scope scope = {"sqs", loop->region, (int64_t)now.tv_sec * 1000 + now.tv_nsec / 1000000};
    aws_time_format(scope.wall_ms, date);
    sha256_hex(body, payload);
    const struct aws_pair headers[] = {{STR("content-type"), STR("application/x-amz-json-1.0")},
                                       {STR("host"), loop->host},
                                       {STR("x-amz-date"), str_of(date)},
                                       {STR("x-amz-target"), str_of(targets[connection->step])}};
    struct aws_request request = {
        .method = "POST", .path = STR("/"), .headers = headers, .header_count = 4, .payload = payload};
    need(aws_sign(&loop->keys, &scope, &request, &authorization));
    curl_slist_free_all(connection->headers);
    connection->headers = NULL;
    header_add(connection, "Content-Type", headers[0].value);
    header_add(connection, "X-Amz-Date", headers[2].value);
    header_add(connection, "X-Amz-Target", headers[3].value);
    header_add(connection, "Authorization", buf_str(&authorization));
    buf_deinit(&authorization);
}

static void request_begin(struct connection *connection)
{
    const struct buf *bodies[STEP_COUNT] = {&connection->loop->receive, &connection->send, &connection->delete};
    struct str body = buf_str(bodies[connection->step]);

    buf_clear(&connection->answer);
    request_sign(connection, body);
    curl_easy_setopt(connection->easy, CURLOPT_HTTPHEADER, connection->headers);
    curl_easy_setopt(connection->easy, CURLOPT_POSTFIELDSIZE_LARGE, (curl_off_t)body.len);
    curl_easy_setopt(connection->easy, CURLOPT_POSTFIELDS, body.data);
    if (curl_multi_add_handle(connection->loop->multi, connection->easy) != CURLM_OK)
        die("libcurl refuses", STR("a request"));
}

/* The answer is there: on to the next step. */
static void request_end(struct connection *connection, CURLcode result)
{
    long status = 0;
    struct str answer = buf_str(&connection->answer);

    curl_easy_getinfo(connection->easy, CURLINFO_RESPONSE_CODE, &status);
    if (result != CURLE_OK || status != 200)
        die(result == CURLE_OK ? targets[connection->step] : curl_easy_strerror(result), answer);
    if (connection->step != STEP_RECEIVE && str_find(answer, STR("\"Failed\":")) >= 0)
        die("a batch failed in part", answer);
    curl_multi_remove_handle(connection->loop->multi, connection->easy);
    if (connection->step != STEP_RECEIVE || requests_build(connection))
        connection->step = (connection->step + 1) % STEP_COUNT;
    request_begin(connection);
}

static size_t answer_take(char *data, size_t size, size_t count, void *context)
{
    struct connection *connection = context;

    need(buf_append(&connection->answer, data, size * count));
    return size * count;
}

static void connection_open(struct connection *connection, struct loop *loop)
{
    *connection = (struct connection){.loop = loop,
                                      .easy = curl_easy_init(),
                                      .answer = BUF_INIT(BUFFER_MAX),
                                      .send = BUF_INIT(BUFFER_MAX),
                                      .delete = BUF_INIT(BUFFER_MAX),
                                      .header = BUF_INIT(AWS_SIGNED_BYTES_MAX)};
    if (!connection->easy)
        die("libcurl refuses", STR("a handle"));
    curl_easy_setopt(connection->easy, CURLOPT_URL, loop->endpoint);
    curl_easy_setopt(connection->easy, CURLOPT_POST, 1L);
    curl_easy_setopt(connection->easy, CURLOPT_WRITEFUNCTION, answer_take);
    curl_easy_setopt(connection->easy, CURLOPT_WRITEDATA, connection);
    curl_easy_setopt(connection->easy, CURLOPT_PRIVATE, connection);
    request_begin(connection);
}

static void loop_run(struct loop *loop)
{
    int running, left;

    for (;;) {
        curl_multi_perform(loop->multi, &running);
        for (CURLMsg *message; (message = curl_multi_info_read(loop->multi, &left));) {
            struct connection *connection = NULL;
            CURLcode result = message->data.result;
            curl_easy_getinfo(message->easy_handle, CURLINFO_PRIVATE, (char **)&connection);
            request_end(connection, result);
        }
        curl_multi_poll(loop->multi, NULL, 0, WAIT_MS, NULL);
    }
}

static struct str variable(const char *name)
{
    const char *value = getenv(name);

    if (!value)
        die("not in the environment", str_of(name));
    return str_of(value);
}

static struct str host_of(const char *endpoint)
{
    const char *host = strstr(endpoint, "://");

    if (!host)
        die("not an endpoint", str_of(endpoint));
    return (struct str){host + 3, strcspn(host + 3, "/")};
}

int main(int argc, char **argv)
{
    uint64_t count;

    if (argc != 6 || str_to_u64(str_of(argv[5]), CONNECTIONS_MAX, &count) < 0)
        die("usage", STR("sluice_bench_sqs_loop ENDPOINT REGION SOURCE-URL DESTINATION-URL CONNECTIONS"));
    curl_global_init(CURL_GLOBAL_DEFAULT);
    struct loop loop = {.endpoint = argv[1],
                        .region = argv[2],
                        .source = argv[3],
                        .destination = argv[4],
                        .host = host_of(argv[1]),
                        .keys = {variable("AWS_ACCESS_KEY_ID"), variable("AWS_SECRET_ACCESS_KEY"), STR("")},
                        .multi = curl_multi_init(),
                        .receive = BUF_INIT(BUFFER_MAX)};
    struct connection *connections = calloc(count, sizeof *connections);
    if (!loop.multi || !connections)
        die("no memory", STR(""));
    need(
        buf_printf(&loop.receive,
                   "{\"QueueUrl\":\"%s\",\"MaxNumberOfMessages\":%d,\"WaitTimeSeconds\":20,\"VisibilityTimeout\":120,"
                   "\"AttributeNames\":[\"All\"],\"MessageAttributeNames\":[\"All\"]}",
                   loop.source, BATCH));
    for (uint64_t i = 0; i < count; i++)
        connection_open(&connections[i], &loop);
    loop_run(&loop);
}
