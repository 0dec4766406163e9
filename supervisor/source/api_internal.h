/* What the files of the API share. Included in this folder only. */
#pragma once

#include "supervisor/source/api_path.h"
#include "supervisor/source/api_right.h"
#include "supervisor/source/api_socket.h"
#include "supervisor/source/api_status.h"

struct api_socket {
    struct loop *loop;   /* borrowed */
    struct store *store; /* borrowed */
    int64_t bookmark_ms;
    struct http_server *server;
    char *path;                /* of the socket, once it is bound; owned */
    struct http_routes routes; /* beside the resources */
};

/* One request on a resource, after who it is and what he means were found out. */
struct api_call {
    struct api_socket *api;
    const struct http_request *request;
    struct http_response *response;
    struct api_user user;
    struct api_target target;
};

/* Handlers of one verb each: validate, then interpret, then change, then answer. */
void api_get(const struct api_call *call);
void api_list(const struct api_call *call);
void api_watch(const struct api_call *call);
void api_create(const struct api_call *given);
void api_replace(const struct api_call *call); /* PUT */
void api_patch(const struct api_call *call);
void api_delete(const struct api_call *call);
/* The answer to a write that the store did not make. */
void api_respond_store(const struct api_call *call, int result);
