/* See the header. */
#include "worker/sqs/error.h"

static const struct {
    const char *code;
    enum sqs_outcome outcome;
} errors[] = {
#define SQS_ERROR(name, value) {name, SQS_##value},
#include "worker/sqs/error.def"
#undef SQS_ERROR
};

static const struct {
    const char *rights;
    const char *words;
} actions[] = {
#define ACTION(code, call, rights, where, words, repeatable) [SQS_ACTION_##code] = {rights, words},
#include "worker/sqs/action.def"
#undef ACTION
};

const char *sqs_action_rights(enum sqs_action action) { return actions[action].rights; }

enum sqs_outcome error_outcome(const struct aws_result *result)
{
    if (result->error == -EACCES || result->error == -ENOKEY)
        return SQS_CREDENTIALS;
    if (result->error)
        return SQS_UNREACHABLE;
    if (result->status >= 200 && result->status < 300)
        return SQS_DONE;
    for (size_t i = 0; i < sizeof errors / sizeof *errors; i++)
        if (strcmp(result->code, errors[i].code) == 0)
            return errors[i].outcome;
    return SQS_BUSY;
}

static void tell_failure(enum reason_code code, enum sqs_action action, const char *queue, const char *why,
                         struct reason *ret)
{
    (void)reason_set(ret, code, 0, "cannot %s queue %s: %s", actions[action].words, queue, why);
}

static void tell_code(enum reason_code reason, enum sqs_action action, const char *queue, const char *why,
                      const struct aws_result *result, struct reason *ret)
{
    const char *code = result->code[0] ? result->code : "an answer without a code";

    (void)reason_set(ret, reason, 0, "cannot %s queue %s: %s (%.80s)", actions[action].words, queue, why, code);
}

void error_reason(enum sqs_outcome outcome, enum sqs_action action, const char *queue,
                  const struct aws_result *result, struct reason *ret)
{
    switch (outcome) {
    case SQS_DONE:
        *ret = (struct reason){0};
        return;
    case SQS_GONE:
        tell_failure(REASON_QUEUE_MISSING, action, queue, "there is no such queue in this account and region", ret);
        return;
    case SQS_RECENT:
        tell_failure(REASON_QUEUE_NAME_TAKEN, action, queue, "one of this name was deleted less than 60 s ago", ret);
        return;
    case SQS_EXISTS:
        tell_failure(REASON_QUEUE_NAME_TAKEN, action, queue, "there is one of this name with other attributes", ret);
        return;
    case SQS_DENIED:
        (void)reason_set(ret, REASON_BROKER_AUTHORIZATION, 0,
                         "cannot %s queue %s: the right %s on it is missing, or one on its key (%.80s)",
                         actions[action].words, queue, actions[action].rights, result->code);
        return;
    case SQS_CREDENTIALS:
        if (result->error)
            tell_failure(REASON_BROKER_AUTHENTICATION, action, queue, result->message, ret);
        else
            tell_code(REASON_BROKER_AUTHENTICATION, action, queue, "AWS does not accept the credentials", result,
                      ret);
        return;
    case SQS_REFUSED:
        tell_code(REASON_QUEUE_REFUSED, action, queue, "SQS refuses it", result, ret);
        return;
    case SQS_TOO_LONG:
        tell_code(REASON_QUEUE_REFUSED, action, queue, "the batch is too long", result, ret);
        return;
    case SQS_FULL:
        tell_failure(REASON_BROKER_BUSY, action, queue, "too many of its messages are in flight", ret);
        return;
    case SQS_BUSY:
        tell_code(REASON_BROKER_BUSY, action, queue, "SQS cannot do it now", result, ret);
        return;
    case SQS_UNREACHABLE:
        tell_failure(REASON_BROKER_UNREACHABLE, action, queue, result->message, ret);
        return;
    }
}
