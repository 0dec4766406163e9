/* The view of topics. */
#define HASH_NONFATAL_OOM 1
#include "worker/kafka/topics.h"

#include "worker/kafka/errors.h"
#include <stdlib.h>
#include <uthash.h>

struct topics_entry {
    rd_kafka_topic_t *handle; /* keeps the topic in what the library asks for */
    bool wanted;
    bool known;
    struct topic_seen seen;
    UT_hash_handle hh;
    char name[];
};

static void entry_drop(struct topics *topics, struct topics_entry *entry)
{
    HASH_DEL(topics->entries, entry);
    rd_kafka_topic_destroy(entry->handle);
    free(entry);
}

void topics_deinit(struct topics *topics)
{
    struct topics_entry *entry, *next;

    HASH_ITER (hh, topics->entries, entry, next)
        entry_drop(topics, entry);
    topics->stale = 0;
}

bool topics_are_worn(const struct topics *topics) { return topics->stale > TOPICS_STALE_MAX; }

void topics_begin(struct topics *topics)
{
    for (struct topics_entry *entry = topics->entries; entry; entry = entry->hh.next)
        entry->wanted = false;
}

static struct topics_entry *entry_find(const struct topics *topics, const char *name)
{
    struct topics_entry *entry = NULL;

    HASH_FIND_STR(topics->entries, name, entry);
    return entry;
}

int topics_want(struct topics *topics, const char *name)
{
    struct topics_entry *entry = entry_find(topics, name);
    size_t len = strlen(name);

    if (!entry) {
        entry = calloc(1, sizeof *entry + len + 1);
        if (!entry)
            return -ENOMEM;
        memcpy(entry->name, name, len);
        entry->handle = rd_kafka_topic_new(topics->admin->rk, name, NULL);
        if (!entry->handle) {
            free(entry);
            return -ENOMEM;
        }
        HASH_ADD_STR(topics->entries, name, entry);
        if (!entry->hh.tbl) {
            rd_kafka_topic_destroy(entry->handle);
            free(entry);
            return -ENOMEM;
        }
    }
    entry->wanted = true;
    return 0;
}

/* Only an answer that says "unknown" proves absence; any other error leaves what was seen. */
static void topic_note(struct topics *topics, const rd_kafka_metadata_topic_t *topic)
{
    struct topics_entry *entry = entry_find(topics, topic->topic);

    if (!entry)
        return;
    if (topic->err == RD_KAFKA_RESP_ERR_UNKNOWN_TOPIC_OR_PART) {
        entry->seen = (struct topic_seen){0};
        entry->known = true;
    } else if (!topic->err || topic->err == RD_KAFKA_RESP_ERR_LEADER_NOT_AVAILABLE) {
        entry->seen = (struct topic_seen){.exists = true, .shape = admin_topic_shape(topic)};
        entry->known = true;
    }
}

int topics_refresh(struct topics *topics, struct reason *why)
{
    const struct rd_kafka_metadata *metadata = NULL;
    struct topics_entry *entry, *next;
    rd_kafka_resp_err_t error;

    HASH_ITER (hh, topics->entries, entry, next)
        if (!entry->wanted) {
            entry_drop(topics, entry);
            topics->stale++;
        }
    worker_watch_enter(topics->admin->watch, "look at topics");
    error = rd_kafka_metadata(topics->admin->rk, 0, NULL, &metadata, ADMIN_LOOK_MS);
    worker_watch_leave(topics->admin->watch);
    if (error)
        return errors_reason(admin_error(topics->admin, error),
                             &(struct errors_context){"look at topics of", "Describe", "the", "cluster"},
                             ADMIN_FAILED, why);
    atomic_store(&topics->admin->owner.health->last_error, 0);
    for (int i = 0; i < metadata->topic_cnt; i++)
        topic_note(topics, &metadata->topics[i]);
    rd_kafka_metadata_destroy(metadata);
    return 0;
}

const struct topic_seen *topics_find(const struct topics *topics, const char *name)
{
    const struct topics_entry *entry = entry_find(topics, name);

    return entry && entry->known ? &entry->seen : NULL;
}
