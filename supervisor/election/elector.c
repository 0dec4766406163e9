/* The election's requests and timer. What is to be done is judged by lease_judge; a failed request is tried again at the
 * same pace, and said once until one succeeds. */
#include "supervisor/election/elector.h"

#include <stdlib.h>
#include <string.h>

#include "common/base/log.h"
#include "supervisor/election/lease_request.h"

#define COMPONENT "supervisor.election"

struct elector {
    struct elector_config config;
    struct lease_elector rules;
    struct lease_view view;
    struct lease_desk desk;  /* the Lease as it was read or written last */
    struct loop_timer *step; /* the next look */
    struct loop_timer *deadline;
    struct kube_call *call;
    enum lease_step calling; /* what the call is */
    struct mono sent;
    struct mono outled; /* since then others lead; not set: they do not, or who knows */
    bool told;          /* what on_change heard last */
    bool failing;
    bool no_worker_left;
    elector_released_fn *released; /* until it was called */
    void *released_context;
};

static void look(struct elector *elector);

bool elector_leads(const struct elector *elector)
{
    return !elector->rules.leaving && lease_leads(&elector->view, &elector->rules, mono_now());
}

/* Of one that was deleted, what it said last: no other can have led before we read the next one. */
bool elector_says_stopped(const struct elector *elector, const char *identity)
{
    return lease_is_stopped(&elector->view.record, identity);
}

const char *elector_leader(const struct elector *elector)
{
    return elector->view.exists ? elector->view.record.holder : "";
}

int64_t elector_outled_ms(const struct elector *elector)
{
    return mono_is_set(elector->outled) ? mono_now().ms - elector->outled.ms : 0;
}

static void look_who_leads(struct elector *elector)
{
    if (!lease_other_leads(&elector->view, &elector->rules))
        elector->outled = (struct mono){0};
    else if (!mono_is_set(elector->outled))
        elector->outled = mono_now();
}

static void tell(struct elector *elector)
{
    bool leads = elector_leads(elector);
    if (leads == elector->told)
        return;
    elector->told = leads;
    if (leads)
        log_info(COMPONENT, "this replica leads", LF_STR("identity", elector->rules.identity),
                 LF_INT("transitions", elector->view.record.transitions));
    else if (elector->rules.leaving)
        log_info(COMPONENT, "this replica gives the lead back", LF_STR("identity", elector->rules.identity));
    else
        log_warn(COMPONENT, "this replica does not lead any more", LF_STR("identity", elector->rules.identity),
                 LF_STR("leader", elector_leader(elector)));
    elector->config.on_change(elector->config.context, leads);
}

static void left(struct elector *elector)
{
    elector_released_fn *released = TAKE(elector->released);
    loop_timer_stop(elector->step);
    loop_timer_stop(elector->deadline);
    kube_call_cancel(TAKE(elector->call));
    if (released)
        released(elector->released_context);
}

/* --- Answers --- */

static void tell_failure(struct elector *elector, const struct reason *why)
{
    if (!elector->failing)
        log_warn(COMPONENT, "the Lease cannot be read or written; tried again", LF_STR("lease", elector->config.name),
                 LF_REASON(why));
    elector->failing = true;
}

static void tell_leader(const struct elector *elector, const char *before)
{
    const char *leader = elector_leader(elector);
    if (strcmp(before, leader) == 0 || strcmp(leader, elector->rules.identity) == 0)
        return;
    if (leader[0])
        log_info(COMPONENT, "another replica leads", LF_STR("leader", leader));
    else
        log_info(COMPONENT, "nobody leads", LF_STR("before", before));
}

static void on_found(struct elector *elector, const struct json *document)
{
    char before[LEASE_IDENTITY_SIZE];
    struct lease_record record;
    memcpy(before, elector_leader(elector), strlen(elector_leader(elector)) + 1);
    lease_read(document, &record);
    if (lease_desk_keep(&elector->desk, document) < 0)
        lease_view_failed(&elector->view, elector->sent);
    else if (elector->calling == LEASE_STEP_READ || elector->calling == LEASE_STEP_SAY_STOPPED)
        lease_view_read(&elector->view, &record, elector->sent, mono_now());
    else
        lease_view_written(&elector->view, &record, elector->sent);
    tell_leader(elector, before);
    elector->failing = false;
}

/* That there is none is an answer too; a leader hears so that it is none. */
static void on_absent(struct elector *elector)
{
    int r = lease_desk_keep(&elector->desk, NULL);
    check(r == 0);
    lease_view_read(&elector->view, NULL, elector->sent, mono_now());
}

static void on_answer(void *context, const struct kube_answer *answer)
{
    struct elector *elector = context;
    elector->call = NULL;
    if (kube_answer_ok(answer) && answer->body) {
        on_found(elector, answer->body);
    } else if (answer->error == 0 && answer->status == 404 && elector->calling != LEASE_STEP_CREATE) {
        on_absent(elector);
    } else {
        lease_view_failed(&elector->view, elector->sent);
        if (answer->status != 409) /* somebody was quicker, or looked at it; the next read says who */
            tell_failure(elector, &answer->why);
    }
    look_who_leads(elector);
    tell(elector);
    look(elector);
}

