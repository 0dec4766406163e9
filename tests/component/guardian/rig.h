/* A real guardian under test, with the test itself as its supervisor. Every wait has a deadline of WAIT_MS; whatever is
 * left of a failed test dies with the guardian, and the guardian with the test. */
#pragma once

#include "supervisor/guardian/guardian_wire.h"
#include "tests/unit/cmocka_all.h"
#include <stdbool.h>
#include <sys/types.h>

#define WAIT_MS 10000
#define TEXT_SIZE 8192
#define LIMITS_USUAL "30000,120000,60000,20000" /* hung, command, supervisor's stop, children's stop */

struct rig {
    char folder[64];
    char program[128]; /* the guardian's binary, a copy in folder when rig_copy_program was set */
    int listener;      /* where fake supervisors connect */
    int output;        /* of the guardian and, in a container of its own, its workers: nobody reads it */
    pid_t guardian;
};
extern bool rig_copy_program;
extern bool
    rig_own_processes; /* the guardian is PID 1 of a namespace, as in a container; guardian is then its parent's */

struct fake {
    int control; /* to the fake supervisor; closed when it ends */
    int link;    /* its end of the link, ours now */
    pid_t pid;
    char hello;
};

void rig_start(struct rig *rig, const char *limits);
/* With --listen instead of a supervisor; the socket is folder/shared/guardian.sock. limits: NULL for its own. */
void rig_start_listen(struct rig *rig, const char *limits);
void rig_run_listen(struct rig *rig, const char *limits); /* once more, after the one before ended */
int rig_connect(const struct rig *rig);
/* The guardian's wait status; it must end by itself. */
int rig_wait(struct rig *rig);
void rig_stop(struct rig *rig); /* SIGKILL, if it lives */

/* The next supervisor that the guardian starts; its packets from then on are the test's. */
void fake_accept(const struct rig *rig, struct fake *ret);
void fake_exit(struct fake *fake, unsigned char code); /* and closes everything of it */
void fake_kill(struct fake *fake);                     /* SIGKILL, likewise */
void fake_close(struct fake *fake);
char fake_hear(const struct fake *fake); /* 'T', 'H'; 0 when it ended */

void packet_send(int link, uint32_t type, int64_t value, const struct guardian_child *child, const int *fds,
                 size_t fd_count);
void bytes_send(int link, const void *data, size_t len);
/* The next packet, which must be of that type. */
struct guardian_packet packet_expect(int link, uint32_t type);
void child_seen(int link, const struct guardian_child *child);

struct guardian_child child_named(const char *split, uint64_t incarnation);
/* Orders a worker with that document; returns the reading end of its log. */
int worker_order(int link, const struct guardian_child *child, const char *document);
/* Also waits until it runs (its report is in text) and returns the guardian's answer. */
struct guardian_packet worker_start(int link, const char *split, uint64_t incarnation, const char *document,
                                    int *ret_log, char *ret_text);
/* argv: NUL-separated, len bytes. Returns the reading end of its output. */
int command_order(int link, const struct guardian_child *child, const char *argv, size_t len);

/* Reads up to a line "end" or to the end of file; text is terminated. */
void log_read(int log, char *ret_text);
/* Waits until nobody has the writing end any more: every process that had it has ended. */
void log_wait_closed(int log);
bool wait_readable(int fd, int timeout_ms);
int64_t test_now_ms(void);
