/* The API of standalone mode: Kubernetes' paths, verbs and JSON on a unix socket.
 *
 * Own kinds: create, get, list, watch, patch, put and delete of SplitSession by those who may (S-14); everything else that
 * the store holds can be read, but for Secrets. Other parts of the supervisor add paths of their own. Changes nothing
 * but sessions' documents in the store. */
#pragma once

#include "common/http/routes.h"
#include "common/loop/loop.h"
#include "supervisor/store/store.h"

#define API_BOOKMARK_MS 30000
#define API_SESSIONS_PER_USER_MAX 1000  /* documents, ended ones too (S-15) */
#define API_ANNOTATIONS_BYTES_MAX 16384 /* keys and values of one session */

struct api_options {
    const char *path;    /* of the socket; its folder is 0700 and belongs to the caller alone */
    const char *group;   /* who may connect beside the owner, when there is such a group; NULL: nobody */
    int64_t bookmark_ms; /* between two bookmarks of a watch; 0: API_BOOKMARK_MS */
};

struct api_socket;
/* Replaces a socket that an earlier supervisor left: the caller holds the lock that keeps a second one out. store and loop
 * are borrowed. With a group, the socket is 0660 and its folder 0750 of that group, else 0600 and as it was. -errno;
 * -ENAMETOOLONG: more than 107 bytes. */
MUST_USE int api_socket_new(struct loop *loop, struct store *store, const struct api_options *options,
                            struct api_socket **ret);
/* Ends all connections and deletes the socket. */
void api_socket_free(struct api_socket *api);
DEFINE_CLEANUP(struct api_socket, api_socket)

/* A path beside the resources ("/sluice/v1/figures"). Who asks can be found with api_user_of (api_right.h). -ENOSPC. */
MUST_USE int api_socket_add_route(struct api_socket *api, const struct http_route *route);

/* GET /sluice/v1/errors: what is wrong with the folder of manifests. */
struct folder_source;
MUST_USE int api_socket_add_errors(struct api_socket *api, const struct folder_source *source);
