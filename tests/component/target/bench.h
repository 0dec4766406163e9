/* What the tests of the driver share: a folder with a service (scripts, environment file, what runs now), a guardian, and one
 * life of a supervisor after the other over the same state folder. Waiting is for a state, with a deadline. */
#pragma once

#include "common/base/fd.h"
#include "supervisor/target/local_service.h"
#include "supervisor/target/revert.h"
#include "tests/component/guardian/rig.h"

#define ORIGINAL "TOPIC=\"orders\"\nGROUP=\"app\"\n"
#define OWN \
    "{\"name\":\"TOPIC\",\"value\":\"orders\"},{\"name\":\"GROUP\",\"value\":\"app\"}" /* as a manifest says it */
#define PATCHED "TOPIC=\"temp-1\"\nGROUP=\"app\"\n"

struct bench {
    struct rig rig;
    struct fake fake;
    char folder[64];
    int folder_fd;
    struct store *store;
    struct loop *loop;
    struct loop_timer *clock;
    struct guardian_client *client;
    struct local_services *services;
    struct resource_key key;
    unsigned table_ends;
    const char *shell; /* that runs the restart; NULL: sh */
};

/* Effects that reach the outside: writes of files and starts of commands, counted over all lives. From number dead_from on
 * (1 is the first; 0: never) none happens any more, as if the process had died there. */
struct effects_made {
    unsigned count;
    unsigned dead_from;
    int error;             /* what a write answers then */
    const char *only_path; /* only writes whose path ends so fail; NULL: all */
};
extern struct effects_made made;

/* cmocka's setup (no supervisor yet) and teardown. */
int bench_open(void **state);
int bench_open_impatient(void **state); /* commands may run for half a second */
int bench_close(void **state);
/* value of TOPIC, and whether there is a ready command. */
void bench_manifest(struct bench *bench, const char *env, bool ready);
void bench_manifest_none(struct bench *bench);
/* The same beside another service that names the same file. */
void bench_manifest_twins(struct bench *bench, const char *env);
/* A supervisor begins to live, and ends by SIGKILL. */
void bench_begin_life(struct bench *bench);
void bench_end_life(struct bench *bench);
/* topic: value of TOPIC that is wanted; NULL: the service's own. */
void bench_want(struct bench *bench, const char *topic);
struct target_observed bench_observe(struct bench *bench);

/* A supervisor lives, and the service is declared. */
struct bench *bench_begin(void **state, bool ready);
/* One that runs, known to us. */
struct bench *bench_begin_running(void **state, bool ready);
void bench_assert_runs(struct bench *bench, const char *environment);

typedef bool bench_state_fn(struct bench *bench);
#define bench_wait(bench, state) assert_true(bench_reached(bench, state))
bool bench_reached(struct bench *bench, bench_state_fn *state);
bool is_ready(struct bench *bench);
bool is_failed(struct bench *bench);
bool is_polling(struct bench *bench);
/* Puts the clock forward. Timers of the loop do not notice. */
void bench_pass(int64_t time_ms);
/* Turns the loop for so long; for showing that something does not happen. */
void bench_turn(struct bench *bench, int64_t for_ms);

void file_put(struct bench *bench, const char *name, const char *text);
void file_drop(struct bench *bench, const char *name);
const char *file_text(struct bench *bench, const char *name); /* "" when there is none; valid until the next call */
unsigned file_lines(struct bench *bench, const char *name);
