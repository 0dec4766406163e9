/* The rooms of an operator. Internal to operator*.c.
 *
 * Owner tree: operator -> place (lock), settings, access, client, store, guardian client, fleet, sources, event writer, elector, port, guarded paths;
 * and only while it leads its reign: targets, document writer, controller. What is made later borrows what was made before. */
#pragma once

#include "supervisor/apply/document_writer.h"
#include "supervisor/apply/event_writer.h"
#include "supervisor/election/former_pods.h"
#include "supervisor/main/controller.h"
#include "supervisor/main/operator.h"
#include "supervisor/main/place.h"
#include "supervisor/main/serve_guarded.h"
#include "supervisor/main/start.h"
#include "supervisor/main/way_out.h"
#include "supervisor/main/world.h"
#include "supervisor/source/kubernetes.h"
#include "supervisor/source/secrets.h"
#include "supervisor/target/kube_targets.h"

#define COMPONENT "supervisor"

/* All NULL while another leads. */
struct operator_reign {
    struct kube_targets *targets;
    struct document_writer *writer;
    struct effects effects;
    struct controller *controller;
    bool running; /* the controller was told to */
};

struct operator_rooms {
    const struct options *options;
    struct arena arena;
    struct settings settings;
    int64_t worker_bytes; /* see capacity.h */
    struct kube_access access;
    struct kube_client *client;
    struct place place;
    struct start_programs programs;
    struct loop *loop;
    struct loop_signal *signal_term, *signal_int;
    struct store *store;
    struct guardian_client *guardian;
    struct fleet *fleet;
    struct kubernetes_source *source;
    struct secrets_source *secrets;
    struct event_writer *events;
    char instance[256];                 /* name of the pod */
    char identity[LEASE_IDENTITY_SIZE]; /* and its uid */
    struct elector *elector;
    struct former_pods *formers;
    struct operator_reign reign;
    struct serve_port *port;
    struct serve_guarded *guarded;
    struct loop_timer *ticking; /* while a source is silent */
    struct loop_timer *sweeping;
    struct way_out *way_out;
    struct mono silence_began; /* unset: everything is heard of */
    struct mono excused_until; /* of that silence: no clock counts it */
    struct mono patient_until; /* struct target_view */
    int exit_code;
};

/* operator_open.c: every room, in order; an exit code, said why. Whatever was made is taken down by operator_close, also after a
 * failure. */
MUST_USE int operator_open(struct operator_rooms *rooms);
void operator_close(struct operator_rooms *rooms);

/* operator_reign.c: what decides and acts, made anew with each reign: what was known in an earlier one may be wrong by now. */
void operator_on_lead(void *context, bool leads); /* of the elector */
bool operator_may_write(void *context);           /* to the API server: only who leads, and only now */
/* Begins to decide once everything is known that a decision could depend on; then all targets are looked at again. */
void operator_reign_look(struct operator_rooms *rooms);
/* Nothing is planned or written any more; workers stay. */
void operator_reign_end(struct operator_rooms *rooms);

/* operator_news.c: what the rooms tell each other. */
extern const struct guardian_client_events operator_guardian_events;
void operator_on_signal(void *context, int number);
void operator_on_halt(void *context); /* of the way out */
void operator_on_worker_change(void *context, const char *worker);
void operator_on_synced(void *context); /* of any source */
void operator_on_former_gone(void *context);
bool operator_is_stopped(void *context); /* of the elector */
void operator_on_health(void *context, const struct reason *why);
void operator_on_tick(void *context);
void operator_on_sweep(void *context);
bool operator_is_ready(void *context);
