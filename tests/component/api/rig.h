/* A real server over a unix socket and a real client, on one loop; and raw sockets for what no client would send. */
#pragma once

#include "common/http/client.h"
#include "supervisor/source/api_socket.h"
#include "tests/unit/base/scratch.h"
#include "tests/unit/json/json_given.h"
#include "tests/unit/loop/loop_fixture.h"

#define SESSIONS "/apis/sluice.dev/v1alpha1/namespaces/default/splitsessions"
#define SESSION(name) SESSIONS "/" name

struct rig {
    struct scratch *scratch;
    struct loop *loop;
    struct store *store;
    struct api_socket *api;
    struct http_client *client;
    char path[128]; /* of the socket */
};

int rig_setup(void **state);
int rig_teardown(void **state);
#define RIG_TEST(name) cmocka_unit_test_setup_teardown(name, rig_setup, rig_teardown)

struct answer {
    int done; /* loop_until */
    int error;
    unsigned status;
    struct json *body; /* NULL: none, or no JSON */
    char text[512];    /* its beginning */
};
void answer_deinit(struct answer *answer);
/* Sends and waits. content_type NULL: no body. */
void rig_ask(struct rig *rig, const char *method, const char *path, const char *content_type, struct str body,
             struct answer *ret);
/* Asks and expects this status; reason: Kubernetes' word of a Status, NULL when none is expected. ret may be NULL. */
void rig_expect(struct rig *rig, const char *method, const char *path, const char *content_type, const char *body,
                unsigned status, const char *reason, struct answer *ret);
/* Creates a session of whoever runs the test. */
void rig_create(struct rig *rig, const char *name);

/* A watch that collects its events as text: "ADDED a;". */
struct watched {
    struct http_call *call;
    struct buf line;
    char text[8192];
    int events; /* loop_until */
    int over;   /* loop_until */
    int error;
    unsigned status;
    struct json *last; /* object of the last event */
};
void watched_open(struct rig *rig, const char *path, struct watched *watched);
void watched_deinit(struct watched *watched);

/* A connection of our own, not blocking. */
int rig_connect(const struct rig *rig);
/* Turns the loop until the socket has text that contains part, or was closed; returns how many bytes came. */
size_t rig_read_until(struct rig *rig, int fd, const char *part, char *text, size_t size);
