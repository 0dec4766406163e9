/* The link between guardian and supervisor: fixed-size structs over one SOCK_SEQPACKET connection (fd 3, or the guardian's
 * socket in a folder that two containers share).
 *
 * Version and length are checked, nothing else is interpreted twice. Included by the guardian (libc only) and by
 * supervisor/worker_link/; so it includes libc alone. Descriptors travel by SCM_RIGHTS in the packet that names them.
 * One packet is one struct guardian_packet; integers are in host order (both ends are one build on one host).
 * A child is named by kind, split and incarnation together. */
#pragma once

#include <stdbool.h>
#include <stdint.h>

#define GUARDIAN_VERSION 1
#define GUARDIAN_FD 3 /* the supervisor's end */
#define GUARDIAN_CHILDREN_MAX 1024
#define GUARDIAN_SPLIT_SIZE 64     /* split id, with NUL */
#define GUARDIAN_TOKEN_SIZE 65     /* 32 random bytes as hex, with NUL */
#define GUARDIAN_HASH_SIZE 65      /* SHA-256 as hex, with NUL */
#define GUARDIAN_ENDPOINT_SIZE 160 /* ipc:// address, with NUL */
#define GUARDIAN_HEARTBEAT_MS 2000
#define GUARDIAN_SUPERVISOR_HUNG_MS 30000
#define GUARDIAN_COMMAND_LIMIT_MS 120000
#define GUARDIAN_SUPERVISOR_RESTART_MS 200       /* first delay; doubles with each start that failed soon */
#define GUARDIAN_SUPERVISOR_RESTART_MAX_MS 10000 /* longest delay; also how long it must live to be well again */
#define GUARDIAN_SUPERVISOR_STOP_MS 60000        /* from SIGTERM to SIGKILL of the supervisor */
#define GUARDIAN_LINK_STOP_MS 32000              /* from SIGTERM on, for a supervisor of another container to go */
#define GUARDIAN_CHILDREN_STOP_MS 35000          /* from SIGTERM to SIGKILL of workers and commands */
#define GUARDIAN_PACKETS_BAD_MAX 10              /* so many wrong packets end the supervisor */
#define GUARDIAN_ARGV_MAX 256                    /* arguments of a command */
#define GUARDIAN_ARGV_BYTES_MAX 131072           /* their bytes, each with its NUL */

/* With these codes the supervisor says that another start would not help: the guardian exits with the same code, after
 * ORDERED together with every child, else once no child runs (till then it starts it again: something may be mended). Any
 * other end (a signal, 1, 10 and more) means: start it again. */
enum guardian_supervisor_exit {
    SUPERVISOR_EXIT_ORDERED = 0,
    SUPERVISOR_EXIT_USAGE = 2,  /* options */
    SUPERVISOR_EXIT_CONFIG = 3, /* settings, or the folder of manifests cannot be used */
    SUPERVISOR_EXIT_LOCKED = 4, /* another supervisor has this state folder */
    SUPERVISOR_EXIT_STATE = 5,  /* the state or runtime folder cannot be used */
    SUPERVISOR_EXIT_FINAL_MAX = 9,
    SUPERVISOR_EXIT_AGAIN = 10,   /* after SIGHUP: start it anew, it may be another version */
    SUPERVISOR_EXIT_NOT_RUN = 127 /* said by the guardian: it could not be executed */
};

/* Another start would end the same way until somebody mends what it needs. */
static inline bool supervisor_cannot_start(int code)
{
    return code == SUPERVISOR_EXIT_NOT_RUN || (code >= SUPERVISOR_EXIT_USAGE && code <= SUPERVISOR_EXIT_FINAL_MAX);
}

enum guardian_packet_type {
    /* supervisor -> guardian */
    GUARDIAN_START_WORKER =
        1,                  /* fds: executable, log, memfd, lock; child.* set, pid 0. One that is in the table already
                                * is not started again, but told again (CHILD, EXIT or START_FAILED). */
    GUARDIAN_START_COMMAND, /* fds: memfd with argv (NUL-separated), log; child.split = id of the command */
    GUARDIAN_SIGNAL,        /* child.kind, split, incarnation name the process group; value = signal number */
    GUARDIAN_HEARTBEAT,
    GUARDIAN_REEXEC,    /* value unused: run our own binary again, children kept */
    GUARDIAN_EXIT_SEEN, /* child.kind, split, incarnation: its EXIT or START_FAILED need not be told again */
    /* guardian -> supervisor */
    GUARDIAN_CHILD,       /* at connect one per living child; later one after each start */
    GUARDIAN_TABLE_END,   /* at connect, after the last CHILD, EXIT or START_FAILED of the table */
    GUARDIAN_EXIT,        /* value = wait status (WIFEXITED, ...); told to each new supervisor until EXIT_SEEN */
    GUARDIAN_START_FAILED /* value = errno, ENOSPC when the table is full; told as EXIT is. One whose exec failed comes
                           * after the child's GUARDIAN_CHILD, because nobody waits for exec. */
};

/* As they are ordered. */
enum guardian_child_kind { GUARDIAN_WORKER = GUARDIAN_START_WORKER, GUARDIAN_COMMAND = GUARDIAN_START_COMMAND };

struct guardian_child {
    uint32_t kind; /* enum guardian_child_kind */
    int32_t pid;   /* also its process group */
    uint64_t incarnation;
    uint64_t file_limit;         /* RLIMIT_NOFILE of the child, 0: leave */
    uint64_t memory_limit_bytes; /* RLIMIT_AS would break JIT and thread stacks: applied as RLIMIT_DATA; 0: leave */
    char split[GUARDIAN_SPLIT_SIZE];
    char token[GUARDIAN_TOKEN_SIZE];
    char spec_hash[GUARDIAN_HASH_SIZE];
    char endpoint[GUARDIAN_ENDPOINT_SIZE];
};

struct guardian_packet {
    uint32_t version; /* GUARDIAN_VERSION */
    uint32_t type;    /* enum guardian_packet_type */
    int64_t value;    /* by type */
    struct guardian_child child;
};
