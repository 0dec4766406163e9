/* The client: its calls' queue and its credentials. A call is queued, so that nothing is told from within kube_client_call;
 * the queue is looked at once a turn, and waits while credentials are fetched. */
#include "common/kube/client_internal.h"

#include <stdlib.h>
#include <string.h>

enum { NAME_BYTES_MAX = 4096 };

void kube_client_wake(struct kube_client *client) { loop_work_schedule(client->work); }

static void on_fetched(void *context) { kube_client_wake(context); }

static struct kube_call *call_in(const struct kube_client *client, enum call_state state)
{
    struct kube_call *call = client->calls;
    while (call && call->state != state)
        call = call->next;
    return call;
}

static bool needs_room(const struct kube_call *call) { return !call->spec.on_data && !call->spec.urgent; }

/* How many more the server may be asked now. */
static size_t room_for_calls(const struct kube_client *client)
{
    size_t sent = 0;
    for (const struct kube_call *call = client->calls; call; call = call->next)
        sent += call->state == CALL_SENT && needs_room(call);
    return sent < KUBE_CALLS_MAX ? KUBE_CALLS_MAX - sent : 0;
}

/* Calls without credentials are all told at once. */
static void make_due(struct kube_client *client, bool all)
{
    size_t room = room_for_calls(client);
    for (struct kube_call *call = client->calls; call; call = call->next) {
        if (call->state != CALL_QUEUED || (!all && needs_room(call) && room == 0))
            continue;
        call->state = CALL_DUE;
        room -= !all && needs_room(call);
    }
}

/* Calls that done callbacks make meanwhile are for the next turn. */
static void queue_look(void *context)
{
    struct kube_client *client = context;
    struct kube_call *call;
    struct reason why = {.code = REASON_NONE};
    if (!call_in(client, CALL_QUEUED))
        return;
    int r = kube_credentials_look(&client->credentials, &why);
    if (r > 0)
        return; /* on_fetched */
    if (r < 0 && why.text[0] == '\0')
        reason_set(&why, REASON_NONE, 0, "%s", strerror(-r));
    make_due(client, r < 0);
    client->credentials.failure = 0; /* those who waited hear of it; the next call tries again */
    while ((call = call_in(client, CALL_DUE)) != NULL) {
        struct kube_answer answer;
        if (r == 0) {
            kube_call_send(call);
            continue;
        }
        kube_answer_unsent(r, &why, &answer);
        kube_call_finish(call, &answer);
    }
}

static int name_set(struct kube_client *client)
{
    const struct kube_access *access = client->access;
    CLEANUP(buf_deinit) struct buf name = BUF_INIT(NAME_BYTES_MAX);
    int r = access->socket_path ? buf_printf(&name, "the supervisor at %s", access->socket_path)
                                : buf_printf(&name, "the API server at %s", access->server);
    return r == 0 ? buf_take(&name, &client->name) : r;
}

int kube_client_new(struct loop *loop, const struct kube_access *access, struct kube_client **ret)
{
    CLEANUP(kube_client_freep) struct kube_client *client = calloc(1, sizeof *client);
    int r;
    if (!client)
        return -ENOMEM;
    *client = (struct kube_client){.loop = loop, .access = access};
    if ((r = name_set(client)) < 0 ||
        (r = http_client_new(loop, access->socket_path, access->server, &client->http)) < 0 ||
        (r = kube_credentials_init(access, client->http, on_fetched, client, &client->credentials)) < 0 ||
        (r = http_client_set_proxy(client->http, access->proxy_url)) < 0 ||
        (access->through && (r = http_client_set_through(client->http, access->through)) < 0) ||
        (r = loop_work_new(loop, queue_look, client, &client->work)) < 0)
        return r;
    *ret = TAKE(client);
    return 0;
}

void kube_client_free(struct kube_client *client)
{
    if (!client)
        return;
    while (client->calls)
        kube_call_cancel(client->calls);
    if (client->credentials.access)
        kube_credentials_deinit(&client->credentials);
    loop_work_free(client->work);
    http_client_free(client->http);
    free(client->name);
    free(client);
}

struct loop *kube_client_loop(const struct kube_client *client) { return client->loop; }

const char *kube_client_name(const struct kube_client *client) { return client->name; }

struct str kube_client_token(const struct kube_client *client) { return buf_str(&client->credentials.token); }
