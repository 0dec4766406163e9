/* The manifests of the simulation: what the folder of a standalone supervisor would hold. */
#include "tests/sim/world.h"

#include <stdio.h>
#include <stdlib.h>

#define DOCUMENTS_MAX 16
#define TEXT_MAX 8192

static struct json *parsed(const struct buf *text)
{
    const struct json_limits limits = JSON_LIMITS_DOCUMENT;
    struct json *document = NULL;
    struct json_error error;
    check(json_parse(buf_str(text), &limits, &document, &error) == 0);
    return document;
}

#define PRINT(buf, ...) check(buf_printf(buf, __VA_ARGS__) == 0)

void sim_variable_of(const struct sim_target *target, size_t queue, char ret[32])
{
    if (target->form == FORM_MAP)
        snprintf(ret, 32, "QUEUES");
    else
        snprintf(ret, 32, "TOPIC_%zu", queue);
}

static struct str last_segment(struct str text)
{
    size_t start = text.len;
    while (start > 0 && text.data[start - 1] != '/')
        start--;
    return (struct str){text.data + start, text.len - start};
}

void sim_name_in(const struct sim_target *target, const char *value, size_t queue, char ret[BROKER_NAME_SIZE])
{
    const struct json_limits limits = JSON_LIMITS_DOCUMENT;
    struct json *map CLEANUP(json_freep) = NULL;
    struct json_error error;
    struct str name = str_of(value);
    char key[8];
    snprintf(key, sizeof key, "q%zu", queue);
    if (target->form == FORM_MAP) {
        check(json_parse(name, &limits, &map, &error) == 0);
        name = json_str(json_get(map, key));
    }
    check(str_copy(ret, BROKER_NAME_SIZE, target->form == FORM_TOPIC ? name : last_segment(name)) == 0);
}

static void print_map(const struct sim_target *target, struct buf *text)
{
    char map[1024], *at = map;
    snprintf(map, sizeof map, SIM_MAP, target->originals[0], target->originals[1], target->originals[2]);
    PRINT(text, ",{\"name\":\"QUEUES\",\"value\":\"");
    for (; *at; at++)
        PRINT(text, "%s%c", *at == '"' ? "\\" : "", *at);
    PRINT(text, "\"}");
}

static struct json *service_document(const struct sim_target *target)
{
    struct buf text CLEANUP(buf_deinit) = BUF_INIT(TEXT_MAX);
    PRINT(&text,
          "{\"apiVersion\":\"sluice.dev/v1alpha1\",\"kind\":\"LocalService\",\"metadata\":{\"namespace\":\"default\","
          "\"name\":\"%s\"},\"spec\":{\"restart\":[\"/bin/true\"],\"containers\":[{\"name\":\"main\",\"envFile\":"
          "\"/tmp/env-%s\",\"env\":[{\"name\":\"GROUP\",\"value\":\"%s\"}",
          target->name, target->name, target->group);
    for (size_t i = 0; i < target->queue_count && target->form != FORM_MAP; i++)
        PRINT(&text, ",{\"name\":\"TOPIC_%zu\",\"value\":\"%s%s\"}", i, target->form == FORM_URL ? SIM_URL : "",
              target->originals[i]);
    if (target->form == FORM_MAP)
        print_map(target, &text);
    PRINT(&text, "]}]}}");
    return parsed(&text);
}

static struct json *consumer_document(const struct sim_target *target)
{
    struct buf text CLEANUP(buf_deinit) = BUF_INIT(TEXT_MAX);
    PRINT(&text,
          "{\"apiVersion\":\"queues.mirrord.metalbear.co/v1alpha\",\"kind\":\"MirrordKafkaTopicsConsumer\","
          "\"metadata\":{\"namespace\":\"default\",\"name\":\"%s\",\"annotations\":{\"sluice.dev/leftovers\":\"%s\"",
          target->name, target->leftovers);
    if (target->drain_timeout_s >= 0)
        PRINT(&text, ",\"sluice.dev/drain-timeout\":\"%d\"", target->drain_timeout_s);
    PRINT(&text,
          "}},\"spec\":{\"consumerApiVersion\":\"apps/v1\",\"consumerKind\":\"Deployment\",\"consumerName\":\"%s\","
          "\"splitTtl\":%u,\"topics\":[",
          target->name, target->ttl_s);
    for (size_t i = 0; i < target->declared_count; i++)
        PRINT(&text,
              "%s{\"id\":\"q%zu\",\"clientConfig\":\"config-%s\",\"nameSources\":[{\"directEnvVar\":{\"container\":"
              "\"main\",\"variable\":\"TOPIC_%zu\"}}],\"groupIdSources\":[{\"directEnvVar\":{\"container\":\"main\","
              "\"variable\":\"GROUP\"}}]}",
              i ? "," : "", i, target->name, i);
    PRINT(&text, "]}}");
    return parsed(&text);
}

