/* Owns the channel, the peers and the tick. Who speaks is settled before what is said: first the socket's identity, then
 * HELLO, then the report's values. Boundary for surprises of one worker's frames: they are logged and counted here. */
#include "supervisor/worker_link/worker_link.h"

#include "common/base/asleep.h"
#include "common/base/log.h"
#include "ipc/channel.h"
#include "ipc/contract.h"
#include "supervisor/worker_link/observed_take.h"
#include "supervisor/worker_link/worker_look.h"
#include "supervisor/worker_link/worker_peer.h"
#include <stdio.h>

#define COMPONENT "supervisor.worker_link"

struct worker_link {
    const struct worker_link_events *events;
    void *context;
    struct channel *channel;
    struct loop_timer *tick;
    struct asleep asleep;
    struct worker_peer *peers; /* at most GUARDIAN_CHILDREN_MAX, so a list will do */
    bool settled;
};

static struct worker_peer *peer_by_identity(struct worker_link *link, const char *identity)
{
    struct worker_peer *peer = link->peers;
    while (peer && strcmp(peer->identity, identity) != 0)
        peer = peer->next;
    return peer;
}

static void changed(struct worker_peer *peer) { peer->link->events->on_change(peer->link->context, peer->split); }

int worker_link_send(struct worker_link *link, const char *identity, const struct ipc_message *message)
{
    struct ipc_frame frame;
    codec_encode(message, &frame);
    return channel_send(link->channel, identity, &frame);
}

void worker_link_flush_peer(struct worker_link *link, struct worker_peer *peer)
{
    struct ipc_message message;
    int r = 0;
    while (!r && worker_peer_due(peer, &message)) {
        r = worker_link_send(link, peer->identity, &message);
        if (!r)
            worker_peer_sent(peer);
    }
    if (r == CHANNEL_GONE)
        worker_peer_away(peer);
    if (r < 0)
        log_warn(COMPONENT, "cannot send to a worker, tried again", LF_STR("split", peer->split), LF_ERR(r));
}

static void refuse(struct worker_link *link, const char *identity, const char *text)
{
    struct ipc_message message = {.type = IPC_REFUSED};
    snprintf(message.refused.text, sizeof message.refused.text, "%s", text);
    log_warn(COMPONENT, "worker refused", LF_STR("peer", identity), LF_STR("why", text));
    int r = worker_link_send(link, identity, &message);
    if (r)
        log_debug(COMPONENT, "refusal not sent, ignored: it will ask again", LF_INT("result", r));
}

static void peer_misbehaved(struct worker_peer *peer, const char *what)
{
    peer->bad_frames++;
    log_warn(COMPONENT, "bad frame from a worker, ignored", LF_STR("split", peer->split),
             LF_INT("incarnation", peer->incarnation), LF_STR("what", what), LF_INT("count", peer->bad_frames));
    if (peer->bad_frames <= WORKER_BAD_FRAMES_MAX || peer->misbehaved)
        return;
    peer->misbehaved = true;
    struct reason why;
    (void)reason_set(&why, REASON_MESSAGE_INVALID, 0, "worker %s.%llu sent %u bad frames, the last: %s", peer->split,
                     (unsigned long long)peer->incarnation, peer->bad_frames, what);
    peer->link->events->on_misbehaving(peer->link->context, peer->split, peer->incarnation, &why);
}

static void on_hello(struct worker_link *link, struct worker_peer *peer, const struct ipc_hello *hello)
{
    const char *refusal = worker_peer_greet(peer, hello, mono_now());
    if (refusal) {
        refuse(link, peer->identity, refusal);
        peer_misbehaved(peer, refusal);
        return;
    }
    log_info(COMPONENT, "worker welcomed", LF_STR("split", peer->split), LF_INT("incarnation", peer->incarnation),
             LF_INT("pid", peer->hello.pid), LF_INT("generation", peer->hello.generation));
    worker_link_flush_peer(link, peer);
    changed(peer);
}

/* Before the guardian has told its table, a stranger may be a worker that we only do not know yet. */
static void on_stranger(struct worker_link *link, const char *identity, const struct ipc_message *message)
{
    if (link->settled && message->type == IPC_HELLO)
        refuse(link, identity, "nobody expects this worker");
}

