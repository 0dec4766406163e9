/* What the tests of the fleet share: folders, a guardian, and one life of a supervisor after the other. Waiting is for a state,
 * with a deadline. */
#pragma once

#include "common/base/fd.h"
#include "supervisor/fleet/fleet.h"
#include "tests/component/guardian/rig.h"

#define WORKER "split-0123456789abcdef"
#define OTHER_WORKER "split-fedcba9876543210" /* for tests that have two */

struct yard {
    struct rig rig;
    struct fake fake;
    char folder[64], logs[96];
    struct loop *loop;
    struct loop_timer *clock;
    struct guardian_client *client;
    struct fleet *fleet;
    const char *executable;
    struct fleet_program programs[2]; /* of the next life */
    const char *log_levels;           /* the same; NULL: info */
    unsigned table_ends, losses;
    const char *pod; /* the guardian's socket in a pod; NULL: the test stands where its child the supervisor stands */
    struct arena arena; /* of the last view */
    struct worker_view view;
};

/* How much faster the clock of the fleet runs from now on. 4 is the most before a tick looks like a sleep. */
void clock_speed(unsigned factor);
/* The machine slept: nobody's timers ran meanwhile. */
void clock_jump(int64_t ms);

int yard_open(void **state);
/* Without a guardian of its own: the test starts one (pod.h). */
int yard_open_pod(void **state);
int yard_close(void **state);
void yard_begin_life(struct yard *yard);
void yard_end_life(struct yard *yard);
/* A first life, of a test's state; live: with a worker that is. */
struct yard *yard_begin(void **state);
struct yard *yard_begin_live(void **state);
/* Orders a start with that spec (JSON text). */
int yard_start(struct yard *yard, const char *spec);
const struct worker_view *yard_view(struct yard *yard);
/* The process of WORKER: the child of the guardian with its name and incarnation. */
pid_t yard_pid(struct yard *yard);

typedef bool yard_state_fn(struct yard *yard);
#define yard_wait(yard, state) assert_true(yard_reached(yard, state))
bool yard_reached(struct yard *yard, yard_state_fn *state);
bool is_live(struct yard *yard);
bool is_gone(struct yard *yard);
