/* aws_probe FILE: makes the calls of a JSON document, the first "atOnce" of them at once and the others one after the other, with the
 * keys that its environment leads to, and says each answer as one line of JSON. */
#include "common/aws/client.h"
#include "common/base/fd.h"
#include "common/json/json.h"

#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

struct probe {
    struct loop *loop;
    struct json *document;
    struct aws_credentials *credentials;
    struct aws_client *client;
    struct loop_timer *pause;
    size_t next, answered, at_once;
};

static const char *text_of(const struct json *json, const char *key)
{
    const char *text = json_text(json_get(json, key));
    return text[0] ? text : NULL;
}

static int64_t number_of(const struct json *json, const char *key)
{
    int64_t number = 0;
    return json_int(json_get(json, key), &number) == 0 ? number : 0;
}

static void say(const struct json *value)
{
    CLEANUP(buf_deinit) struct buf text = BUF_INIT(64u << 20);
    check(value && json_write(value, JSON_COMPACT, &text) == 0);
    printf("%s\n", text.data);
    fflush(stdout);
}

static void call_next(void *context);

/* The next one, perhaps after a pause. */
static void go_on(struct probe *probe)
{
    const struct json *call = json_at(json_get(probe->document, "calls"), probe->next);
    loop_timer_start(probe->pause, number_of(call, "afterMs"));
}

static void on_done(void *context, const struct aws_result *result)
{
    struct probe *probe = context;
    CLEANUP(json_freep) struct json *value = json_new_object();
    check(value && json_set_int(value, "error", result->error) == 0);
    check(json_set_int(value, "status", result->status) == 0);
    check(json_set_text(value, "code", result->code) == 0);
    check(json_set_text(value, "message", result->message) == 0);
    check(json_set_bool(value, "throttled", result->throttled) == 0);
    check(json_set_take(value, "body", json_new_str(result->body)) == 0);
    say(value);
    if (++probe->answered >= probe->at_once)
        go_on(probe);
}

static void call_next(void *context)
{
    struct probe *probe = context;
    const struct json *call = json_at(json_get(probe->document, "calls"), probe->next++);
    struct aws_call *made;
    if (!call) {
        loop_stop(probe->loop);
        return;
    }
    const struct aws_call_spec spec = {.target = text_of(call, "target"),
                                       .body = json_str(json_get(call, "body")),
                                       .deadline_ms = number_of(call, "deadlineMs"),
                                       .repeat_ms = number_of(call, "repeatMs"),
                                       .body_bytes_max = (size_t)number_of(call, "bodyBytesMax"),
                                       .repeatable = number_of(call, "repeatable") != 0,
                                       .on_done = on_done,
                                       .context = probe};
    check(aws_client_call(probe->client, &spec, &made) == 0);
    if (number_of(call, "cancelled")) {
        aws_call_cancel(made);
        go_on(probe);
    }
}

static void open_client(struct probe *probe)
{
    const struct json *document = probe->document;
    const struct aws_credentials_spec keys = {.loop = probe->loop,
                                              .region = text_of(document, "region"),
                                              .role_arn = text_of(document, "roleArn"),
                                              .external_id = text_of(document, "externalId")};
    check(aws_credentials_new(&keys, &probe->credentials) == 0);
    const struct aws_client_spec spec = {.loop = probe->loop,
                                         .service = text_of(document, "service"),
                                         .region = text_of(document, "region"),
                                         .endpoint = text_of(document, "endpoint"),
                                         .credentials = probe->credentials};
    check(aws_client_new(&spec, &probe->client) == 0);
    check(loop_timer_new(probe->loop, call_next, probe, &probe->pause) == 0);
}

int main(int argc, char **argv)
{
    struct probe probe = {.next = 0};
    CLEANUP(buf_deinit) struct buf text = BUF_INIT(1 << 20);
    struct json_error error;
    check(argc == 2 && file_read(AT_FDCWD, argv[1], &text) == 0);
    check(json_parse(buf_str(&text), &JSON_LIMITS_DOCUMENT, &probe.document, &error) == 0);
    check(loop_new(&probe.loop) == 0);
    open_client(&probe);
    probe.at_once = (size_t)number_of(probe.document, "atOnce");
    do
        call_next(&probe);
    while (probe.next < probe.at_once);
    check(loop_run(probe.loop) == 0);
    loop_timer_free(probe.pause);
    aws_client_free(probe.client);
    aws_credentials_free(probe.credentials);
    loop_free(probe.loop);
    json_free(probe.document);
    return 0;
}
