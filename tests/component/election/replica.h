/* One replica in a process of its own, which can be frozen and killed. It says, every few milliseconds, whether it leads. */
#pragma once

#include <stdbool.h>
#include <stdint.h>
#include <sys/types.h>

#define REPLICA_DURATION_MS 2000
#define REPLICA_RENEW_MS 1000
#define REPLICA_RETRY_MS 200

struct replica {
    pid_t pid;
    int samples; /* struct replica_sample, one a packet */
    int orders; /* one byte. It gives the Lease back and ends with 0; 'w': with workers left, 'n': with none. 's': its workers
                    have ended, until it leads again */
};

struct replica_sample {
    int64_t at_ms; /* struct mono */
    bool leads;
};

/* socket_path: of its API server. */
void replica_start(struct replica *replica, const char *socket_path, const char *identity);
