/* The world of the simulation: the real store, view_build, reconcile and apply_plan, and around them a simulated cluster,
 * workers, targets, developers and a clock, all driven by one seed.
 *
 * A fault may come before or after every effect. What must never happen is told through world_fail, which ends the run. */
#pragma once

#include "common/base/arena.h"
#include "common/model/setting.h"
#include "supervisor/apply/view_build.h"
#include "supervisor/split/reconcile.h"
#include "supervisor/store/store.h"
#include "tests/sim/broker.h"

#define SIM_TARGETS_MAX 2
#define SIM_QUEUES_MAX 3
#define SIM_INSTANCES 2
#define SIM_WORKERS_MAX 64
#define SIM_CLIENTS_MAX 24
#define SIM_TEMPS_MAX 40

struct world;

/* --- the supervisor's side and the processes: sim_worker.c --- */

struct sim_temp {
    char name[BROKER_NAME_SIZE];
    enum worker_temp_state state;
    uint64_t remaining;
    bool emptied;
    int64_t zero_since; /* SQS: it told no message since then; 0: it has some */
    bool looked;        /* its state was seen, not only ordered */
    struct reason why;
};

/* What a worker says, as a snapshot. */
struct sim_report {
    uint64_t version; /* grows with every change */
    bool checked;
    bool positions_known;
    struct sim_temp temps[SIM_TEMPS_MAX];
    size_t temp_count;
    enum worker_forwarding forwarding;
    uint64_t applied;
    struct reason condition;
};

struct sim_worker {
    char id[64];
    /* the process */
    bool running;
    bool said_hello;          /* to the supervisor that lives now */
    int64_t hello_at, end_at; /* end_at: 0 until it was told to stop */
    char topic[BROKER_NAME_SIZE], group[BROKER_NAME_SIZE], cluster[64];
    bool sqs; /* at least once, no positions, and emptiness takes a time to prove */
    bool returns, discards;
    struct wanted_table *table, *active; /* received; in force */
    struct wanted_table *incoming;
    int64_t incoming_at;
    bool begun;
    struct sim_report report;
    /* what the supervisor knows of it */
    enum worker_presence presence;
    uint64_t incarnation, generation;
    char spec_hash[65];
    unsigned failures;
    int64_t retry_at;
    int64_t started_at;
    struct reason why;
    struct wanted_table *pushed;
    struct sim_report seen;
    struct reason trouble; /* that it tells of one session, set by a story; REASON_NONE */
    char trouble_uid[37];
};

void sim_workers_deinit(struct world *world);
void sim_workers_turn(struct world *world);
void sim_worker_crash(struct world *world, struct sim_worker *worker);
/* The supervisor died: whoever lives is adopted by the next one. */
void sim_workers_forget(struct world *world);
int sim_worker_start(struct world *world, const char *id, struct json *spec_take, struct json *credentials_take);
int sim_worker_table(struct world *world, const char *id, const struct wanted_table *table);
int sim_worker_stop(struct world *world, const char *id);
int sim_worker_observe(struct world *world, const char *id, struct arena *arena, struct worker_view *ret);
struct sim_worker *sim_worker_find(struct world *world, const char *id);
size_t sim_workers_running(const struct world *world);

/* sim_converge.c: one step of a process. */
void sim_converge(struct world *world, struct sim_worker *worker);

/* sim_temps.c: its temps within such a step. */
void sim_temps_turn(struct world *world, struct sim_worker *worker);
struct sim_temp *sim_temp_of(struct sim_worker *worker, const char *name);
void sim_temp_tell(struct sim_worker *worker, struct sim_temp *temp, enum worker_temp_state state,
                   uint64_t remaining);
/* A count of 0 is a proof at once on Kafka; SQS must tell it for so long. */
#define SIM_DRAIN_PROOF_MS 60000
#define SIM_DELETE_PROOF_MS 180000
bool sim_temp_is_empty(const struct world *world, const struct sim_worker *worker, struct sim_temp *temp, size_t lag,
                       int64_t proof_ms);
