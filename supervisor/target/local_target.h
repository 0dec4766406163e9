/* One LocalService on its way to what is wanted. Internal to supervisor/target. */
#pragma once

#include "common/base/arena.h"
#include "supervisor/target/environment.h"
#include "supervisor/target/local_service.h"
#include <uthash.h>

#define COMMAND_ID_SIZE GUARDIAN_SPLIT_SIZE
#define CONTENT_BYTES_MAX (8u << 20)

enum local_phase {
    LOCAL_IDLE,       /* nothing wanted yet, or waiting for the retry */
    LOCAL_RESTARTING, /* the restart command runs */
    LOCAL_POLLING,    /* the ready command is asked */
    LOCAL_DONE
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
    struct arena wanted_arena;
    struct target_entry *entries;
    size_t entry_count;
    char entries_hash[65]; /* of what is wanted */
    char content_hash[65]; /* of the files that are wanted */
    char running_hash[65]; /* of what the restart on its way brings */
    char done_hash[65];    /* of what is in force; "" : not known, or being changed */
    bool state_loaded;
    enum local_phase phase;
    struct target_observed observed;
    unsigned failures;
    struct loop_timer *timer;
    struct local_services *services;
    UT_hash_handle hh;
};

struct local_services {
    struct local_services_config config;
    struct local_target *targets;
    struct running_command *running;
    bool settled;
};

/* local_content.c */
struct local_content {
    struct arena arena;
    struct local_service service;
    struct buf *files; /* one for each container */
    char hash[65];     /* over entries and files */
};
void local_content_deinit(struct local_content *content);
/* What the files of a target should hold. 1: *why says what is wrong with the manifest. */
MUST_USE int local_content_build(const struct local_target *target, struct local_content *ret, struct reason *why);
/* True when every file holds just that already. */
bool local_content_in_place(const struct local_content *content);
MUST_USE int local_content_write(const struct local_content *content, struct reason *why);

/* local_state.c: the state file. "" when there is none or it is of another object. */
MUST_USE int local_state_load(struct local_target *target);
MUST_USE int local_state_save(const struct local_target *target, const char *content_hash);

/* local_command.c */
MUST_USE int local_command_start(struct local_target *target, const char *id, const char *const *argv);
bool local_command_runs(const struct local_services *services, const char *id);
void local_command_words(int wait_status, const char *log_dir, struct reason *ret);
