/* The rooms of a standalone supervisor. Internal to standalone*.c.
 *
 * Owner tree: standalone -> place (locks), settings, store, folder source, guardian client, fleet, local services,
 * controller, API socket. What is made later borrows what was made before. */
#pragma once

#include "supervisor/main/controller.h"
#include "supervisor/main/log_tail.h"
#include "supervisor/main/place.h"
#include "supervisor/main/run_mark.h"
#include "supervisor/main/serve.h"
#include "supervisor/main/standalone.h"
#include "supervisor/main/start.h"
#include "supervisor/main/way_out.h"
#include "supervisor/main/world.h"
#include "supervisor/source/folder.h"

#define COMPONENT "supervisor"

struct standalone {
    const struct options *options;
    struct arena arena;
    struct settings settings;
    struct place place;
    struct run_mark mark;
    struct start_programs programs;
    struct loop *loop;
    struct loop_signal *signal_term, *signal_int, *signal_hup;
    struct store *store;
    struct folder_source *source;
    struct guardian_client *guardian;
    struct fleet *fleet;
    struct local_services *services;
    struct effects effects;
    struct controller *controller;
    struct serve *serve;
    int journal_fd;              /* -1: our log does not go to the journal, and nor do those of workers */
    struct log_tail *log_tail;   /* NULL: likewise */
    struct loop_timer *sweeping; /* once the table is known */
    struct way_out *way_out;
    int exit_code;
};

/* standalone_open.c: every room, in order; an exit code, said why. Whatever was made is taken down by standalone_close, also after
 * a failure. */
MUST_USE int standalone_open(struct standalone *standalone);
void standalone_close(struct standalone *standalone);

/* standalone_news.c: what the rooms tell each other. */
extern const struct guardian_client_events standalone_guardian_events;
void standalone_on_signal(void *context, int number);
void standalone_on_reload(void *context, int number);
void standalone_halt(void *context);
void standalone_ended(void *context);
void standalone_on_worker_change(void *context, const char *worker);
void standalone_on_target_change(void *context, const struct resource_key *target);
/* A worker's line for the journal, each worker under a name of its own. */
int standalone_on_log_line(void *context, const char *worker, struct str line);
void standalone_on_sweep(void *context);
