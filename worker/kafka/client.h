/* Handles of the Kafka library: the user's properties with ours on top.
 *
 * Owns the tuning of every handle. Never lets a text of the library out: it can echo the secret that it complains
 * about (S-4), so a log line of ours names only the library's facility. */
#pragma once

#include "common/base/reason.h"
#include "common/json/json.h"
#include <librdkafka/rdkafka.h>
#include <stdatomic.h>

enum client_role {
    CLIENT_ADMIN,  /* creates, describes, deletes */
    CLIENT_SOURCE, /* receives the original */
    CLIENT_SINK,   /* produces in transactions */
    CLIENT_READER  /* looks for what is left in a topic, says where it ends (K-10) */
};

/* What the connections of all handles last complained about; any thread. */
struct client_health {
    atomic_int last_error; /* rd_kafka_resp_err_t; 0 after something worked */
};

/* First member of whatever owns a handle. */
struct client_owner {
    struct client_health *health;
};

struct client_setup {
    enum client_role role;
    const struct json *credentials; /* {"properties": {name: value}} */
    const char *group;              /* SOURCE: named by metadata look-ups of the library only; else NULL */
    const char *transactional_id;   /* SINK */
    struct client_owner *owner;     /* lives longer than the handle */
    /* SINK: from rd_kafka_poll; opaque is the owner. */
    void (*delivered)(rd_kafka_t *rk, const rd_kafka_message_t *message, void *opaque);
};

enum client_outcome { CLIENT_REFUSED = 1 };
/* 0; CLIENT_REFUSED with *why (PropertyRefused, ClientConfigInvalid: names the property, never its value); -ENOMEM. */
MUST_USE int client_new(const struct client_setup *setup, rd_kafka_t **ret, struct reason *why);
