/* What the steps of one reconcile share. Internal to supervisor/split. */
#pragma once

#include "supervisor/split/memory.h"
#include "supervisor/split/plan.h"
#include "supervisor/split/status_condition.h"
#include "supervisor/split/view.h"

enum session_fate {
    SESSION_LIVE, /* it is to be served */
    SESSION_NEW, /* something is wrong with it that may only not have been heard of yet: why. It waits for a moment */
    SESSION_REFUSED, /* it fails: why */
    SESSION_ENDING,  /* it ends: end_reason; its queues are cleaned up */
    SESSION_OVER     /* Ended or Failed already */
};

struct session_verdict {
    enum session_fate fate;
    enum reason_code end; /* SESSION_ENDING: SESSION_UNUSED, TIME_LIMIT, ... */
    bool served;          /* live, and the present splits can serve it; else it waits for the next ones */
    struct reason why;
    struct session_memory *memory;
    const struct sqs_session_view *sqs; /* its MirrordSQSSession; NULL: there is none */
    bool sqs_over; /* that was deleted: its SQS queues are taken away, and with nothing else it ends */
};

/* One split within this pass. */
struct split_step {
    const struct split_view *view;
    struct split_memory *memory;
    enum split_phase next;   /* phase after this pass */
    struct reason broken;    /* why it is given up */
    struct reason abandoned; /* what may be left of it for ever, in a moment; REASON_NONE: nothing */
    bool record_changed;     /* a write of the record is planned: status waits for the next pass */
    bool table_in_force; /* the table that is wanted now is the one that the worker applied, and no other forwards */
    bool starts; /* its worker is to be started, which is written down first where others may have to prove it gone */
    const struct former_worker *former; /* one of another pod that may still forward; NULL: none */
    bool drained;
    bool released;  /* Restoring: to be written down */
    bool returning; /* the same */
    struct wanted_table table;
    const char *waits_for; /* "" : for nothing */
};

struct step {
    const struct target_view *view;
    struct target_memory *memory;
    struct plan *plan;
    struct session_verdict *verdicts; /* one for each session */
    size_t live_count;
    size_t served_count;       /* live ones that the present splits can serve */
    struct split_step *splits; /* one for each split */
    struct target_wanted wanted;
    char wanted_hash[65];
    struct reason held;  /* why nothing of the target may be changed: a manifest or a record is not known */
    bool patch_waits;    /* entries are held back until all splits of the barrier are Patching */
    bool target_fits;    /* what is observed speaks of the wanted entries */
    bool target_patched; /* every wanted entry is in force, nobody unpatched is left */
    bool target_clean;   /* no entry is in force, nobody patched is left */
    bool record_planned; /* a new record is written in this pass */
    struct reason stuck; /* the rollout made no progress for its whole deadline */
};

/* session_judge.c */
/* What its client says about its end before it deletes it (annotation sluice.dev/end); "". */
const char *session_told_end(const struct json *document);
MUST_USE int sessions_judge(struct step *step);
/* The filter that a session has for a queue, by any of its ids, or by "*"; NULL: it does not name the queue. */
const struct session_queue *session_queue_for(const struct split_session *session, enum queue_type type,
                                              const char *const *ids);
/* The container that its local process stands for: the one that it names, else the first. "": the target has none. */
const char *session_container(const struct target_view *view, const struct split_session *session);
/* The resource that declares the queue speaks of the session's container. */
bool queue_is_for(const struct target_view *view, const struct split_session *session,
                  const struct queue_resolved *queue);
/* The filter that a session has for a declared queue; "*" leaves out what is declared for another container. NULL: it does not name it. */
const struct session_queue *session_queue_declared(const struct target_view *view,
                                                   const struct split_session *session,
                                                   const struct queue_resolved *queue);
/* The same for what a split stands for, which lives on when its declaration is gone. */
const struct session_queue *session_queue_split(const struct step *step, const struct split_session *session,
                                                const struct split_record *record);
bool session_is_ready(const struct split_session *session);
bool session_phase_is_over(const char *phase);
/* Its end is written down: only then are its routes and queues taken away, so that no restart brings it back to life. */
bool session_is_over(const struct split_session *session);

