/* Writing of the documents. Fails only for lack of memory. */
#include "supervisor/split/worker_spec.h"

#include "supervisor/split/record.h"

struct member {
    const char *name, *text;
};

static int set_texts(struct json *object, const struct member *members, size_t count)
{
    int r = 0;
    for (size_t i = 0; r == 0 && i < count; i++)
        if (members[i].text)
            r = json_set_text(object, members[i].name, members[i].text);
    return r;
}

static int write_kafka(const struct worker_wish *wish, struct json *spec)
{
    const struct member members[] = {
        {"topic", wish->original.name},
        {"group", wish->original.group},
        {"transactionalId", wish->transactional_id},
        {"cluster", wish->original.cluster[0] ? wish->original.cluster : NULL},
        {"autoOffsetReset", wish->settings->offset_reset_earliest ? "earliest" : "latest"}};
    return set_texts(spec, members, sizeof members / sizeof *members);
}

static int set_str(struct json *object, const char *name, struct str text)
{
    return json_set_take(object, name, json_new_str(text));
}

static int write_sqs_queue(const struct worker_wish *wish, struct json *spec)
{
    struct json *queue = NULL;
    int r = json_object_at(spec, "queue", &queue);
    if (r == 0)
        r = json_set_text(queue, "name", wish->original.name);
    if (r == 0)
        r = set_str(queue, "account", wish->account);
    if (r == 0)
        r = set_str(queue, "region", wish->region.len ? wish->region : str_of(wish->operator_wide->aws_region));
    return r ? r : json_set_text(queue, "url", wish->url);
}

static int write_sqs(const struct worker_wish *wish, struct json *spec)
{
    const struct settings *settings = wish->operator_wide;
    struct json *tags = NULL;
    int r = write_sqs_queue(wish, spec);
    if (r == 0)
        r = json_set_text(spec, "endpoint", settings->aws_endpoint);
    if (r == 0)
        r = json_set_bool(spec, "sns", wish->sns);
    if (r == 0)
        r = json_object_at(spec, "tags", &tags);
    for (size_t i = 0; r == 0 && i < wish->tag_count; i++)
        r = json_set_text(tags, wish->tags[i].name, wish->tags[i].value);
    if (r == 0)
        r = json_set_int(spec, "visibilitySeconds", settings->sqs_visibility_s);
    if (r == 0)
        r = json_set_int(spec, "drainProofSeconds", settings->sqs_drain_proof_s);
    return r ? r : json_set_int(spec, "deleteProofSeconds", settings->sqs_delete_proof_s);
}

static int write_spec(const struct worker_wish *wish, struct json *spec)
{
    int r = json_set_text(spec, "type", queue_type_name(wish->original.type));
    if (r == 0)
        r = wish->original.type == QUEUE_TYPE_KAFKA ? write_kafka(wish, spec) : write_sqs(wish, spec);
    return r ? r : json_set_text(spec, "leftovers", split_leftovers_word(wish->settings->leftovers));
}

static int write_credentials(struct json *credentials, const struct client_properties *properties)
{
    struct json *object = NULL;
    int r = json_object_at(credentials, "properties", &object);
    for (size_t i = 0; r == 0 && i < properties->count; i++)
        r = json_set_text(object, properties->properties[i].name, properties->properties[i].value);
    return r;
}

int worker_spec_write(const struct worker_wish *wish, struct json **ret_spec, struct json **ret_credentials)
{
    struct json *spec CLEANUP(json_freep) = json_new_object();
    struct json *credentials CLEANUP(json_freep) = json_new_object();
    int r = spec && credentials ? write_spec(wish, spec) : -ENOMEM;
    if (r == 0)
        r = write_credentials(credentials, wish->properties);
    if (r < 0)
        return r;
    *ret_spec = TAKE(spec);
    *ret_credentials = TAKE(credentials);
    return 0;
}
