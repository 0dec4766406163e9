/* Making a temporary queue as a likeness of the original. What SQS refuses is left out and told, attribute by attribute. */
#include "worker/sqs/temp_private.h"

#include "worker/sqs/clone.h"
#include "worker/sqs/queue_url.h"

static void attribute_give_up(struct temp *temp, const char *attribute, const struct reason *refusal)
{
    struct reason why;
    size_t count = 0;

    while (temp->without[count])
        count++;
    check(count + 1 < TEMP_WITHOUT_MAX); /* each of them is given up once */
    temp->without[count] = attribute;
    (void)reason_set(&why, REASON_QUEUE_ATTRIBUTE_REFUSED, 0,
                     "%s cannot be made with the original's %s and is made without it: %.300s", temp->name, attribute,
                     refusal->text);
    worker_report_event(temp->sink.engine->runtime, &why, temp->sink.session);
}

/* A queue is made in the account of the credentials, and the application looks for it in the original's. */
static void account_check(struct temp *temp, const char *url)
{
    struct str ours = queue_url_account(url), theirs = queue_url_account(temp->sink.engine->original.url);
    struct reason why;

    if (!ours.len || !theirs.len || str_equal(ours, theirs))
        return;
    temp->elsewhere = true;
    (void)reason_set(
        &why, REASON_QUEUE_REFUSED, 0,
        "queue %s is one of account %.*s, and temporary queues are made in account %.*s, where the application "
        "does not look for them: credentials of account %.*s are needed",
        temp->sink.engine->spec.name, STR_ARG(theirs), STR_ARG(ours), STR_ARG(theirs));
    temp_fail(temp, &why);
}

static void made(struct temp *temp, const struct json *document)
{
    const char *url = json_text(json_get(document, "QueueUrl"));

    if (url[0] && str_copy(temp->sink.url, sizeof temp->sink.url, str_of(url)) == 0)
        pause_end(&temp->pause);
    temp->exists = true;
    temp->good = 0;
    temp->created_at = temp->looked_at = mono_now();
    temp->proof = (struct proof){0};
    account_check(temp, url);
}

/* Within 60 s the name is not free yet; that is waiting, not failing. */
static void name_wait(struct temp *temp, const struct reason *why)
{
    struct reason lost;

    temp_lost_reason(temp, &lost);
    pause_for(&temp->pause, TEMP_NAME_FREE_MS / 10);
    temp_tell(temp, WORKER_TEMP_FAILED, temp->used ? &lost : why);
}

static void on_created(void *context, struct sqs_answer *answer)
{
    struct temp *temp = context;
    struct json *attributes CLEANUP(json_freep) = TAKE(temp->attributes);
    const char *suspect = answer->outcome == SQS_REFUSED ? clone_suspect(attributes, answer->message) : NULL;

    temp->call = NULL;
    engine_wake(temp->sink.engine);
    if (answer->outcome == SQS_DONE)
        made(temp, answer->document);
    else if (answer->outcome == SQS_EXISTS)
        made(temp, NULL); /* names are never used twice (C-10): it is ours, made before a crash */
    else if (answer->outcome == SQS_RECENT)
        name_wait(temp, answer->why);
    else if (suspect)
        attribute_give_up(temp, suspect, answer->why);
    else
        temp_fail(temp, answer->why);
}

static int attributes_make(struct temp *temp, struct json **ret)
{
    const struct engine *engine = temp->sink.engine;
    struct clone_want want = {.original = json_get(engine->original.attributes, "Attributes"),
                              .original_name = engine->spec.name,
                              .name = temp->name,
                              .fallback = temp->wanted->role == WORKER_TEMP_FALLBACK,
                              .without = temp->without};

    return clone_attributes(&want, ret);
}

static void tags_tell(struct temp *temp, size_t left_out)
{
    struct reason why;

    if (!left_out || temp->tags_told)
        return;
    temp->tags_told = true;
    (void)reason_set(&why, REASON_QUEUE_ATTRIBUTE_REFUSED, 0,
                     "%s is made without %zu of the tags of the original and the resource: a queue has %d at most",
                     temp->name, left_out, CLONE_TAGS_MAX);
    worker_report_event(temp->sink.engine->runtime, &why, temp->sink.session);
}

void temp_create(struct temp *temp)
{
    const struct engine *engine = temp->sink.engine;
    struct buf buf CLEANUP(buf_deinit) = BUF_INIT(REQUEST_BYTES_MAX);
    struct json *tags CLEANUP(json_freep) = NULL;
    size_t left_out = 0;
    int result;

    if (!mono_reached(mono_now(), temp->free_at))
        return;
    result = attributes_make(temp, &temp->attributes);
    if (!result)
        result = clone_tags(json_get(engine->original.tags, "Tags"), engine->spec.tags, &tags, &left_out);
    if (!result)
        result = request_create(&buf, temp->name, temp->attributes, tags);
    if (result)
        engine_no_memory();
    tags_tell(temp, left_out);
    temp_call(temp, SQS_ACTION_CREATE, buf_str(&buf), on_created);
}
