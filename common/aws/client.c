/* The client: its calls' queue. A call is queued, so that nothing is told from within aws_client_call; the queue is looked at
 * once a turn, and waits while keys are fetched. */
#include "common/aws/client_internal.h"

#include <stdlib.h>
#include <string.h>

void aws_client_wake(struct aws_client *client) { loop_work_schedule(client->work); }

static void on_fetched(void *context) { aws_client_wake(context); }

static struct aws_call *call_in(const struct aws_client *client, enum aws_call_state state)
{
    struct aws_call *call = client->calls;

    while (call && call->state != state)
        call = call->next;
    return call;
}

/* Marks what is sent now; without keys all are told at once. Calls that callbacks make meanwhile are for the next turn. */
static void make_due(struct aws_client *client, bool all)
{
    size_t sent = 0;

    for (const struct aws_call *call = client->calls; call; call = call->next)
        sent += call->state == AWS_CALL_SENT;
    for (struct aws_call *call = client->calls; call; call = call->next) {
        if (call->state != AWS_CALL_QUEUED || (!all && sent >= AWS_CALLS_MAX))
            continue;
        call->state = AWS_CALL_DUE;
        sent++;
    }
}

static void queue_look(void *context)
{
    struct aws_client *client = context;
    struct aws_call *call;
    struct aws_held held;
    struct reason why = {.code = REASON_NONE};

    if (!call_in(client, AWS_CALL_QUEUED))
        return;
    int r = client->credentials ? aws_credentials_look(client->credentials, &held, &why) : 0;
    if (r > 0)
        return; /* on_fetched */
    make_due(client, r < 0);
    while ((call = call_in(client, AWS_CALL_DUE)) != NULL) {
        if (r == 0)
            aws_call_send(call, client->credentials ? &held : NULL);
        else
            aws_call_fail(call, r, why.text[0] ? why.text : strerror(-r));
    }
}

static int set_place(struct aws_client *client, const struct aws_client_spec *spec)
{
    int r = str_copy(client->service, sizeof client->service, str_of(spec->service));

    if (r == 0)
        r = str_copy(client->region, sizeof client->region, str_of(spec->region));
    if (r < 0 || !aws_region_ok(str_of(client->service)) || !aws_region_ok(str_of(client->region)))
        return -EINVAL;
    if (spec->endpoint && spec->endpoint[0])
        return aws_endpoint_parse(str_of(spec->endpoint), &client->endpoint);
    return aws_endpoint_build(spec->service, spec->region, &client->endpoint);
}

int aws_client_new(const struct aws_client_spec *spec, struct aws_client **ret)
{
    CLEANUP(aws_client_freep) struct aws_client *client = calloc(1, sizeof *client);
    int r;

    if (!client)
        return -ENOMEM;
    *client = (struct aws_client){.loop = spec->loop, .credentials = spec->credentials, .budget = AWS_BUDGET_INIT};
    client->listener = (struct aws_listener){.fetched = on_fetched, .context = client};
    if ((r = set_place(client, spec)) < 0 ||
        (r = http_client_new(spec->loop, NULL, client->endpoint.url, &client->http)) < 0 ||
        (r = loop_work_new(spec->loop, queue_look, client, &client->work)) < 0)
        return r;
    if (client->credentials)
        aws_credentials_listen(client->credentials, &client->listener);
    *ret = TAKE(client);
    return 0;
}

void aws_client_free(struct aws_client *client)
{
    if (!client)
        return;
    while (client->calls)
        aws_call_cancel(client->calls);
    aws_listener_leave(&client->listener);
    loop_work_free(client->work);
    http_client_free(client->http);
    free(client);
}
