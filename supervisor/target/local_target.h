/* One LocalService on its way to what is wanted. Internal to supervisor/target. */
#pragma once

#include "common/base/arena.h"
#include "supervisor/target/environment.h"
#include "supervisor/target/local_service.h"
#include "supervisor/target/revert.h"
#include <limits.h>
#include <uthash.h>

#define COMMAND_ID_SIZE GUARDIAN_SPLIT_SIZE
#define CONTENT_BYTES_MAX (8u << 20)

/* In the order in which a restart passes through them. */
enum local_phase {
    LOCAL_IDLE,       /* nothing wanted yet, or waiting for the retry */
    LOCAL_RESTARTING, /* the restart command runs */
    LOCAL_POLLING,    /* the ready command is asked */
    LOCAL_DONE,
    LOCAL_LEFT /* somebody else reverted it too often: left as it is until that was quiet for a while */
};

/* What the state file says is in force. */
enum local_known {
    LOCAL_NEVER_SEEN, /* there is none: whatever runs was started without us */
    LOCAL_CHANGING, /* emptied: a restart began and has not been seen to its end, or the file cannot be understood */
    LOCAL_KNOWN     /* done_hash */
};

/* A command that the guardian runs, by id; several runs of one id never overlap. */
struct running_command {
    char id[COMMAND_ID_SIZE];
    uint64_t incarnation;
    UT_hash_handle hh;
};

struct local_target {
    char text[RESOURCE_KEY_TEXT_SIZE]; /* key of the hash */
    struct resource_key key;
    char uid[UID_SIZE];
    char restart_id[COMMAND_ID_SIZE], ready_id[COMMAND_ID_SIZE];
    char program[256]; /* of the command that was started last, for messages */
    struct arena wanted_arena;
    struct target_entry *entries;
    size_t entry_count;
    char entries_hash[65]; /* of what is wanted */
    char content_hash[65]; /* of the files that are wanted; "" : they cannot be built */
    char try_hash[65];     /* of files and commands of the last try: others need not wait for the backoff */
    char running_hash[65]; /* of what the restart on its way brings */
    enum local_known known;
    char done_hash[65]; /* of the files in force */
    bool state_loaded;
    struct json *own;       /* local_own.h, while the service is patched or being restored; else NULL */
    struct reverts reverts; /* by somebody else */
    enum local_phase phase;
    enum local_phase furthest; /* since something else was wanted; only what goes beyond is progress */
    struct target_observed observed;
    unsigned failures;
    struct loop_timer *timer; /* the retry, the next question to the ready command, or the next look at the files */
    struct local_services *services;
    UT_hash_handle hh;
};

struct local_content;
struct local_services {
    struct local_services_config config;
    struct local_target *targets;
    struct running_command *running;
    bool settled; /* the guardian's table is known, and nobody has said stop: commands may be started */
};

/* local_target.c: the entries. */
MUST_USE int local_target_get(struct local_services *services, const struct resource_key *key,
                              struct local_target **ret);
struct local_target *local_target_find(const struct local_services *services, const struct resource_key *key);
struct local_target *local_target_of_command(const struct local_services *services, const char *id);
/* Copies what is wanted; 0 or < 0 with nothing changed. */
MUST_USE int local_target_want(struct local_target *target, const struct target_wanted *wanted);
void local_target_free(struct local_target *target);
/* One whose manifest is gone, as long as it is to be restored by its record; NULL: there is none. Reads the state file. */
struct local_target *local_target_held(struct local_services *services, const struct resource_key *key);
/* File name of this target with that end, at most 200 bytes and so well below NAME_MAX: "target.default.orders.json". */
void local_target_file_name(const struct local_target *target, const char *end, char ret_name[NAME_MAX + 1]);

/* local_advance.c: the machine. */
/* Brings the target one step nearer to what is wanted, unless a command of it runs. */
void local_advance(struct local_target *target);
/* Whether what is wanted is in force, on its way, or waiting for its retry. */
bool local_is_on_its_way(struct local_target *target);
void local_on_timer(void *context);
/* why: REASON_NONE when the command ended with 0. */
void local_command_ended(struct local_target *target, const char *id, const struct reason *why);

/* local_advance.c, for local_revert.c */
void local_restart(struct local_target *target, const struct local_content *content);
void local_change(struct local_target *target, enum local_phase phase, enum target_state state);

/* local_revert.c: changes of the files by somebody else while the service is patched (W-6). */
/* The next look at the files. */
void local_watch(struct local_target *target);
void local_look(struct local_target *target);

/* local_content.c */
struct local_content {
    struct arena arena;
    struct local_service service;
    struct buf *files;   /* one for each container */
    struct json *own;    /* built from a manifest for a service that is patched: what restoring needs; else NULL */
    struct reason stale; /* built from the record because of this; REASON_NONE: from the manifest */
    char hash[65];       /* over entries and files */
    char try_hash[65];   /* also over the commands */
};
void local_content_deinit(struct local_content *content);
/* What the files of a target should hold: by its manifest, or by the record where that cannot be read and the service is
 * patched. 1: *why says what is wrong with the manifest. */
MUST_USE int local_content_build(const struct local_target *target, struct local_content *ret, struct reason *why);
/* True when every file holds just that already. */
bool local_content_in_place(const struct local_content *content);
MUST_USE int local_content_write(const struct local_content *content, struct reason *why);

/* local_state.c: the state file. */
MUST_USE int local_state_load(struct local_target *target); /* sets known and done_hash */
/* content_hash: "" for a change that begins. */
MUST_USE int local_state_save(const struct local_target *target, const char *content_hash);

/* local_command.c */
MUST_USE int local_command_start(struct local_target *target, const char *id, const char *const *argv);
bool local_command_runs(const struct local_services *services, const char *id);
/* From the table, or started just now. */
MUST_USE int local_command_remember(struct local_services *services, const char *id, uint64_t incarnation);
/* True when it was running; then it no longer is. */
bool local_command_forget(struct local_services *services, const char *id, uint64_t incarnation);
/* How a command of the target ended, in words; start_error: a positive errno when it never ran, else 0. REASON_NONE for 0. */
void local_command_words(const struct local_target *target, const char *id, int wait_status, int start_error,
                         struct reason *ret);
