/* The driver of LocalServices: writes environment files and runs restart commands until a service runs as wanted.
 *
 * Owns the files named by envFile, one small state file for each target (what content is in force, emptied before a restart and
 * written after it, so that a crash between leads to another restart; none: never seen; while it is patched also how to restore it,
 * whatever becomes of its manifest) and the running commands. Never decides what is wanted; never
 * looks at processes: a restart command that returns 0 says that every old instance is gone and every new one started
 * (docs/standalone.md). Failures are retried with backoff as long as the same is wanted. */
#pragma once

#include "common/loop/loop.h"
#include "supervisor/store/store.h"
#include "supervisor/target/target.h"
#include "supervisor/worker_link/guardian_client.h"

#define LOCAL_SERVICE_READY_PERIOD_MS 300
#define LOCAL_SERVICE_LOOK_MS 1000     /* between two looks at the files of a patched service */
#define LOCAL_SERVICE_GONE_TRIES_MAX 3 /* to restore one that is declared no more */

/* Every state file in the folder is what a driver wrote there. 1: one is not, or may not be read; *why names the file. -errno,
 * *why as well. To go on without one would be to forget how a patched service is restored. */
MUST_USE int local_services_check(int state_fd, struct reason *why);

struct local_services;

struct local_services_config {
    struct loop *loop;
    struct guardian_client *guardian;
    const struct store *store;                                           /* manifests, ConfigMaps, Secrets */
    int state_fd;                                                        /* folder of the state files */
    const char *log_dir;                                                 /* output of commands */
    void (*on_change)(void *context, const struct resource_key *target); /* marks dirty */
    void *context;
};

/* Borrows what config points to for life. -ENOMEM. */
MUST_USE int local_services_new(const struct local_services_config *config, struct local_services **ret);
void local_services_free(struct local_services *services); /* commands go on */
DEFINE_CLEANUP(struct local_services, local_services)

/* What the environment should be from now on (copied). The same again does nothing. < 0: it could not be tried. */
MUST_USE int local_services_set(struct local_services *services, const struct target_wanted *wanted);
void local_services_observe(struct local_services *services, const struct resource_key *key,
                            struct target_observed *ret);

/* News from the guardian about children of kind GUARDIAN_COMMAND. */
void local_services_on_child(struct local_services *services, const struct guardian_child *child);
void local_services_on_exit(struct local_services *services, const struct guardian_child *child, int wait_status);
void local_services_on_start_failed(struct local_services *services, const struct guardian_child *child, int error);
void local_services_on_table_end(struct local_services *services);
/* No command is started any more; one that runs goes on, and the next supervisor starts it again. */
void local_services_stop(struct local_services *services);
