/* See the header. */
#define HASH_NONFATAL_OOM 1
#include "worker/sqs/owed.h"

#include <stdlib.h>
#include <string.h>
#include <uthash.h>

struct owed_message {
    UT_hash_handle hh;
    enum owed_kind kind;
    size_t id_len;
    char id[];
};

static struct owed_message *find(const struct owed *owed, struct str id)
{
    struct owed_message *found = NULL;

    HASH_FIND(hh, owed->messages, id.data, id.len, found);
    return found;
}

static void drop(struct owed *owed, struct owed_message *message)
{
    HASH_DEL(owed->messages, message);
    free(message);
}

static int add(struct owed *owed, struct str id, enum owed_kind kind)
{
    struct owed_message *message = calloc(1, sizeof *message + id.len);

    if (!message)
        return -ENOMEM;
    message->kind = kind;
    message->id_len = id.len;
    memcpy(message->id, id.data, id.len);
    HASH_ADD_KEYPTR(hh, owed->messages, message->id, message->id_len, message);
    if (!message->hh.tbl) {
        free(message);
        return -ENOMEM;
    }
    if (HASH_COUNT(owed->messages) > OWED_MAX)
        drop(owed, owed->messages);
    return 0;
}

int owed_note(struct owed *owed, struct str id, enum owed_kind kind, struct mono visible)
{
    struct owed_message *message = find(owed, id);
    struct mono until = mono_after(visible, OWED_WAIT_MS);

    if (mono_reached(until, owed->until))
        owed->until = until;
    if (!message)
        return add(owed, id, kind);
    if (kind == OWED_DELIVERED)
        message->kind = kind;
    return 0;
}

enum owed_kind owed_find(const struct owed *owed, struct str id)
{
    const struct owed_message *message = find(owed, id);

    return message ? message->kind : OWED_NOTHING;
}

void owed_forget(struct owed *owed, struct str id)
{
    struct owed_message *message = find(owed, id);

    if (message)
        drop(owed, message);
}

bool owed_awaits(const struct owed *owed, struct mono now)
{
    return owed->messages && !mono_reached(now, owed->until);
}

void owed_deinit(struct owed *owed)
{
    while (owed->messages)
        drop(owed, owed->messages);
}