/* sqs_session_judge.c */
/* Fills sqs and sqs_over of the verdict, whose memory is there already unless the session is over. */
void session_judge_sqs(struct step *step, size_t index, struct session_verdict *verdict);
/* It names queues of that type. */
bool session_names_type(const struct split_session *session, enum queue_type type);
/* It named queues of that type, and they were taken away from it while it goes on. */
bool session_part_is_over(const struct step *step, size_t index, enum queue_type type);
/* sqs_session_step.c: MirrordSQSSession documents, one for each session with SQS queues. */
MUST_USE int sqs_sessions_step(struct step *step);
/* sqs_session_status.c: what stands in place of the present status of one; NULL: it stays. */
MUST_USE int sqs_session_status(struct step *step, size_t index, struct json **ret);

/* Every queue that it names is split, or the splits of the target are not fixed yet. */
bool session_is_servable(const struct step *step, const struct split_session *session);

/* session_check.c: what is wrong with a session that is not Ready yet; REASON_NONE: nothing. */
MUST_USE int session_check(const struct step *step, size_t index, struct reason *why);
bool queue_type_is_enabled(const struct settings *settings, enum queue_type type);
/* session_limit.c: the same for the limits of sessions. */
void session_check_limits(const struct step *step, size_t index, struct reason *why);

/* queue_step.c: declared queues without a split: probe, then record. */
MUST_USE int queues_step(struct step *step);
/* Why a declared queue cannot be split; NULL: nothing is known against it. */
const struct reason *queue_error(const struct queue_view *queue);
/* Why it failed when it was tried; NULL: it was not tried, or did not fail. */
const struct reason *queue_failed(const struct step *step, const struct queue_view *queue);
/* The same for a session: NULL when it came after the failure. */
const struct reason *queue_failed_for(const struct step *step, const struct queue_view *queue, size_t index);
/* True while the target runs with the entries of its splits: what was not split with them waits for the next time. */
bool target_is_split(const struct step *step);
bool target_is_restoring(const struct step *step);
/* True while a queue that is wanted has no record yet and may still get one. */
bool queue_is_pending(const struct step *step, const struct queue_view *queue);

/* queue_identity.c */
/* What a checked queue is. */
struct original queue_original(const struct queue_view *queue);
bool queue_same_original(const struct queue_view *queue, const struct split_record *record);
/* The split that a declared queue belongs to, by its original or, when the resource was edited since, by its id. */
const struct split_record *queue_split(const struct step *step, const struct queue_view *queue);

/* queue_judge.c: 1 and *why: the queue is not to be split. */
MUST_USE int queue_judge(struct step *step, const struct queue_view *queue, struct reason *why);

/* queue_record.c: the write-ahead record of a queue whose cluster is known. */
MUST_USE int queue_record(struct step *step, const struct queue_view *queue);

/* worker_step.c */
MUST_USE int worker_spec_of_split(const struct step *step, const struct split_view *split, struct json **ret_spec,
                                  struct json **ret_credentials);
MUST_USE int worker_step(struct step *step, struct split_step *split);
/* There is no process and none can be started, as its client config is missing or wrong: *ret_why. */
bool worker_cannot_start(const struct step *step, const struct split_step *split, struct reason *ret_why);
/* table_step.c */
MUST_USE int table_step(struct step *step, struct split_step *split);
/* The condition that its worker tells about the split as a whole; NULL: none. */
const struct reason *worker_trouble(const struct worker_view *worker);
const struct worker_temp_view *worker_temp_of(const struct worker_view *worker, const char *name);

/* split_step.c */
/* First for every split, so that barriers see all: is it drained? */
void split_look(struct step *step, struct split_step *split);
/* Then for every split: its events and the next change of its record. */
MUST_USE int split_advance(struct step *step, struct split_step *split);
void split_post(struct step *step, struct split_step *split, enum split_event event);
MUST_USE int split_change_record(struct step *step, struct split_step *split, int result, struct json *document);
/* Records the temp of a new session or forgets one that was deleted: one write a pass, so that each is seen before the next. */
MUST_USE int split_keep_record(struct step *step, struct split_step *split);
MUST_USE int split_forget_temps(struct step *step, struct split_step *split);
/* As many instances run with the entries as sessions have to wait for. */
bool split_enough_patched(const struct step *step, const struct split_step *split);
bool split_has_session_temps(const struct split_record *record);
/* No more queues of sessions are made until earlier ones are gone. */
bool split_is_full(const struct step *step, const struct split_record *record);
struct split_held {
    const struct split_temp *temp;
    enum reason_code code;
    bool deleted; /* its messages are handed on and its topic is deleted: only its group is there */
};
/* The queue of an ended session that cannot go yet (C-4); false: none. WaitingForInFlight: members of its group are there, which
 * may hold messages; PositionBehind: the broker has just come back, and what was consumed is not known for sure. */
