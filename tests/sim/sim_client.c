/* Developers: each makes a session document, renews it, consumes what its session is given once Ready, and goes away. */
#include "tests/sim/world.h"

#include <stdio.h>

#define RENEW_MS 10000

static struct json *session_document(const struct world *world, const struct sim_client *client)
{
    const struct json_limits limits = JSON_LIMITS_DOCUMENT;
    struct buf text CLEANUP(buf_deinit) = BUF_INIT(4096);
    struct json *document = NULL;
    struct json_error error;
    int r =
        buf_printf(&text,
                   "{\"apiVersion\":\"sluice.dev/v1alpha1\",\"kind\":\"SplitSession\",\"metadata\":{\"namespace\":"
                   "\"default\",\"name\":\"%s\"},\"spec\":{\"target\":{\"kind\":\"Deployment\",\"name\":\"%s\"},"
                   "\"owner\":{\"username\":\"dev\"},\"queues\":[",
                   client->name, world->targets[client->target].name);
    bool first = true;
    for (unsigned q = 0; q < SIM_QUEUES_MAX; q++) {
        bool by_another = q > 0 && world->targets[client->target].form == FORM_MAP; /* q0 stands for all */
        if (!(client->queues & (1u << q)) || by_another || r)
            continue;
        r = buf_printf(&text, "%s{\"id\":\"q%u\",\"type\":\"%s\",\"messageFilter\":{", first ? "" : ",", q,
                       world->targets[client->target].form == FORM_TOPIC ? "Kafka" : "SQS");
        if (r == 0 && client->user)
            r = buf_printf(&text, "\"user\":\"^%c$\"", client->user);
        if (r == 0)
            r = buf_append_str(&text, STR("}}"));
        first = false;
    }
    check(r == 0 && buf_append_str(&text, STR("]}}")) == 0);
    check(json_parse(buf_str(&text), &limits, &document, &error) == 0);
    return document;
}

struct sim_client *sim_client_start(struct world *world, size_t target, uint8_t queues, char user)
{
    if (world->client_count == SIM_CLIENTS_MAX)
        return NULL;
    struct sim_client *client = &world->clients[world->client_count];
    if (world->targets[target].form == FORM_MAP)
        queues = (uint8_t)((1u << world->targets[target].queue_count) - 1);
    *client = (struct sim_client){
        .used = true, .alive = true, .target = target, .queues = queues, .user = user, .ends_at = INT64_MAX};
    client->key.kind = KIND_SPLIT_SESSION;
    snprintf(client->name, sizeof client->name, "session-%zu", world->client_count++);
    check(str_copy(client->key.namespace, sizeof client->key.namespace, STR("default")) == 0);
    check(str_copy(client->key.name, sizeof client->key.name, str_of(client->name)) == 0);
    client->renew_at = world->now_ms + RENEW_MS;
    check(store_create(world->store, session_document(world, client)) == 0);
    world_trace(world, "%s starts: target %zu, queues %x, user %c", client->name, target, queues, user ? user : '-');
    return client;
}

static void delete_document(struct world *world, struct sim_client *client)
{
    int r = store_delete(world->store, &client->key);
    check(r == 0 || r == STORE_NOT_FOUND);
    client->over = true;
}

void sim_client_end(struct world *world, struct sim_client *client)
{
    client->alive = client->alive && client->ending == 2;
    if (client->ending != 1)
        delete_document(world, client);
    world_trace(world, "%s ends (%d)", client->name, client->ending);
    client->ends_at = INT64_MAX;
}

static void renew(struct world *world, struct sim_client *client)
{
    const struct json *present = store_get(world->store, &client->key);
    struct json *document = NULL, *metadata = NULL, *annotations = NULL;
    char text[32];
    client->renew_at = world->now_ms + RENEW_MS;
    if (!present)
        return;
    snprintf(text, sizeof text, "%u", ++client->renewals);
    check(json_dup(present, &document) == 0 && json_object_at(document, "metadata", &metadata) == 0 &&
          json_object_at(metadata, "annotations", &annotations) == 0 &&
          json_set_text(annotations, "sluice.dev/renewed", text) == 0);
    check(store_update(world->store, document) == 0);
}

/* Which queue of the target an original is. */
static size_t queue_of(const struct sim_target *target, const char *original)
{
    for (size_t q = 0; q < SIM_QUEUES_MAX; q++)
        if (strcmp(target->originals[q], original) == 0)
            return q;
    return SIM_QUEUES_MAX;
}

static const char *variable_of(const struct json *env, const char *name)
{
    for (size_t i = 0; i < json_count(env); i++)
        if (strcmp(json_text(json_get(json_at(env, i), "name")), name) == 0)
            return json_text(json_get(json_at(env, i), "value"));
    return "";
}