/* --- Requests --- */

static int send(struct elector *elector, enum lease_step step)
{
    struct lease_request request = {.body = NULL};
    int r = lease_request_make(&elector->desk, step, elector->no_worker_left, &request);
    const struct kube_call_spec spec = {.method = request.method,
                                        .path = request.path,
                                        .content = KUBE_JSON,
                                        .body = request.body,
                                        .deadline_ms = ELECTOR_CALL_MS,
                                        .urgent = true,
                                        .retry_ms = -1, /* we are the one who tries again */
                                        .done = on_answer,
                                        .context = elector};
    if (r == 0)
        r = kube_client_call(elector->config.client, &spec, &elector->call);
    json_free(request.body);
    return r;
}

static void call(struct elector *elector, enum lease_step step)
{
    struct reason why;
    elector->sent = mono_now(); /* before it: what is accepted counts from here */
    elector->calling = step;
    int r = send(elector, step);
    if (r == 0)
        return;
    lease_view_failed(&elector->view, elector->sent);
    reason_set(&why, REASON_NONE, 0, "the request cannot be made: %s", strerror(-r));
    tell_failure(elector, &why);
    loop_timer_start(elector->step, elector->rules.timing.retry_ms);
}

/* At the next step, or when leading ends before that. */
static void rest(struct elector *elector, struct mono now, struct mono at)
{
    struct mono until = lease_leads_until(&elector->view, &elector->rules);
    bool first = mono_is_set(until) && !mono_reached(now, until) && until.ms < at.ms;
    loop_timer_start(elector->step, mono_until(now, first ? until : at) + 1);
}

static void look(struct elector *elector)
{
    struct mono now = mono_now();
    if (elector->call) { /* its answer comes; leading may end before */
        rest(elector, now, mono_after(now, elector->rules.timing.retry_ms));
        return;
    }
    elector->rules.stopped = elector->config.is_stopped(elector->config.context);
    const struct lease_decision decision = lease_judge(&elector->view, &elector->rules, now);
    switch (decision.step) {
    case LEASE_STEP_WAIT:
        rest(elector, now, decision.at);
        return;
    case LEASE_STEP_LEFT:
        left(elector);
        return;
    case LEASE_STEP_READ:
    case LEASE_STEP_CREATE:
    case LEASE_STEP_TAKE:
    case LEASE_STEP_RENEW:
    case LEASE_STEP_RELEASE:
    case LEASE_STEP_SAY_STOPPED:
        call(elector, decision.step);
        if (elector->call)
            rest(elector, now, mono_after(now, elector->rules.timing.retry_ms));
        return;
    }
}

static void on_step(void *context)
{
    tell(context);
    look(context);
}

static void on_deadline(void *context)
{
    log_warn(COMPONENT, "the Lease could not be given back in time, ignored: it runs out");
    left(context);
}

int elector_new(const struct elector_config *config, struct elector **ret)
{
    struct elector *elector CLEANUP(elector_freep) = calloc(1, sizeof *elector);
    if (!elector)
        return -ENOMEM;
    if (strlen(config->identity) >= LEASE_IDENTITY_SIZE)
        return -E2BIG;
    elector->config = *config;
    elector->rules = (struct lease_elector){.timing = config->timing, .identity = config->identity};
    const struct lease_author author = {config->namespace, config->name, config->identity,
                                        config->timing.duration_ms};
    int r = lease_desk_init(&elector->desk, &author);
    if (r == 0)
        r = loop_timer_new(config->loop, on_step, elector, &elector->step);
    if (r == 0)
        r = loop_timer_new(config->loop, on_deadline, elector, &elector->deadline);
    if (r < 0)
        return r;
    loop_timer_start(elector->step, 0);
    *ret = TAKE(elector);
    return 0;
}

void elector_free(struct elector *elector)
{
    if (!elector)
        return;
    kube_call_cancel(elector->call);
    loop_timer_free(elector->step);
    loop_timer_free(elector->deadline);
    lease_desk_deinit(&elector->desk);
    free(elector);
}

void elector_release(struct elector *elector, bool no_worker_left, elector_released_fn *done, void *context)
{
    elector->rules.leaving = true;
    elector->no_worker_left = no_worker_left;
    elector->released = done;
    elector->released_context = context;
    if (elector->call) { /* whether it came through is not known any more: read first, at once */
        kube_call_cancel(TAKE(elector->call));
        elector->view.news = LEASE_NEWS_NONE;
    }
    tell(elector);
    loop_timer_start(elector->deadline, ELECTOR_RELEASE_MS);
    loop_timer_start(elector->step, 0);
}
