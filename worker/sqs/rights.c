/* See the header. */
#include "worker/sqs/engine_private.h"

#include "worker/sqs/request.h"

enum { ORIGINAL, FALLBACK };

static const struct {
    enum sqs_action action;
    int queue;
    const char *brings;
} rows[RIGHT_COUNT] = {
#define RIGHT(action, queue, brings) [RIGHT_##action] = {SQS_ACTION_##action, queue, brings},
#include "worker/sqs/rights.def"
#undef RIGHT
};

static const char *queue_words(int queue) { return queue == ORIGINAL ? "the original" : "temporary queues"; }

static int append_missing(const struct rights *rights, struct buf *text)
{
    int result = 0;

    for (size_t i = 0; !result && i < RIGHT_COUNT; i++)
        if (rights->missing[i])
            result = buf_printf(text, "%s%s on %s is missing: %s", text->len ? "; " : "",
                                sqs_action_rights(rows[i].action), queue_words(rows[i].queue), rows[i].brings);
    return result;
}

static void tell(struct engine *engine)
{
    struct buf text CLEANUP(buf_deinit) = BUF_INIT(2000);
    struct reason why;
    bool returns = engine->spec.leftovers == SPEC_LEFTOVERS_RETURN;

    if (append_missing(&engine->rights, &text))
        engine_no_memory();
    if (text.len) {
        (void)reason_set(&why, REASON_OPTIONAL_RIGHT_MISSING, 0, "%s", text.data);
        worker_report_condition(engine->runtime, &why, "", true);
    }
    engine->source.may_extend = !engine->rights.missing[RIGHT_EXTEND];
    if (!returns || !(engine->rights.missing[RIGHT_SEND] || engine->rights.missing[RIGHT_RECEIVE]))
        return;
    (void)reason_set(&why, REASON_RETURN_NOT_ALLOWED, 0, "leftovers of %s cannot be returned: %s", engine->spec.name,
                     text.data);
    worker_report_condition(engine->runtime, &why, "", true);
}

static void on_answered(void *context, struct sqs_answer *answer)
{
    struct engine *engine = context;
    struct rights *rights = &engine->rights;

    rights->call = NULL;
    engine_wake(engine);
    rights->missing[rights->asked++] = answer->outcome == SQS_DENIED;
    if (rights->asked == RIGHT_COUNT)
        tell(engine);
}

/* Calls that SQS refuses for what they hold, once it has seen that the caller may make them: batches of nothing, and a receive
 * of no messages. */
static int body_of(enum right right, const char *url, struct buf *buf)
{
    struct request_receive receive = {.url = url};
    int result;

    switch (right) {
    case RIGHT_EXTEND:
        return request_visibility(buf, url, NULL, 0, 0);
    case RIGHT_RECEIVE:
        return request_receive(buf, &receive);
    case RIGHT_DELETE:
        return request_delete(buf, url, NULL, 0);
    case RIGHT_SEND:
        result = request_send_begin(buf, url);
        return result ? result : request_send_end(buf);
    case RIGHT_COUNT:
        break;
    }
    return -EINVAL;
}

/* An answer about a queue that is not there would say nothing. */
static bool fallback_is_there(const struct engine *engine)
{
    const struct worker_temp *wanted = worker_table_fallback(engine->table);
    const struct temp *temp = wanted ? temps_find(engine, wanted->name) : NULL;

    return temp && temp->exists && temp->good >= 2;
}

void rights_turn(struct engine *engine)
{
    struct rights *rights = &engine->rights;
    struct sink *fallback = engine_fallback(engine);
    struct buf buf CLEANUP(buf_deinit) = BUF_INIT(REQUEST_BYTES_MAX);
    bool temp = rights->asked < RIGHT_COUNT && rows[rights->asked].queue == FALLBACK;
    struct sqs_request request = {.done = on_answered, .context = engine};

    if (rights->asked == RIGHT_COUNT || rights->call || !fallback_is_there(engine))
        return;
    request.action = rows[rights->asked].action;
    request.queue = temp ? fallback->name : engine->spec.name;
    if (body_of((enum right)rights->asked, temp ? fallback->url : engine->original.url, &buf))
        engine_no_memory();
    request.body = buf_str(&buf);
    if (sqs_call(engine->client, &request, &rights->call))
        engine_no_memory();
}
