/* See the header. */
#include "worker/sqs/api.h"

#include "worker/sqs/error.h"
#include "worker/sqs/request.h"

#include <stdlib.h>

#define ANSWER_BYTES_MAX (64u << 20) /* ten messages of 1 MiB, escaped */
#define MESSAGES_DEADLINE_MS 30000   /* above the longest poll */
#define QUEUE_DEADLINE_MS 7000       /* so that within 10 s it can be read that nobody answers */
#define QUEUE_REPEAT_MS 4000

static const struct {
    const char *target;
    bool repeatable;
} targets[] = {
#define ACTION(code, call, rights, where, words, repeatable) [SQS_ACTION_##code] = {"AmazonSQS." call, repeatable},
#include "worker/sqs/action.def"
#undef ACTION
};

static const struct json_limits answer_limits = {.bytes_max = ANSWER_BYTES_MAX, .depth_max = 16, .values_max = 65536};

/* Calls that carry messages have to be waited for; those about a queue are made again anyway. */
static bool carries_messages(enum sqs_action action)
{
    switch (action) {
    case SQS_ACTION_RECEIVE:
    case SQS_ACTION_RECEIVE_AGAIN:
    case SQS_ACTION_SEND:
    case SQS_ACTION_DELETE:
    case SQS_ACTION_EXTEND:
        return true;
    case SQS_ACTION_FIND:
    case SQS_ACTION_ATTRIBUTES:
    case SQS_ACTION_TAGS:
    case SQS_ACTION_CREATE:
    case SQS_ACTION_DELETE_QUEUE:
    case SQS_ACTION_COUNT:
        break;
    }
    return false;
}

struct sqs_call {
    enum sqs_action action;
    char queue[256];
    sqs_done_fn *done;
    void *context;
    struct aws_call *call;
};

/* SQS answers some calls with nothing at all. */
static int document_of(struct str body, const struct json **ret)
{
    struct json_error error;

    return json_parse_packed(body.len ? body : STR("{}"), &answer_limits, ret, &error);
}

static void on_done(void *context, const struct aws_result *result)
{
    struct sqs_call *call CLEANUP(cleanup_freep) = context;
    const struct json *document CLEANUP(json_packed_freep) = NULL;
    struct reason why = {0};
    struct sqs_answer answer = {
        .outcome = error_outcome(result), .why = &why, .message = result->message, .coming_ms = result->coming_ms};

    answer.unsure = (result->error || result->status >= 500) && !result->throttled;

    if (answer.outcome == SQS_DONE && document_of(result->body, &document)) {
        answer.outcome = SQS_BUSY; /* nothing that SQS would send: tried again */
        answer.unsure = true;
        (void)reason_set(&why, REASON_BROKER_BUSY, 0, "SQS answered about queue %s with what is no JSON",
                         call->queue);
    } else if (answer.outcome != SQS_DONE) {
        error_reason(answer.outcome, call->action, call->queue, result, &why);
    }
    answer.document = document;
    call->done(call->context, &answer);
    document = answer.document; /* NULL when it was taken */
}

int sqs_call(struct aws_client *client, const struct sqs_request *request, struct sqs_call **ret)
{
    struct sqs_call *call CLEANUP(cleanup_freep) = calloc(1, sizeof *call);
    bool messages = carries_messages(request->action);
    struct aws_call_spec spec = {.target = targets[request->action].target,
                                 .body = request->body,
                                 .deadline_ms = messages ? MESSAGES_DEADLINE_MS : QUEUE_DEADLINE_MS,
                                 .repeat_ms = messages ? request->repeat_ms : QUEUE_REPEAT_MS,
                                 .body_bytes_max = ANSWER_BYTES_MAX,
                                 .repeatable = targets[request->action].repeatable,
                                 .on_done = on_done,
                                 .context = call};
    int result;

    if (!call)
        return -ENOMEM;
    call->action = request->action;
    str_copy_cut(call->queue, sizeof call->queue, str_of(request->queue));
    call->done = request->done;
    call->context = request->context;
    result = aws_client_call(client, &spec, &call->call);
    if (result)
        return result;
    if (ret)
        *ret = call;
    (void)TAKE(call);
    return 0;
}

void sqs_call_cancel(struct sqs_call *call)
{
    if (!call)
        return;
    aws_call_cancel(call->call);
    free(call);
}
