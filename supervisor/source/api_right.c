/* Rights over the local socket. Pure but for the look-up of a user's name. */
#include "supervisor/source/api_right.h"

#include <pwd.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

bool api_user_of(const struct http_peer *peer, struct api_user *ret)
{
    struct passwd entry, *found = NULL;
    char memory[4096];
    struct api_user user = {.root = peer->uid == 0, .admin = peer->uid == 0 || peer->uid == geteuid()};

    if (!peer->known)
        return false;
    int r = getpwuid_r(peer->uid, &entry, memory, sizeof memory, &found);
    if (r != 0 || !found || str_copy(user.name, sizeof user.name, str_of(entry.pw_name)) < 0)
        snprintf(user.name, sizeof user.name, "%u", (unsigned)peer->uid);
    *ret = user;
    return true;
}

bool api_may_read(const struct api_user *user, enum kind kind)
{
    switch (kind) {
    case KIND_SECRET:
        return false;
    case KIND_KAFKA_CLIENT_CONFIG:
    case KIND_CONFIG_MAP:
    case KIND_LOCAL_SERVICE:
        return user->admin;
    case KIND_WORKLOAD_QUEUE_REGISTRY:
    case KIND_KAFKA_TOPICS_CONSUMER:
    case KIND_SPLIT_SESSION:
    case KIND_QUEUE_SPLIT:
    case KIND_SQS_SESSION:
        return true;
    case KIND_DEPLOYMENT: /* a cluster's own API answers for them */
    case KIND_STATEFUL_SET:
    case KIND_ROLLOUT:
    case KIND_NONE:
    case KIND_COUNT:
        break;
    }
    return false;
}

static bool is_owner(const struct api_user *user, const char *owner) { return strcmp(user->name, owner) == 0; }

bool api_may_change(const struct api_user *user, const struct json *session)
{
    return user->admin || is_owner(user, json_text(json_path(session, "spec", "owner", "username", NULL)));
}

bool api_may_own(const struct api_user *user, const char *owner) { return user->root || is_owner(user, owner); }
