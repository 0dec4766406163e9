/* One call: sent, repeated where that is safe, told once. Owns copies of its target and body, for it may be sent several times. */
#include "common/aws/client_internal.h"

#include "common/aws/verdict.h"
#include "common/base/secret.h"
#include <stdlib.h>
#include <string.h>

static void call_unlink(struct aws_call *call)
{
    *call->slot = call->next;
    if (call->next)
        call->next->slot = call->slot;
}

static void call_free(struct aws_call *call)
{
    http_call_cancel(call->http);
    loop_timer_free(call->timer);
    buf_deinit(&call->body);
    free(call->target);
    free(call);
}

void aws_call_finish(struct aws_call *call, const struct aws_result *result)
{
    call->state = AWS_CALL_OVER; /* a cancel in its own callback means nothing more */
    call_unlink(call);
    call->on_done(call->context, result);
    call_free(call);
}

void aws_call_fail(struct aws_call *call, int error, const char *message)
{
    const struct aws_result result = {.error = error, .body = STR(""), .code = "", .message = message};

    aws_call_finish(call, &result);
}

void aws_call_cancel(struct aws_call *call)
{
    if (!call || call->state == AWS_CALL_OVER)
        return;
    call_unlink(call);
    aws_client_wake(call->client);
    call_free(call);
}

static void call_queue(struct aws_call *call)
{
    call->state = AWS_CALL_QUEUED;
    loop_timer_start(call->timer, mono_until(mono_now(), call->deadline));
    aws_client_wake(call->client);
}

/* This process was frozen during a pause: what it would send now may not be its own any more. */
static void call_late(struct aws_call *call)
{
    const struct aws_result result = {.error = -ETIMEDOUT,
                                      .body = STR(""),
                                      .code = "",
                                      .message = "it was put off for too long",
                                      .throttled = call->throttled};

    aws_call_finish(call, &result);
}

static void on_timer(void *context)
{
    struct aws_call *call = context;

    if (call->state == AWS_CALL_PAUSED && mono_reached(mono_now(), call->repeat_before))
        call_late(call);
    else if (call->state == AWS_CALL_PAUSED)
        call_queue(call);
    else if (call->state == AWS_CALL_QUEUED)
        aws_call_fail(call, -ETIMEDOUT, "it waited too long for credentials, or for other calls");
}

/* Whether it was put off: there is time and budget for a repeat. */
static bool call_pause(struct aws_call *call, enum aws_verdict verdict, int64_t retry_after_ms)
{
    unsigned tokens = verdict == AWS_VERDICT_LOST ? AWS_LOST_TOKENS : AWS_REPEAT_TOKENS;
    uint64_t random;

    random_bytes(&random, sizeof random);
    int64_t delay_ms = aws_repeat_delay_ms(call->repeats + 1, verdict == AWS_VERDICT_THROTTLED, random);
    if (delay_ms < retry_after_ms)
        delay_ms = retry_after_ms;
    if (mono_reached(mono_after(mono_now(), delay_ms), call->repeat_before) ||
        !aws_budget_take(&call->client->budget, tokens))
        return false;
    call->repeats++;
    call->throttled = verdict == AWS_VERDICT_THROTTLED;
    call->tokens = tokens;
    call->state = AWS_CALL_PAUSED;
    loop_timer_start(call->timer, delay_ms);
    return true;
}

/* Whether it is signed once more with a better time. */
static bool call_reset(struct aws_call *call, const struct http_result *result)
{
    int64_t date_ms = http_result_date_ms(result);

    if (!call->client->credentials || call->reset || date_ms == 0 ||
        !aws_clock_correct(aws_credentials_clock(call->client->credentials), call->ahead_ms, date_ms, wall_now_ms()))
        return false;
    call->reset = true;
    call_queue(call);
    return true;
}

/* Whether it is signed once more with other keys. */
static bool call_renew(struct aws_call *call)
{
    if (!call->client->credentials || call->renewed ||
        !aws_credentials_refused(call->client->credentials, call->generation))
        return false;
    call->renewed = true;
    call_queue(call);
    return true;
}

/* Whether the call goes on. */
static bool call_repeat(struct aws_call *call, enum aws_verdict verdict, const struct http_result *result)
{
    switch (verdict) {
    case AWS_VERDICT_TELL:
        return false;
    case AWS_VERDICT_THROTTLED:
    case AWS_VERDICT_TRANSIENT:
    case AWS_VERDICT_LOST:
        return call_pause(call, verdict, result->retry_after_ms);
    case AWS_VERDICT_SKEWED:
        return call_reset(call, result);
    case AWS_VERDICT_EXPIRED:
        return call_renew(call);
    }
    return false;
}

