/* The cluster of the simulation. */
#include "tests/sim/broker.h"

#include "common/base/err.h"
#include "common/base/str.h"
#include <stdlib.h>

static void *grown(void *memory, size_t count, size_t *room, size_t size)
{
    if (count < *room)
        return memory;
    *room = *room ? *room * 2 : 16;
    memory = realloc(memory, *room * size);
    check(memory);
    return memory;
}

void broker_deinit(struct broker *broker)
{
    for (size_t i = 0; i < broker->topic_count; i++) {
        free(broker->topics[i]->log);
        free(broker->topics[i]);
    }
    free(broker->topics);
    free(broker->messages);
    *broker = (struct broker){.topic_count = 0};
}

struct broker_topic *broker_find(const struct broker *broker, const char *name)
{
    for (size_t i = 0; i < broker->topic_count; i++)
        if (strcmp(broker->topics[i]->name, name) == 0)
            return broker->topics[i];
    return NULL;
}

bool broker_exists(const struct broker *broker, const char *name)
{
    const struct broker_topic *topic = broker_find(broker, name);
    return topic && topic->exists;
}

struct broker_topic *broker_create(struct broker *broker, const char *name)
{
    struct broker_topic *topic = broker_find(broker, name);
    if (!topic) {
        topic = calloc(1, sizeof *topic);
        check(topic && str_copy(topic->name, sizeof topic->name, str_of(name)) == 0);
        broker->topics = realloc(broker->topics, (broker->topic_count + 1) * sizeof *broker->topics);
        check(broker->topics);
        broker->topics[broker->topic_count++] = topic;
    }
    topic->created += !topic->exists;
    topic->exists = true;
    return topic;
}

void broker_delete(struct broker_topic *topic)
{
    topic->exists = false;
    topic->count = 0;
    topic->group_count = 0;
}

static struct broker_group *group_of(struct broker_topic *topic, const char *name)
{
    for (size_t i = 0; i < topic->group_count; i++)
        if (strcmp(topic->groups[i].name, name) == 0)
            return &topic->groups[i];
    check(topic->group_count < BROKER_GROUPS_MAX);
    struct broker_group *group = &topic->groups[topic->group_count++];
    *group = (struct broker_group){.committed = 0};
    check(str_copy(group->name, sizeof group->name, str_of(name)) == 0);
    return group;
}

static void append(struct broker_topic *topic, uint32_t message)
{
    topic->log = grown(topic->log, topic->count, &topic->room, sizeof *topic->log);
    topic->log[topic->count++] = message;
}

void broker_produce(struct broker *broker, struct broker_topic *topic, char user, int64_t now_ms)
{
    broker->messages =
        grown(broker->messages, broker->message_count, &broker->message_room, sizeof *broker->messages);
    uint32_t original = 0;
    while (broker->topics[original] != topic)
        original++;
    broker->messages[broker->message_count] =
        (struct broker_message){.user = user, .produced_ms = now_ms, .original = original};
    append(topic, (uint32_t)broker->message_count++);
}

uint32_t broker_peek(struct broker_topic *topic, const char *group)
{
    const struct broker_group *position = group_of(topic, group);
    return topic->exists && position->committed < topic->count ? topic->log[position->committed] : BROKER_NONE;
}

void broker_commit(struct broker_topic *topic, const char *group)
{
    struct broker_group *position = group_of(topic, group);
    check(position->committed < topic->count);
    position->committed++;
}

size_t broker_lag(struct broker_topic *topic, const char *group)
{
    return topic->exists ? topic->count - group_of(topic, group)->committed : 0;
}

void broker_move(struct broker_topic *from, const char *group, struct broker_topic *to)
{
    uint32_t message = broker_peek(from, group);
    check(message != BROKER_NONE && to->exists);
    broker_commit(from, group);
    append(to, message);
}

size_t broker_temp_count(const struct broker *broker)
{
    size_t count = 0;
    for (size_t i = 0; i < broker->topic_count; i++)
        count += broker->topics[i]->exists && !broker->topics[i]->original;
    return count;
}
