/* See session_renew.h. Failures are not told here: session_watch says whether the supervisor and the session are there. */
#include "cli/session_renew.h"
#include "cli/ask.h"
#include "cli/session_patch.h"
#include "common/base/mono.h"

#include <stdio.h>
#include <stdlib.h>

enum { RETRY_MS = 1000 };

struct session_renew {
    struct kube_client *client; /* borrowed */
    struct session_id id;       /* borrowed */
    int64_t period_ms;
    uint64_t count; /* makes each value another one */
    struct loop_timer *timer;
    struct kube_call *call;
};

static void renew_done(void *context, const struct kube_answer *answer)
{
    struct session_renew *renew = context;
    bool again = ask_exit_code(answer) != EXIT_CODE_OK && renew->period_ms > RETRY_MS;
    renew->call = NULL;
    loop_timer_start(renew->timer, again ? RETRY_MS : renew->period_ms);
}

static void renew_now(void *context)
{
    struct session_renew *renew = context;
    char time[WALL_TEXT_SIZE], value[WALL_TEXT_SIZE + 24];
    wall_format(wall_now_ms(), time);
    snprintf(value, sizeof value, "%s/%llu", time, (unsigned long long)++renew->count);
    if (session_annotate(renew->client, renew->id, "sluice.dev/renewed", value, renew_done, renew, &renew->call) < 0)
        loop_timer_start(renew->timer, RETRY_MS);
}

int session_renew_new(struct kube_client *client, struct session_id id, int64_t period_ms, struct session_renew **ret)
{
    CLEANUP(session_renew_freep) struct session_renew *renew = calloc(1, sizeof *renew);
    if (!renew)
        return -ENOMEM;
    *renew = (struct session_renew){.client = client, .id = id, .period_ms = period_ms};
    int r = loop_timer_new(kube_client_loop(client), renew_now, renew, &renew->timer);
    if (r < 0)
        return r;
    loop_timer_start(renew->timer, period_ms);
    *ret = TAKE(renew);
    return 0;
}

void session_renew_free(struct session_renew *renew)
{
    if (!renew)
        return;
    kube_call_cancel(renew->call);
    loop_timer_free(renew->timer);
    free(renew);
}