static void on_report(struct worker_peer *peer, const struct ipc_message *message)
{
    peer->heard = mono_now();
    bool alive_again = worker_peer_judge(peer, peer->heard);
    int look = worker_look_judge(message);
    if (look == LOOK_IS_ONE)
        peer->link->events->on_look(peer->link->context, peer->split, message);
    else if (look == LOOK_IS_BAD)
        peer_misbehaved(peer, "value out of range");
    if (look) {
        if (alive_again)
            changed(peer);
        return;
    }
    if (message->type != IPC_HEARTBEAT) {
        int r = worker_observed_take(&peer->observed, message);
        if (r == OBSERVED_BAD)
            peer_misbehaved(peer, "value out of range");
        else if (r < 0)
            log_warn(COMPONENT, "report lost", LF_STR("split", peer->split), LF_ERR(r));
    }
    if (message->type == IPC_FIGURES || message->type == IPC_WORK)
        peer->link->events->on_figures(peer->link->context, peer->split);
    else if (message->type != IPC_HEARTBEAT || alive_again)
        changed(peer);
}

static void on_message(void *context, const char *identity, const struct ipc_message *message)
{
    struct worker_link *link = context;
    struct worker_peer *peer = peer_by_identity(link, identity);
    if (!peer)
        on_stranger(link, identity, message);
    else if (message->type == IPC_HELLO)
        on_hello(link, peer, &message->hello);
    else if (peer->welcomed)
        on_report(peer, message);
    /* Else it was sent into a new connection before the worker noticed it; HELLO follows, and then all is told again. */
}

static void on_bad_frame(void *context, const char *identity, int why)
{
    (void)why; /* the channel has logged it */
    struct worker_peer *peer = peer_by_identity(context, identity);
    if (peer)
        peer_misbehaved(peer, "frame refused");
}

static void on_writable(void *context)
{
    struct worker_link *link = context;
    for (struct worker_peer *peer = link->peers; peer; peer = peer->next)
        worker_link_flush_peer(link, peer);
}

static void on_connected(void *context, bool connected)
{
    (void)context;
    (void)connected; /* only the worker's end tells */
}

static const struct channel_handlers handlers = {
    .message = on_message, .bad_frame = on_bad_frame, .writable = on_writable, .connected = on_connected};

static void on_tick(void *context)
{
    struct worker_link *link = context;
    struct mono now = mono_now();
    bool asleep = asleep_look(&link->asleep, now) > 0; /* we, not the workers: their times begin again */
    for (struct worker_peer *peer = link->peers; peer; peer = peer->next) {
        if (asleep)
            worker_peer_excuse(peer, now);
        if (worker_peer_judge(peer, now))
            changed(peer);
    }
    on_writable(link);
}

int worker_link_new(struct loop *loop, const char *endpoint, const struct worker_link_events *events, void *context,
                    struct worker_link **ret)
{
    CLEANUP(worker_link_freep) struct worker_link *link = calloc(1, sizeof *link);
    if (!link)
        return -ENOMEM;
    link->events = events;
    link->context = context;
    int r = loop_timer_new(loop, on_tick, link, &link->tick);
    if (!r)
        r = channel_bind(loop, endpoint, &handlers, link, &link->channel);
    if (r)
        return r;
    asleep_begin(&link->asleep, mono_now());
    loop_timer_repeat(link->tick, WORKER_LINK_TICK_MS);
    *ret = TAKE(link);
    return 0;
}

void worker_link_free(struct worker_link *link)
{
    if (!link)
        return;
    loop_timer_free(link->tick);
    channel_free(link->channel);
    while (link->peers) {
        struct worker_peer *peer = link->peers;
        link->peers = peer->next;
        worker_peer_free(peer);
    }
    free(link);
}

struct worker_peer *worker_link_find(struct worker_link *link, const char *split, uint64_t incarnation)
{
    struct worker_peer *peer = link->peers;
    while (peer && (peer->incarnation != incarnation || strcmp(peer->split, split) != 0))
        peer = peer->next;
    return peer;
}

int worker_link_expect(struct worker_link *link, const char *split, uint64_t incarnation, const char *token,
                       struct worker_peer **ret_peer)
{
    struct worker_peer *peer = worker_link_find(link, split, incarnation);
    if (peer && strcmp(peer->token, token) != 0)
        return -EEXIST;
    if (!peer) {
        int r = worker_peer_new(link, split, incarnation, token, mono_now(), &peer);
        if (r)
            return r;
        peer->next = link->peers;
        link->peers = peer;
    }
    *ret_peer = peer;
    return 0;
}

void worker_link_forget(struct worker_link *link, const char *split, uint64_t incarnation)
{
    struct worker_peer **slot = &link->peers;
    while (*slot && ((*slot)->incarnation != incarnation || strcmp((*slot)->split, split) != 0))
        slot = &(*slot)->next;
    struct worker_peer *peer = *slot;
    if (!peer)
        return;
    *slot = peer->next;
    worker_peer_free(peer);
}

void worker_link_settled(struct worker_link *link) { link->settled = true; }
