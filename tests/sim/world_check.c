/* What must be true of messages, and of a world in which everything has ended. */
#include "tests/sim/world.h"

static void consumed(struct world *world, uint32_t index)
{
    struct broker_message *message = &world->broker.messages[index];
    message->consumed++;
    if (message->consumed > 1 || message->discarded)
        world_fail(world, "message %u is consumed twice (I-4)", index);
}

void world_consumed_by_app(struct world *world, uint32_t index, const struct sim_target *target, size_t queue,
                           bool from_original)
{
    const struct broker_message *message = &world->broker.messages[index];
    consumed(world, index);
    for (size_t i = 0; i < world->client_count; i++) {
        const struct sim_client *client = &world->clients[i];
        if (&world->targets[client->target] == target && client->ready && !client->over &&
            (client->queues & (1u << queue)) && client->user == message->user &&
            client->ready_at < message->produced_ms)
            world_fail(world, "message %u of %s reaches %s instance, though %s is ready for it (I-2)", index,
                       target->originals[queue], from_original ? "an unpatched" : "a patched", client->name);
    }
}

void world_consumed_by_client(struct world *world, uint32_t index, const struct sim_client *client)
{
    const struct broker_message *message = &world->broker.messages[index];
    const struct sim_target *target = &world->targets[client->target];
    bool named = false;
    consumed(world, index);
    for (unsigned q = 0; q < SIM_QUEUES_MAX; q++)
        named = named || ((client->queues & (1u << q)) &&
                          strcmp(world->broker.topics[message->original]->name, target->originals[q]) == 0);
    if (message->user != client->user || !named)
        world_fail(world, "message %u reaches %s, which did not ask for it (I-2, C-14)", index, client->name);
}

static void count(void *context, const struct resource_key *key, const struct json *document)
{
    size_t *ret = context;
    (void)key;
    (void)document;
    ++*ret;
}

static bool is_as_before(const struct sim_target *target)
{
    if (!target->exists)
        return true;
    for (size_t i = 0; i < SIM_INSTANCES; i++)
        for (size_t q = 0; q < target->queue_count; q++)
            if (!target->instances[i].alive || strcmp(target->instances[i].topics[q], target->originals[q]) != 0)
                return false;
    return true;
}

bool world_is_clean(struct world *world)
{
    size_t records = 0;
    store_each(world->store, KIND_QUEUE_SPLIT, NULL, count, &records);
    bool clean = records == 0 && broker_temp_count(&world->broker) == 0 && sim_workers_running(world) == 0;
    for (size_t i = 0; i < world->target_count; i++)
        clean = clean && is_as_before(&world->targets[i]);
    for (size_t i = 0; i < world->client_count; i++)
        clean = clean && world->clients[i].over;
    return clean;
}

/* Every message was consumed once, or waits in its original, or was discarded because a setting said so. */
void world_check_messages(struct world *world)
{
    struct broker *broker = &world->broker;
    for (size_t t = 0; t < broker->topic_count; t++) {
        struct broker_topic *topic = broker->topics[t];
        for (size_t g = 0; g < topic->group_count && topic->original; g++)
            for (size_t i = topic->groups[g].committed; i < topic->count; i++)
                broker->messages[topic->log[i]].consumed++;
    }
    for (size_t i = 0; i < broker->message_count; i++)
        if (broker->messages[i].consumed + broker->messages[i].discarded != 1)
            world_fail(world, "message %zu of %s was consumed %u times (I-1)", i,
                       broker->topics[broker->messages[i].original]->name, broker->messages[i].consumed);
}
