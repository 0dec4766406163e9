/* One run while it lives: shared by run_session.c (its life) and run_child.c (CMD). */
#pragma once

#include "cli/mirrord_config.h"
#include "cli/progress.h"
#include "cli/run_session.h"
#include "cli/session_end.h"
#include "cli/session_renew.h"
#include "cli/session_watch.h"
#include "cli/signals.h"

enum run_state {
#define RUN_STATE(name, meaning) RUN_##name,
#include "cli/run_state.def"
#undef RUN_STATE
    RUN_STATE_COUNT
};

struct run {
    const struct run_plan *plan;
    struct session_id id;
    enum run_state state;
    int exit_code;
    struct progress progress;
    struct signals *signals;
    struct loop_timer *retry; /* the session is asked for again */
    struct loop_timer *tick;  /* the live line, and how long the supervisor has been silent */
    struct loop_timer *grace; /* then CMD is killed */
    struct kube_call *create;
    bool created_maybe; /* a request was sent of which no answer came */
    struct mono ask_deadline;
    struct mono lost_since; /* the supervisor does not answer; not set: it does */
    struct session_watch *watch;
    struct session_renew *renew;
    struct session_end *end;
    pid_t command; /* 0: does not run */
    struct mirrord_command mirrord;
};

/* Starts CMD with the session's environment. EXIT_CODE_OK, or an exit status after telling why. */
MUST_USE int run_child_start(struct run *run, const struct json *session);
/* Sends a signal to CMD, if it runs. */
void run_child_signal(struct run *run, int signal_number);
