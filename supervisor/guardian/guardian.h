/* The guardian's whole state, and who changes which part of it.
 *
 * main -> link (packets) -> child_table, child_spawn; main -> supervisor. One process, one thread, libc only; this header
 * brings all of libc that is used, because the guardian is one small program. struct guardian lies in a shared memfd: a
 * forked child leaves there why its exec failed, and a re-exec finds there everything that was known. Times are
 * CLOCK_MONOTONIC in milliseconds: a suspended machine hangs nobody. */
#pragma once

#include "supervisor/guardian/guardian_wire.h"
#include <errno.h>
#include <fcntl.h>
#include <linux/close_range.h>
#include <poll.h>
#include <signal.h>
#include <stdarg.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/auxv.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/signalfd.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/types.h>
#include <sys/un.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#define GUARDIAN_NEVER INT64_MAX
#define FD_ABOVE 16            /* our own descriptors lie from here on, above every number that a child is given */
#define FD_NULL (FD_ABOVE - 1) /* /dev/null */
#define GUARDIAN_SUPERVISOR 0  /* the kind of the one child that is in no table */

enum child_state { CHILD_FREE, CHILD_RUNNING, CHILD_ENDED };

struct child {
    struct guardian_child wire;
    enum child_state state, told; /* what it is, and how much of that the connected supervisor knows */
    int wait_status;              /* of an ended one */
    int start_errno;              /* why it never ran; written by the forked child itself */
    int64_t kill_at_ms;           /* limit of a command, and of everything that was asked to stop */
};

enum guardian_stage { STAGE_RUNNING, STAGE_SUPERVISOR_STOPS, STAGE_CHILDREN_STOP };

struct options {
    const char *listen_path; /* where a supervisor in another container connects; NULL: we start it ourselves */
    char **supervisor_argv;
    long hung_ms, command_ms, stop_ms, children_ms; /* the limits of guardian_wire.h; tests shorten them */
};

struct guardian {
    uint32_t version;       /* GUARDIAN_VERSION: a table of another build is not read */
    struct options options; /* set anew by each exec */
    pid_t pid;              /* ours */
    int table_fd, link_fd, listen_fd;

    struct child supervisor;
    int64_t started_ms, restart_at_ms, restart_delay_ms;
    int64_t heard_ms; /* last packet of the supervisor */
    unsigned bad_packets;
    bool table_told; /* GUARDIAN_TABLE_END was sent */
    bool reexec_wanted;

    bool ready_told;       /* the service manager knows that the connected supervisor serves */
    int64_t alive_told_ms; /* when it last heard that we turn */

    enum guardian_stage stage;
    int64_t supervisor_kill_at_ms; /* when it was asked to stop */
    int exit_code;
    struct child
        children[GUARDIAN_CHILDREN_MAX + 1]; /* the last one holds the answer to a start for which there is no room */
};

#define CHILDREN_END(g) ((g)->children + GUARDIAN_CHILDREN_MAX + 1)

static inline int64_t now_ms(void)
{
    struct timespec now;
    clock_gettime(CLOCK_MONOTONIC, &now);
    return (int64_t)now.tv_sec * 1000 + now.tv_nsec / 1000000;
}
/* One line on stderr, cut at 400 bytes; dropped when stderr would block: a stuck reader must not stop reaping. */
void say(const char *format, ...) __attribute__((format(printf, 1, 2)));
/* Tells the service manager that started us, if one did. Always true: whoever tells remembers that it did. */
bool notify(const char *format, ...) __attribute__((format(printf, 1, 2)));

struct child *child_find(struct guardian *g, const struct guardian_child *who);
struct child *child_add(struct guardian *g, const struct guardian_child *wire); /* the last row: no room */
void child_reap_all(struct guardian *g);
void child_signal(const struct child *child, int signal_number);
/* Asks all of them to end; what does not is killed by child_limit(). */
void child_stop_all(struct guardian *g, int exit_code);
/* Kills those past their limit; returns how many run. */
unsigned child_limit(struct guardian *g);

/* fds, borrowed: as in GUARDIAN_START_WORKER or _COMMAND, the supervisor's end of the link for the supervisor. Fills pid,
 * state and start_errno; an exec that failed is known when the child ends. */
void child_spawn(struct guardian *g, struct child *child, const int *fds);

/* The socket, in a folder that is made 0700 if it is not there and must be ours alone. false: errno. */
bool link_listen(struct guardian *g);
void link_accept(struct guardian *g);      /* the newest connection is the supervisor */
void link_set(struct guardian *g, int fd); /* owns fd, the whole table will be told; -1: no link */
void link_read(struct guardian *g);
bool link_tell(struct guardian *g); /* whatever the supervisor does not know yet; true: all was told */

/* Starts it, kills it when hung, goes on with the end in order. */
void supervisor_tend(struct guardian *g);
void supervisor_stop(struct guardian *g); /* once */
/* One that cannot start ends us only when nothing is left to look after: workers go on while somebody mends what it needs. */
void supervisor_ended(struct guardian *g);
void supervisor_kill(struct guardian *g, const char *why);

/* The state: made anew, or taken over from the process image before. NULL: said why. */
struct guardian *table_open(void);
void table_reexec(struct guardian *g, char **argv); /* returns only when exec failed */
