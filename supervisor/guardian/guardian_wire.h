/* The link between guardian and supervisor: fixed-size structs over one SOCK_SEQPACKET connection (fd 3).
 *
 * Version and length are checked, nothing else is interpreted twice. Included by the guardian (libc only) and by
 * supervisor/worker_link/; so it includes libc alone. Descriptors travel by SCM_RIGHTS in the packet that names them.
 * One packet is one struct guardian_packet; integers are in host order (both ends are one build on one host). */
#pragma once

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
#define GUARDIAN_SUPERVISOR_RESTART_MS 200

enum guardian_packet_type {
    /* supervisor -> guardian */
    GUARDIAN_START_WORKER = 1, /* fds: executable, log, memfd, lock; child.* set, pid 0 */
    GUARDIAN_START_COMMAND,    /* fds: memfd with argv (NUL-separated), log; child.split = id of the command */
    GUARDIAN_SIGNAL,           /* child.split + child.incarnation name the process group; value = signal number */
    GUARDIAN_HEARTBEAT,
    GUARDIAN_REEXEC, /* value unused: run our own binary again, children kept */
    /* guardian -> supervisor */
    GUARDIAN_CHILD, /* at connect: one per living child and per exit not yet told, then GUARDIAN_TABLE_END; later after each start */
    GUARDIAN_TABLE_END,
    GUARDIAN_EXIT,        /* value = wait status (WIFEXITED, WTERMSIG, ...) */
    GUARDIAN_START_FAILED /* value = errno */
};

enum guardian_child_kind { GUARDIAN_WORKER = 1, GUARDIAN_COMMAND };

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