/* Where the routes of a table send a message: the first session whose filter matches, else the fallback. */
const char *sim_route(const struct wanted_table *table, char user);

/* --- targets: sim_target.c --- */

struct sim_target;

/* How the environment names the queues. */
enum sim_form {
    FORM_TOPIC, /* Kafka */
    FORM_NAME,  /* SQS from here on */
    FORM_URL,
    FORM_MAP, /* all of them in one JSON object */
    FORM_COUNT
};
#define SIM_URL "http://localhost:9324/000000000000/"
#define SIM_MAP "{ \"q0\": \"%s\",  \"q1\" :\"" SIM_URL "%s\", \"q2\":\"%s\" }"
/* inputs.c: the variable that names a queue, and the name that a value of it has for that queue. */
void sim_variable_of(const struct sim_target *target, size_t queue, char ret[32]);
void sim_name_in(const struct sim_target *target, const char *value, size_t queue, char ret[BROKER_NAME_SIZE]);

struct sim_instance {
    bool alive;
    int64_t back_at; /* while not alive */
    char topics[SIM_QUEUES_MAX][BROKER_NAME_SIZE];
};

struct sim_target {
    char name[32];
    struct resource_key key;
    bool exists;          /* its manifest is there */
    int64_t hidden_until; /* the manifest is there but cannot be read; 0: it can */
    enum sim_form form;
    size_t queue_count;
    char originals[SIM_QUEUES_MAX][BROKER_NAME_SIZE], group[BROKER_NAME_SIZE];
    struct sim_instance instances[SIM_INSTANCES];
    bool app_stuck; /* it consumes nothing */
    bool broken;    /* a restart fails */
    bool config_broken;
    unsigned config_version;
    size_t declared_count; /* queues that the resource names now; 0: no resource */
    /* settings of its resource */
    unsigned ttl_s;
    int drain_timeout_s; /* -1: none */
    const char *leftovers;
    /* the driver */
    bool known;
    struct target_entry *wanted;
    size_t wanted_count;
    char wanted_hash[65];
    char told_hash[65]; /* of the last target_set, through crashes: for W-3 */
    size_t told_count;
    bool failed;
    int64_t next_at;
    uint64_t progress;
    unsigned patches; /* how often the entries went from none to some */
    /* the supervisor's */
    struct target_memory memory;
    struct mono wake;
    bool dirty;
    int64_t rest_until;
};

void sim_target_init(struct world *world, size_t index);
/* Kafka, unless told otherwise. */
void sim_target_form(struct sim_target *target, enum sim_form form);
void sim_target_deinit(struct sim_target *target);
void sim_target_turn(struct world *world, struct sim_target *target);
void sim_target_forget(struct sim_target *target);
int sim_target_set(struct world *world, const struct target_wanted *wanted);
void sim_target_observe(struct world *world, const struct resource_key *key, struct target_observed *ret);
struct sim_target *sim_target_find(struct world *world, const struct resource_key *key);
/* Is any living instance that consumes this topic there? */
bool sim_target_uses(const struct world *world, const char *topic);
/* Manifest there and gone, with all its instances. */
void sim_target_exist(struct world *world, struct sim_target *target, bool exists);

/* --- developers: sim_client.c --- */

struct sim_client {
    bool used, alive;
    bool holds; /* it sits at a breakpoint: a member of its group that consumes nothing */
    char name[64];
    struct resource_key key;
    size_t target;
    char user;       /* the filter wants it; 0: an empty filter */
    uint8_t queues;  /* bits: named */
    int64_t ends_at; /* how long its developer works */
    int64_t renew_at;
    unsigned renewals;
    int ending; /* 0 finish, 1 vanish, 2 killed by others */
    bool ready;
    int64_t ready_at;
    bool over; /* its end is written down, or its document is gone */
    char topics[SIM_QUEUES_MAX][BROKER_NAME_SIZE], group[BROKER_NAME_SIZE]; /* once ready */
    char reason[64];                                                        /* of condition Ready */
    char message[256];
    char phase[16];
};

