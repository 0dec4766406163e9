/* Who may do what over the local socket (S-14). Who somebody is comes from SO_PEERCRED, never from what he says. */
#pragma once

#include "common/http/server.h"
#include "common/json/json.h"
#include "common/model/kind.h"

#define API_USER_SIZE 254

struct api_user {
    char name[API_USER_SIZE]; /* of the password database; the number when it has none */
    bool root;
    bool admin; /* root, or the user that the supervisor runs as */
};
/* False: nobody can tell who it is. */
bool api_user_of(const struct http_peer *peer, struct api_user *ret);
/* Secrets are shown to nobody. What can hold passwords of people who write manifests only to admins. */
bool api_may_read(const struct api_user *user, enum kind kind);
/* Whether a session is his, or he may end and annotate everybody's. */
bool api_may_change(const struct api_user *user, const struct json *session);
/* Whether he may create a session in the name of owner. */
bool api_may_own(const struct api_user *user, const char *owner);
