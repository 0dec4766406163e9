/* What the tests of the worker's link share: a folder with an endpoint, a loop, the supervisor's end, and workers of the
 * fake engine. Waiting is always for a state, with a deadline. */
#pragma once

#include "common/json/json.h"
#include "common/loop/loop.h"
#include "ipc/channel.h"
#include "ipc/contract.h"
#include "supervisor/worker_link/worker_document.h"
#include "supervisor/worker_link/worker_link.h"
#include "tests/unit/cmocka_all.h"
#include <sys/types.h>

#define STAGE_WAIT_MS 20000
#define STAGE_SPLIT "split-1"
#define STAGE_TOKEN "token-of-the-worker"

struct stage {
    char folder[64];
    char endpoint[128];
    struct loop *loop;
    struct loop_timer *clock; /* bounds every turn */
    struct worker_link *link;
    unsigned changes, figures, misbehaving;
    uint64_t misbehaving_incarnation;
    const char *variable; /* "NAME=value", further one of a worker's environment; NULL: none */
    pid_t worker;         /* 0: none */
    int exit_status;
    struct channel *raw; /* of the one raw end, see below */
};

/* The worker's program, from the command line. */
extern const char *stage_program;
/* cmocka's setup and teardown; the teardown kills what is left. */
int stage_open(void **state);
int stage_close(void **state);

void stage_link_open(struct stage *stage);
void stage_link_close(struct stage *stage);
struct worker_peer *stage_expect(struct stage *stage, uint64_t incarnation, const char *token);
/* Starts the fake worker under STAGE_SPLIT and STAGE_TOKEN. spec: JSON text. */
void stage_worker_start(struct stage *stage, uint64_t incarnation, const char *spec);
/* The same with descriptors of the caller's choice. */
void stage_worker_spawn(struct stage *stage, int spec_fd, int lock_fd);
int stage_document(struct stage *stage, uint64_t incarnation, const char *spec);
int stage_lock(struct stage *stage, const char *name);

typedef bool stage_state_fn(void *context);
/* Turns the loop until the state holds; fails the test after STAGE_WAIT_MS. */
#define stage_wait(stage, state, context) assert_true(stage_reached(stage, state, context))
bool stage_reached(struct stage *stage, stage_state_fn *state, void *context);
/* Until the worker has ended; its exit code, or 1000 + the signal. */
int stage_worker_end(struct stage *stage);

/* A table with a fallback and one session with one filter. */
struct stage_table {
    struct wanted_temp temps[2];
    struct wanted_filter filter;
    struct wanted_session session;
    struct wanted_position positions[2];
    struct wanted_table table;
};
void stage_table_fill(struct stage_table *table, uint64_t generation);

/* Another supervisor's end, without judgement: it keeps what was said. */
struct raw {
    struct channel *channel; /* owned by the stage */
    char identity[IPC_IDENTITY_SIZE];
    unsigned seen[IPC_TYPE_COUNT];
    unsigned bad_frames;
    struct ipc_message last[IPC_TYPE_COUNT];
};
void raw_bind(struct stage *stage, struct raw *raw);
void raw_connect(struct stage *stage, struct raw *raw, const char *identity);
void raw_send(struct stage *stage, struct raw *raw, const struct ipc_message *message);
void raw_send_bytes(struct stage *stage, struct raw *raw, const void *data, size_t len);
void raw_close(struct stage *stage);
/* Waits until a message of this type has come count times. */
void raw_wait(struct stage *stage, struct raw *raw, enum ipc_type type, unsigned count);