/* q0, q1, ... each by a variable of its own; of a map one id stands for all. */
static struct json *registry_document(const struct sim_target *target)
{
    struct buf text CLEANUP(buf_deinit) = BUF_INIT(TEXT_MAX);
    PRINT(&text,
          "{\"apiVersion\":\"queues.mirrord.metalbear.co/v1alpha\",\"kind\":\"MirrordWorkloadQueueRegistry\","
          "\"metadata\":{\"namespace\":\"default\",\"name\":\"%s\",\"annotations\":{\"sluice.dev/leftovers\":\"%s\"",
          target->name, target->leftovers);
    if (target->drain_timeout_s >= 0)
        PRINT(&text, ",\"sluice.dev/drain-timeout\":\"%d\"", target->drain_timeout_s);
    PRINT(&text,
          "}},\"spec\":{\"consumer\":{\"name\":\"%s\",\"workloadType\":\"Deployment\"},\"workloadRestartTimeout\":60,"
          "\"queues\":{",
          target->name);
    for (size_t i = 0; i < target->declared_count && target->form != FORM_MAP; i++)
        PRINT(&text, "%s\"q%zu\":{\"queueType\":\"SQS\",\"nameSource\":{\"envVar\":\"TOPIC_%zu\"}}", i ? "," : "", i,
              i);
    if (target->form == FORM_MAP)
        PRINT(&text,
              "\"q0\":{\"queueType\":\"SQS\",\"namesFromJsonMap\":true,\"nameSource\":{\"envVar\":\"QUEUES\"}}");
    PRINT(&text, "}}}");
    return parsed(&text);
}

static struct json *config_document(const struct sim_target *target)
{
    struct buf text CLEANUP(buf_deinit) = BUF_INIT(TEXT_MAX);
    PRINT(&text,
          "{\"apiVersion\":\"queues.mirrord.metalbear.co/v1alpha\",\"kind\":\"MirrordKafkaClientConfig\","
          "\"metadata\":{\"namespace\":\"mirrord\",\"name\":\"config-%s\"},\"spec\":{\"properties\":[{\"name\":"
          "\"bootstrap.servers\",\"value\":\"broker-%u:9092\"}]}}",
          target->name, target->config_version);
    return parsed(&text);
}

static struct json *given_document(const char *text)
{
    struct buf buf CLEANUP(buf_deinit) = BUF_INIT(TEXT_MAX);
    PRINT(&buf, "%s", text);
    return parsed(&buf);
}

void inputs_write(struct world *world)
{
    struct json *documents[DOCUMENTS_MAX];
    size_t count = 0;
    for (size_t i = 0; world->manifests && world->manifests[i]; i++) {
        check(count < DOCUMENTS_MAX);
        documents[count++] = given_document(world->manifests[i]);
    }
    struct reason doubt = {.code = REASON_NONE};
    for (size_t i = 0; i < world->target_count && !world->manifests; i++) {
        const struct sim_target *target = &world->targets[i];
        if (target->hidden_until)
            reason_set(&doubt, REASON_MANIFEST_UNREADABLE, 0, "the manifest of %s cannot be read", target->name);
        if (target->exists && !target->hidden_until)
            documents[count++] = service_document(target);
        if (target->declared_count && !target->hidden_until)
            documents[count++] = target->form == FORM_TOPIC ? consumer_document(target) : registry_document(target);
        if (!target->config_broken && target->form == FORM_TOPIC)
            documents[count++] = config_document(target);
    }
    check(store_replace_inputs(world->store, documents, count) == 0);
    store_doubt_inputs(world->store, &doubt);
    world_mark_all(world);
}

void inputs_hide(struct world *world, struct sim_target *target, int64_t ms)
{
    world_trace(world, "the manifests of %s cannot be read", target->name);
    target->hidden_until = world->now_ms + ms;
    inputs_write(world);
}

void inputs_turn(struct world *world)
{
    for (size_t i = 0; i < world->target_count; i++)
        if (world->targets[i].hidden_until && world->now_ms >= world->targets[i].hidden_until) {
            world_trace(world, "the manifests of %s can be read again", world->targets[i].name);
            world->targets[i].hidden_until = 0;
            inputs_write(world);
        }
}
