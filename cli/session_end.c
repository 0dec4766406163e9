/* See session_end.h. */
#include "cli/session_end.h"
#include "cli/ask.h"
#include "cli/session_patch.h"
#include "common/base/mono.h"

#include <stdlib.h>

enum { RETRY_MS = 300 };

struct session_end {
    struct kube_client *client; /* borrowed */
    struct session_id id;       /* borrowed */
    session_end_fn *done;
    void *context;
    struct mono deadline;
    bool marked; /* the annotation is there, or cannot be */
    struct loop_timer *timer;
    struct kube_call *call;
    struct reason why; /* of the last failure */
};

static void end_step(struct session_end *end);

static void step_done(void *context, const struct kube_answer *answer)
{
    struct session_end *end = context;
    bool no_answer = answer->status == 0 || answer->status >= 500;
    end->call = NULL;
    end->why = answer->why;
    if (no_answer && !mono_reached(mono_now(), end->deadline)) {
        loop_timer_start(end->timer, RETRY_MS);
    } else if (ask_exit_code(answer) == EXIT_CODE_NOT_FOUND) {
        end->done(end->context, NULL);
    } else if (no_answer || end->marked) {
        end->done(end->context, ask_exit_code(answer) == EXIT_CODE_OK ? NULL : &end->why);
    } else {
        end->marked = true;
        end_step(end);
    }
}

static int end_delete(struct session_end *end)
{
    CLEANUP(buf_deinit) struct buf path = BUF_INIT(KUBE_PATH_BYTES_MAX);
    int r = session_path(end->id, &path);
    return r == 0 ? ask_send(end->client, "DELETE", path.data, NULL, step_done, end, &end->call) : r;
}

static void end_step(struct session_end *end)
{
    int r = end->marked
                ? end_delete(end)
                : session_annotate(end->client, end->id, "sluice.dev/end", "Finished", step_done, end, &end->call);
    if (r < 0)
        loop_timer_start(end->timer, RETRY_MS);
}

static void timer_over(void *context) { end_step(context); }

int session_end_new(struct kube_client *client, struct session_id id, session_end_fn *done, void *context,
                    struct session_end **ret)
{
    CLEANUP(session_end_freep) struct session_end *end = calloc(1, sizeof *end);
    if (!end)
        return -ENOMEM;
    *end = (struct session_end){.client = client, .id = id, .done = done, .context = context};
    end->deadline = mono_after(mono_now(), SESSION_END_MS);
    int r = loop_timer_new(kube_client_loop(client), timer_over, end, &end->timer);
    if (r < 0)
        return r;
    end_step(end);
    *ret = TAKE(end);
    return 0;
}

void session_end_free(struct session_end *end)
{
    if (!end)
        return;
    kube_call_cancel(end->call);
    loop_timer_free(end->timer);
    free(end);
}
