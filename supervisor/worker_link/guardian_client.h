/* The supervisor's end of the link to the guardian, which starts, signals and reaps processes for it.
 *
 * What the guardian tells comes by callbacks from the loop, first the table (on_child, on_exit and on_start_failed for
 * what was started before) up to on_table_end, then news. Orders never block: what the socket does not take now waits in
 * a queue of GUARDIAN_CLIENT_QUEUE_MAX. The callbacks may call any function here but guardian_client_free. Never logs.
 * The guardian that started this process is its parent: losing it means the end (the kernel kills it anyway). One that is
 * reached by path may end and come again by itself, and then tells its table anew: whoever is not in it is gone, or was
 * never started. */
#pragma once

#include "common/base/cleanup.h"
#include "common/base/err.h"
#include "common/loop/loop.h"
#include "supervisor/guardian/guardian_wire.h"
#include <stdbool.h>

#define GUARDIAN_CLIENT_RETRY_MS 200
#define GUARDIAN_CLIENT_QUEUE_MAX (2 * GUARDIAN_CHILDREN_MAX) /* orders that wait for the socket */

/* Every child is valid within the call only. */
struct guardian_client_events {
    /* One that runs: from the table, or started just now (its exec may still fail: on_start_failed follows then). */
    void (*on_child)(void *context, const struct guardian_child *child);
    void (*on_table_end)(void *context);
    /* wait_status as of waitpid(2). Told again to the next supervisor if this process dies before the callback returns. */
    void (*on_exit)(void *context, const struct guardian_child *child, int wait_status);
    /* error: a positive errno. ENOSPC: the guardian has GUARDIAN_CHILDREN_MAX children or untold exits. */
    void (*on_start_failed)(void *context, const struct guardian_child *child, int error);
    /* error: -ECONNRESET when the guardian closed the link, -EPROTO for a packet of another version, else -errno.
     * Orders that were not obeyed by now never will be. Until the next on_child or on_table_end, which an inherited link
     * never has, nothing is told, and every order returns -ENOTCONN. */
    void (*on_lost)(void *context, int error);
};

struct guardian_client;

/* Was this process started by a guardian, with its end of the link as descriptor GUARDIAN_FD? */
bool guardian_client_inherited(void);
/* fd: consumed, also on error (GUARDIAN_FD). events: every member set, borrowed for life as context is. Heartbeats are
 * sent from now on. -errno. */
MUST_USE int guardian_client_new(struct loop *loop, int fd, const struct guardian_client_events *events,
                                 void *context, struct guardian_client **ret);
/* path: of the socket of a guardian in another container. Connects now, or as soon as somebody of our own user listens
 * there, and again GUARDIAN_CLIENT_RETRY_MS after each loss. -ENAMETOOLONG, -errno. */
MUST_USE int guardian_client_connect(struct loop *loop, const char *path, const struct guardian_client_events *events,
                                     void *context, struct guardian_client **ret);
void guardian_client_free(struct guardian_client *client);
DEFINE_CLEANUP(struct guardian_client, guardian_client)

/* What a worker process is given (ipc/contract.h); all borrowed, they may be closed after the call. */
struct guardian_worker_fds {
    int executable, log, spec, lock;
};
/* child: kind and pid are set by the guardian. One that it has already is told again and not started twice. The answer is
 * on_child or on_start_failed. -ENOBUFS: queue full; -ENOTCONN. */
MUST_USE int guardian_client_start_worker(struct guardian_client *client, const struct guardian_child *child,
                                          const struct guardian_worker_fds *fds);
/* id: at most GUARDIAN_SPLIT_SIZE - 1 bytes; argv: NULL-terminated, argv[0] looked up in PATH; log_fd: borrowed, gets its
 * output. *ret_incarnation tells this run from every other one with that id, also from one of a supervisor before us.
 * At GUARDIAN_COMMAND_LIMIT_MS its process group is killed. -E2BIG, -EINVAL (empty id or argv), -ENOBUFS, -ENOTCONN. */
MUST_USE int guardian_client_start_command(struct guardian_client *client, const char *id, const char *const *argv,
                                           int log_fd, uint64_t *ret_incarnation);
/* To the process group of the child of that kind, split and incarnation; one that is gone is no error. */
MUST_USE int guardian_client_signal(struct guardian_client *client, const struct guardian_child *child,
                                    int signal_number);
/* The guardian executes its own binary again; children and this link stay. */
MUST_USE int guardian_client_reexec(struct guardian_client *client);