bool split_find_held(const struct split_step *split, struct split_held *ret);
/* A queue that is to be emptied or deleted and whose step fails at the worker, which tries again; NULL: none. */
const struct wanted_temp *split_failing_temp(const struct split_step *split, const struct reason **ret_why);
#define WAITS_FOR_CONFIG "its client config: without it no worker can be started, and nothing is forwarded"
/* Says what queues of ended sessions wait for, by name. */
MUST_USE int split_wait_for_temps(struct step *step, struct split_step *split);

/* split_provision.c, split_drain.c, split_restore.c: advance of the phases of that name */
MUST_USE int split_provision(struct step *step, struct split_step *split);
void split_drain_look(struct step *step, struct split_step *split);
MUST_USE int split_drain(struct step *step, struct split_step *split);
MUST_USE int split_restore(struct step *step, struct split_step *split);
/* Nothing of it is left at its broker, or it is given up: its process goes, then the record. */
MUST_USE int split_finish(struct step *step, struct split_step *split);
/* split_abandon.c: it goes now, whatever may be left of it. Fills abandoned of the split some time before. */
bool split_is_abandoned(struct step *step, struct split_step *split);
MUST_USE int split_undo(struct step *step, struct split_step *split);

/* rollout.c */
MUST_USE int split_remember(struct step *step, struct split_step *split);
/* Time in a rollout that makes progress does not count against the set-up deadline of the sessions that wait for it. */
void rollout_count(struct step *step);
/* Fills step->stuck: a rollout without progress for the target's whole deadline. */
void rollout_look(struct step *step);

/* target_step.c */
/* False until its driver has looked for it: then it is not known what is wrong with it, or whether it is there. */
bool target_is_read(const struct step *step);
MUST_USE int target_step(struct step *step);

/* input_step.c: status of the resources of the target. */
MUST_USE int inputs_step(struct step *step);

/* split_status.c, session_status.c */
MUST_USE int split_status_step(struct step *step, struct split_step *split);
MUST_USE int session_status_step(struct step *step, size_t index);
/* split_condition.c: member conditions of the status. */
MUST_USE int split_conditions_write(struct step *step, struct split_step *split, struct json *status);
/* The resource that declared it was edited since. */
bool resource_is_changed(const struct target_view *view, const struct split_record *record);
/* split_sessions.c: member sessions of the status. */
MUST_USE int split_sessions_write(struct step *step, struct split_step *split, struct json *status);

/* session_outcome.c */
struct session_outcome {
    const char *phase;
    const char *end_reason;
    const char *waits_for;
    struct reason why; /* of condition Ready */
};
/* A record lists a temporary queue of the session of that uid. */
bool session_has_temps(const struct step *step, const char *uid);
void session_judge_outcome(struct step *step, size_t index, struct session_outcome *outcome);
/* session_condition.c: member conditions of the status. */
MUST_USE int session_conditions_write(struct step *step, size_t index, const struct session_outcome *outcome,
                                      struct json *status);
/* session_value.c */
/* The session has a queue of its own in the split of that one. */
bool session_has_queue(const struct step *step, const struct split_session *session, const struct queue_view *queue);
/* Where a declared queue stands in the value of one of its variables. */
struct entry_place queue_entry_place(const struct queue_resolved *queue, const struct queue_entry *entry);
/* The name of a queue that nobody makes, for one that is not split. */
MUST_USE int session_unsplit_name(struct step *step, const struct split_session *session,
                                  const struct queue_resolved *queue, const char **ret);
/* The value at that place for the session; name: of its own queue, for a value that is nothing else. */
MUST_USE int session_value(struct step *step, const struct split_session *session, const struct entry_place *place,
                           const char *name, const char **ret);
/* session_env.c: members env and queues of the status. */
MUST_USE int session_env_write(struct step *step, size_t index, const struct session_outcome *outcome,
                               struct json *status);