/* NULL when there is no room. */
struct sim_client *sim_client_start(struct world *world, size_t target, uint8_t queues, char user);
void sim_client_end(struct world *world, struct sim_client *client);
void sim_clients_look(struct world *world);
void sim_clients_turn(struct world *world);
bool sim_client_uses(const struct world *world, const char *topic);

/* --- inputs.c --- */
void inputs_write(struct world *world);
/* The manifests of the target cannot be read for a while, and the supervisor has not read them since its start. */
void inputs_hide(struct world *world, struct sim_target *target, int64_t ms);
void inputs_turn(struct world *world); /* those that can be read again */

/* --- world.c --- */

/* sim_schema.c: do the definitions of kinds allow what the supervisor writes? */
#define SIM_PROBLEM_SIZE 400
bool sim_schema_fits(const struct json *document, char problem[SIM_PROBLEM_SIZE]);

struct sim_faults {
    /* per mille */
    unsigned effect_crash, effect_error,
        effect_lost; /* an effect: crash around it, not done, done but not answered */
    unsigned worker_crash, supervisor_crash, guardian_crash;
    unsigned broker_away, target_fails, temp_fails, app_stuck;
    unsigned disk_full;
    unsigned inputs; /* an input is changed */
    unsigned hidden; /* a manifest that cannot be read when the supervisor comes back */
    unsigned clock_jump;
    unsigned slowness; /* a step of a worker or a report is late */
};

struct world {
    uint64_t random; /* state */
    uint64_t seed;
    int64_t now_ms;
    bool verbose;
    struct sim_faults faults;
    const char *const *manifests; /* JSON texts, NULL at the end, in place of those of inputs.c; NULL: not */
    bool no_transactions;         /* the cluster has none */
    bool groups_held;             /* the groups of sessions have members when their topics are deleted */
    bool no_deletion;             /* topics cannot be deleted: the right is missing */
    bool silent;                  /* nobody produces */
    bool disk_full;               /* no document of ours can be written */
    struct broker broker;
    struct store *store;
    struct store_watch *watch;
    struct settings settings;
    struct arena settings_arena;
    struct sim_worker *workers[SIM_WORKERS_MAX];
    size_t worker_count;
    struct sim_target targets[SIM_TARGETS_MAX];
    size_t target_count;
    struct sim_client clients[SIM_CLIENTS_MAX];
    size_t client_count;
    struct effects effects;
    int64_t lag_ms; /* view_source.lag_ms */
    struct mono patient_until;
    bool crashed;    /* the supervisor, within this pass */
    int64_t back_at; /* it is not there until then */
    bool changed;    /* an effect changed something in this pass */
    unsigned writes; /* of documents */
    unsigned passes;
    char failure[512]; /* what must not happen */
};

void world_init(struct world *world, uint64_t seed);
/* world_effects.c: fills effects. */
void world_connect(struct world *world);
void world_deinit(struct world *world);
uint64_t world_random(struct world *world);
bool world_chance(struct world *world, unsigned per_mille);
int64_t world_between(struct world *world, int64_t first, int64_t last);
void world_fail(struct world *world, const char *format, ...) __attribute__((format(printf, 2, 3)));
void world_trace(struct world *world, const char *format, ...) __attribute__((format(printf, 2, 3)));
void world_mark_all(struct world *world);
void world_supervisor_crash(struct world *world);
/* Lets time pass, and everybody do something. */
void world_step(struct world *world, int64_t ms);
/* A message reached the deployed application; from_original: one that is not patched. */
void world_consumed_by_app(struct world *world, uint32_t index, const struct sim_target *target, size_t queue,
                           bool from_original);
void world_consumed_by_client(struct world *world, uint32_t index, const struct sim_client *client);
void world_check_messages(struct world *world);
/* Everything is as if nothing had ever been split. */
bool world_is_clean(struct world *world);
/* One more pass over every target; the number of effects that changed something. */
unsigned world_still(struct world *world);