static void tell_no_answer(struct aws_call *call, int error)
{
    const struct aws_client *client = call->client;
    struct reason why;

    if (error == -EKEYREJECTED)
        reason_set(&why, REASON_NONE, 0, "%s is not trusted: its certificate is not believed", client->endpoint.url);
    else if (error == -ENOBUFS)
        reason_set(&why, REASON_NONE, 0, "the answer of %s is longer than %zu bytes", client->endpoint.url,
                   call->body_bytes_max);
    else
        reason_set(&why, REASON_NONE, 0, "%s does not answer: %s", client->endpoint.url, strerror(-error));
    aws_call_fail(call, error, why.text);
}

static void on_answer(void *context, const struct http_result *answer)
{
    struct aws_call *call = context;
    struct aws_error error = {.code = ""};

    call->http = NULL;
    aws_client_wake(call->client); /* there is room for another */
    if (answer->error == 0 && answer->status / 100 != 2)
        aws_error_read(answer->body, http_result_header(answer, "x-amzn-query-error"), &error);
    const struct aws_try end = {answer->error, answer->status, aws_error_kind_of(str_of(error.code)),
                                call->repeatable};
    enum aws_verdict verdict = aws_verdict_of(&end);
    if (call_repeat(call, verdict, answer))
        return;
    if (answer->error) {
        tell_no_answer(call, answer->error);
        return;
    }
    if (answer->status / 100 == 2)
        aws_budget_fill(&call->client->budget, call->tokens);
    const struct aws_result result = {.status = answer->status,
                                      .body = answer->body,
                                      .code = error.code,
                                      .message = error.message,
                                      .throttled = verdict == AWS_VERDICT_THROTTLED,
                                      .coming_ms = answer->coming_ms};
    aws_call_finish(call, &result);
}

static int call_start(struct aws_call *call, const struct aws_held *held)
{
    const struct aws_clock *clock = held ? aws_credentials_clock(call->client->credentials) : NULL;
    CLEANUP(aws_headers_deinit) struct aws_headers headers;
    int64_t left_ms = mono_until(mono_now(), call->deadline);

    call->ahead_ms = clock ? clock->ahead_ms : 0;
    call->generation = held ? held->generation : 0;
    int r = aws_headers_init(call, held, wall_now_ms() + call->ahead_ms, &headers);
    if (r < 0)
        return r;
    const struct http_call_spec request = {.method = "POST",
                                           .path = "/",
                                           .content_type =
                                               call->target ? AWS_CONTENT_TYPE_JSON : AWS_CONTENT_TYPE_FORM,
                                           .body = buf_str(&call->body),
                                           .headers = headers.list,
                                           .deadline_ms = left_ms > 0 ? left_ms : 1,
                                           .body_bytes_max = call->body_bytes_max,
                                           .on_done = on_answer,
                                           .context = call};
    return http_client_call(call->client->http, &request, &call->http);
}

void aws_call_send(struct aws_call *call, const struct aws_held *held)
{
    call->state = AWS_CALL_SENT;
    loop_timer_stop(call->timer);
    int r = call_start(call, held);
    if (r < 0)
        aws_call_fail(call, r, "the request cannot be made");
}

static void call_freep(struct aws_call **slot)
{
    if (*slot)
        call_free(*slot);
}

static int call_make(struct aws_client *client, const struct aws_call_spec *spec, struct aws_call **ret)
{
    CLEANUP(call_freep) struct aws_call *call = calloc(1, sizeof *call);

    if (!call)
        return -ENOMEM;
    int64_t deadline_ms = spec->deadline_ms ? spec->deadline_ms : AWS_DEADLINE_MS;
    bool ends_early = spec->repeat_ms && spec->repeat_ms < deadline_ms;
    struct mono now = mono_now();
    *call = (struct aws_call){.client = client,
                              .body = BUF_SECRET_INIT(AWS_BODY_BYTES_MAX),
                              .deadline = mono_after(now, deadline_ms),
                              .repeat_before = mono_after(now, ends_early ? spec->repeat_ms : deadline_ms),
                              .body_bytes_max = spec->body_bytes_max ? spec->body_bytes_max : AWS_BODY_BYTES_MAX,
                              .repeatable = spec->repeatable,
                              .on_done = spec->on_done,
                              .context = spec->context};
    int r = buf_append_str(&call->body, spec->body);
    if (r == 0 && spec->target)
        r = str_dup(str_of(spec->target), &call->target);
    if (r == 0)
        r = loop_timer_new(client->loop, on_timer, call, &call->timer);
    if (r == 0)
        *ret = TAKE(call);
    return r;
}

int aws_client_call(struct aws_client *client, const struct aws_call_spec *spec, struct aws_call **ret)
{
    struct aws_call *call = NULL;
    int r = call_make(client, spec, &call);

    if (r != 0)
        return r;
    struct aws_call **slot = &client->calls;
    while (*slot) /* the oldest first */
        slot = &(*slot)->next;
    call->slot = slot;
    *slot = call;
    call_queue(call);
    if (ret)
        *ret = call;
    return 0;
}
