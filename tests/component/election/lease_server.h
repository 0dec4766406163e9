/* An API server that keeps one Lease, reached by each replica on a socket of its own, so that each can be cut off. */
#pragma once

#include "common/http/server.h"
#include "common/json/json.h"

#define LEASE_SERVER_DOORS 2

struct lease_server;

struct lease_door {
    struct lease_server *server;
    char path[108];
    struct http_server *http; /* NULL: nobody listens */
    unsigned refuse;          /* HTTP status of every answer; 0: none */
};

struct lease_server {
    struct loop *loop;
    struct json *lease; /* NULL: there is none */
    int64_t version;
    unsigned conflicts, writes;
    struct lease_door doors[LEASE_SERVER_DOORS];
};

void lease_server_open(struct lease_server *server, struct loop *loop, const char *folder);
void lease_server_close(struct lease_server *server);
void lease_door_open(struct lease_door *door);
void lease_door_close(struct lease_door *door); /* connections break */
