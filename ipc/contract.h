/* The contract between the supervisor and a worker process: what a worker is given and how it ends.
 *
 * Descriptors: 0 /dev/null, 2 its log, 1 the same or the output of the guardian's container (which does not block), 3 a sealed
 * memfd with one JSON document (below), 4 its lock, held with flock for life. Environment: PATH, LANG, TZ, AWS_*. Times in
 * milliseconds. */
#pragma once

#define WORKER_FD_SPEC 3
#define WORKER_FD_LOCK 4
#define WORKER_SPEC_BYTES_MAX (4u << 20)
#define WORKER_PROTOCOL 3 /* 1: the queues of a table had no stamp; 2: fewer figures */

/* Members of the document on WORKER_FD_SPEC: protocol (int), split, incarnation (int), token, endpoint, spec (object,
 * its hash is what HELLO says), credentials (object), log (object, may be absent: format "json" or "text", levels). */

#define WORKER_HELLO_DEADLINE_MS 10000
#define WORKER_HEARTBEAT_MS 2000
#define WORKER_HUNG_MS 30000
#define WORKER_STOP_DEADLINE_MS 30000
#define WORKER_WATCHDOG_MS 15000
/* Frozen (stopped, or the machine slept) for longer than a transaction may be open: somebody else may have taken over. */
#define WORKER_FROZEN_MS 10000
#define WORKER_BAD_FRAMES_MAX 8 /* a worker that sent more is ended (S-13) */

enum worker_exit {
    WORKER_EXIT_ORDERED = 0,
    WORKER_EXIT_CONTRACT = 10, /* descriptors or document were not as above */
    WORKER_EXIT_FENCED = 11,   /* the broker gave our place to another incarnation */
    WORKER_EXIT_WATCHDOG =
        12, /* one call took longer than WORKER_WATCHDOG_MS, or it was frozen for WORKER_FROZEN_MS */
    WORKER_EXIT_HELLO_REFUSED = 13,
    WORKER_EXIT_BROKER_FATAL = 14, /* the broker client gave up for good */
    WORKER_EXIT_MEMORY = 15
};
