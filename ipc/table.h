/* The values of the table that the supervisor pushes and of the reports that come back.
 *
 * Shared vocabulary of both ends; no code. */
#pragma once

#define TABLE_SESSIONS_MAX 10000
#define TABLE_FILTERS_PER_SESSION_MAX 32
#define TABLE_HEADER_BYTES_MAX 256 /* a filter's name */
#define TABLE_TEMPS_MAX 20002
#define TABLE_POSITIONS_MAX 100000

enum worker_mode {
    WORKER_MODE_CHECK = 1,   /* connect, read identity and rights; touch nothing */
    WORKER_MODE_PREPARE = 2, /* temps as wanted, positions of the original read; nothing received */
    WORKER_MODE_FORWARD = 3, /* receive, route, publish, acknowledge */
    WORKER_MODE_HOLD = 4,    /* receive nothing, finish what is held, tell how much is left in the fallback (K-10) */
    WORKER_MODE_RELEASE = 5  /* as HOLD, and abort whatever transaction is open under the split's id (K-7) */
};

enum worker_temp_role { WORKER_TEMP_FALLBACK = 1, WORKER_TEMP_SESSION = 2 };

enum worker_temp_want {
    WORKER_TEMP_WANT_PRESENT = 1, /* exists, positioned */
    WORKER_TEMP_WANT_EMPTIED = 2, /* leftovers handed on (C-4), then nothing in it that its group has not consumed */
    WORKER_TEMP_WANT_ABSENT = 3   /* deleted, and deleted again when it comes back (K-11) */
};

enum worker_temp_state {
    WORKER_TEMP_UNKNOWN = 0,
    WORKER_TEMP_PRESENT = 1,
    WORKER_TEMP_WAITING = 2, /* leftovers are held by a consumer: reason WaitingForInFlight, remaining = how many */
    WORKER_TEMP_EMPTY = 3,   /* proven: remaining = 0 */
    WORKER_TEMP_ABSENT = 4,
    WORKER_TEMP_FAILED = 5 /* reason and text say why; tried again by the worker */
};

enum worker_forwarding {
    WORKER_FORWARDING_STOPPED = 0,
    WORKER_FORWARDING_WAITING = 1, /* ordered, but something must happen first: text says what (K-9) */
    WORKER_FORWARDING_RUNNING = 2,
    WORKER_FORWARDING_SUSPENDED = 3 /* ForeignConsumer, DestinationRefused, broker away: goes on by itself */
};

enum worker_delivery { WORKER_DELIVERY_EXACTLY_ONCE = 1, WORKER_DELIVERY_AT_LEAST_ONCE = 2 };
enum worker_session_mode { WORKER_SESSION_STEAL = 1, WORKER_SESSION_MIRROR = 2 };