/* What the status says of each queue, the local process finds in its variables, in the form that it knows. */
static void take_queues(struct world *world, struct sim_client *client, const struct json *status)
{
    const struct json *queues = json_get(status, "queues"), *env = json_get(status, "env");
    const struct sim_target *target = &world->targets[client->target];
    char variable[32], name[BROKER_NAME_SIZE];
    for (size_t i = 0; i < json_count(queues); i++) {
        const struct json *queue = json_at(queues, i);
        size_t q = queue_of(target, json_text(json_get(queue, "original")));
        const char *id = json_text(json_get(queue, "id"));
        if (q == SIM_QUEUES_MAX && id[0] == 'q' && id[1] >= '0' && id[1] < '0' + SIM_QUEUES_MAX)
            q = (size_t)(id[1] - '0');
        check(q < SIM_QUEUES_MAX);
        check(str_copy(client->topics[q], BROKER_NAME_SIZE, json_str(json_get(queue, "temporary"))) == 0);
        sim_variable_of(target, q, variable);
        const char *value = variable_of(env, variable);
        if (!value[0] || q >= target->queue_count)
            continue;
        sim_name_in(target, value, q, name);
        if (strcmp(name, client->topics[q]) != 0)
            world_fail(world, "%s: variable %s leads to %s, not to %s (C-14)", client->name, variable, name,
                       client->topics[q]);
    }
    check(str_copy(client->group, sizeof client->group,
                   str_of(target->form == FORM_TOPIC ? variable_of(env, "GROUP") : "")) == 0);
}

/* Ready is a promise: from now on nothing that matches reaches the application (C-2, K-15). */
static void check_ready(struct world *world, const struct sim_client *client)
{
    const struct sim_target *target = &world->targets[client->target];
    if (!client->group[0] && target->form == FORM_TOPIC)
        world_fail(world, "%s is ready without a group (K-15)", client->name);
    for (unsigned q = 0; q < SIM_QUEUES_MAX; q++) {
        if (!(client->queues & (1u << q)))
            continue;
        if (!broker_exists(&world->broker, client->topics[q]))
            world_fail(world, "%s is ready without its queue %u", client->name, q);
        if (sim_target_uses(world, target->originals[q]))
            world_fail(world, "%s is ready while an instance consumes %s (C-2)", client->name, target->originals[q]);
    }
}

static void look(struct world *world, struct sim_client *client)
{
    const struct json *document = store_get(world->store, &client->key);
    const struct json *status = json_get(document, "status");
    const struct json *condition = json_at(json_get(status, "conditions"), 0);
    const char *phase = json_text(json_get(status, "phase"));
    bool failed = client->ready && !client->over && strcmp(phase, "Failed") == 0;
    if (failed && client->ready_at != INT64_MAX &&
        strcmp(json_text(json_get(condition, "reason")), "TargetNotFound") == 0)
        world_fail(world, "%s loses its target, which is there (C-3)", client->name);
    if (!document || strcmp(phase, "Ending") == 0 || strcmp(phase, "Ended") == 0 || strcmp(phase, "Failed") == 0)
        client->over = true;
    snprintf(client->phase, sizeof client->phase, "%s", document ? phase : "gone");
    if (document) {
        snprintf(client->reason, sizeof client->reason, "%s", json_text(json_get(condition, "reason")));
        snprintf(client->message, sizeof client->message, "%.200s", json_text(json_get(condition, "message")));
    }
    if (client->ready || strcmp(phase, "Ready") != 0)
        return;
    client->ready = true;
    client->ready_at = world->now_ms;
    take_queues(world, client, status);
    world_trace(world, "%s is ready", client->name);
    check_ready(world, client);
}

void sim_clients_look(struct world *world)
{
    for (size_t i = 0; i < world->client_count; i++)
        look(world, &world->clients[i]);
}

static void consume(struct world *world, struct sim_client *client)
{
    for (unsigned q = 0; q < SIM_QUEUES_MAX && client->ready; q++) {
        struct broker_topic *topic = broker_find(&world->broker, client->topics[q]);
        for (int i = 0; i < 2 && topic && broker_peek(topic, client->group) != BROKER_NONE; i++) {
            uint32_t message = broker_peek(topic, client->group);
            broker_commit(topic, client->group);
            world_consumed_by_client(world, message, client);
        }
    }
}

void sim_clients_turn(struct world *world)
{
    for (size_t i = 0; i < world->client_count; i++) {
        struct sim_client *client = &world->clients[i];
        if (world->now_ms >= client->ends_at)
            sim_client_end(world, client);
        if (!client->alive)
            continue;
        if (client->over && world_chance(world, 300)) {
            client->alive = false;
            continue;
        }
        if (world->now_ms >= client->renew_at)
            renew(world, client);
        if (!client->holds && world_chance(world, 700))
            consume(world, client);
    }
}

bool sim_client_uses(const struct world *world, const char *topic)
{
    for (size_t i = 0; i < world->client_count; i++)
        for (size_t q = 0; q < SIM_QUEUES_MAX && world->clients[i].alive && world->clients[i].ready; q++)
            if (strcmp(world->clients[i].topics[q], topic) == 0)
                return true;
    return false;
}
