/* A simulated cluster: topics as lists of messages, positions of groups, and where every message was consumed.
 *
 * Knows what must not happen to messages and topics, and says so through violation(). One partition a topic; a transaction
 * is one call. Ends the test when there is no memory. */
#pragma once

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#define BROKER_NAME_SIZE 256
#define BROKER_GROUPS_MAX 4
#define BROKER_NONE UINT32_MAX

struct broker_message {
    char user; /* the header that filters look at */
    int64_t produced_ms;
    uint32_t original; /* index of the topic that it was produced to */
    uint16_t consumed; /* times */
    bool discarded;    /* by a setting that asked for it */
};

struct broker_group {
    char name[BROKER_NAME_SIZE];
    size_t committed;
};

struct broker_topic {
    char name[BROKER_NAME_SIZE];
    bool original;
    bool exists;
    unsigned created; /* times */
    uint32_t *log;
    size_t count, room;
    struct broker_group groups[BROKER_GROUPS_MAX];
    size_t group_count;
};

struct broker {
    struct broker_topic **topics;
    size_t topic_count;
    struct broker_message *messages;
    size_t message_count, message_room;
    bool away; /* unreachable */
};

void broker_deinit(struct broker *broker);
struct broker_topic *broker_find(const struct broker *broker, const char *name);
/* Makes it when it was never there; an existing one is nothing new. */
struct broker_topic *broker_create(struct broker *broker, const char *name);
void broker_delete(struct broker_topic *topic);
bool broker_exists(const struct broker *broker, const char *name);
/* A new message in an original. */
void broker_produce(struct broker *broker, struct broker_topic *topic, char user, int64_t now_ms);
/* The next message that a group has not consumed, or BROKER_NONE. */
uint32_t broker_peek(struct broker_topic *topic, const char *group);
void broker_commit(struct broker_topic *topic, const char *group);
size_t broker_lag(struct broker_topic *topic, const char *group);
/* In one transaction: the next message of from goes to the end of to. */
void broker_move(struct broker_topic *from, const char *group, struct broker_topic *to);
size_t broker_temp_count(const struct broker *broker); /* topics that exist and are no originals */
