/* What a broker family gives to the runtime, and what the runtime gives to it.
 *
 * The runtime owns the process: contract, loop, link, heartbeat, watchdog, exit. The engine owns the broker: it makes the
 * latest table true and reports what is. Reports are kept by the runtime, sent when they change, and sent again
 * to a new supervisor; they may be made from any thread and never block. */
#pragma once

#include "common/base/reason.h"
#include "common/json/json.h"
#include "ipc/contract.h"
#include "ipc/figures.h"
#include "worker/runtime/table.h"
#include <stdint.h>

struct loop;
struct worker_runtime;

struct worker_spec {
    char split[65];
    uint64_t incarnation;
    char token[65];
    char endpoint[160];
    char hash[65];                  /* SHA-256 of spec and credentials as received */
    const struct json *spec;        /* borrowed from the runtime, lives as long as the process */
    const struct json *credentials; /* the same */
};

struct worker_engine_ops {
    const char *component; /* of its log lines, "worker.kafka" */
    /* Called once on the loop's thread. 0, or < 0: the process ends with WORKER_EXIT_CONTRACT. */
    int (*start)(struct worker_runtime *runtime, const struct worker_spec *spec, void **ret_engine);
    /* A new table, on the loop's thread; the engine takes its own reference and returns at once. */
    void (*table)(void *engine, struct worker_table *table);
    /* Finish what is held within deadline_ms, let go of the place at the broker, then call worker_stopped(). */
    void (*stop)(void *engine, uint32_t deadline_ms);
};

/* The whole life of a worker process; returns its exit code. */
int worker_main(const struct worker_engine_ops *ops);

/* The loop of the process, for an engine that does everything on its thread. */
struct loop *worker_loop(struct worker_runtime *runtime);

/* Reports; thread-safe. Texts are cut to the message's size. */
void worker_report_checked(struct worker_runtime *runtime, const char *cluster, uint32_t partitions,
                           enum worker_delivery delivery);
void worker_report_positions(struct worker_runtime *runtime, const struct worker_position *positions, size_t count);
void worker_report_temp(struct worker_runtime *runtime, const char *name, enum worker_temp_state state,
                        uint64_t remaining, uint64_t moved, const struct reason *why);
void worker_report_applied(struct worker_runtime *runtime, uint64_t generation);
void worker_report_forwarding(struct worker_runtime *runtime, enum worker_forwarding state, const struct reason *why);
void worker_report_condition(struct worker_runtime *runtime, const struct reason *why, const char *session,
                             bool active);
void worker_report_event(struct worker_runtime *runtime, const struct reason *what, const char *session);
/* session "" is the whole split; sent at most once a second. */
void worker_report_figures(struct worker_runtime *runtime, const char *session, const struct figures *figures);
void worker_report_work(struct worker_runtime *runtime, const struct work *work);
/* The engine is done with a stop; clean: nothing was left held. Ends the process in order. */
void worker_stopped(struct worker_runtime *runtime, bool clean);
/* Ends the process at once with one of enum worker_exit, after one log line. From any thread. */
void worker_die(enum worker_exit code, const struct reason *why) __attribute__((noreturn));

/* The watchdog (K-7): every call that a broker could hold is made between enter and leave; a thread that stays inside
 * longer than WORKER_WATCHDOG_MS ends the process with WORKER_EXIT_WATCHDOG. what: a literal. */
struct worker_watch;
struct worker_watch *worker_watch_new(struct worker_runtime *runtime, const char *thread);
void worker_watch_enter(struct worker_watch *watch, const char *what);
void worker_watch_leave(struct worker_watch *watch);
