/* Identity, liveness and debts of one worker. Decides only; worker_link.c sends and receives. */
#include "supervisor/worker_link/worker_peer.h"

#include "common/base/log.h"
#include "ipc/contract.h"
#include "supervisor/worker_link/observed_take.h"

int worker_peer_new(struct worker_link *link, const char *split, uint64_t incarnation, const char *token,
                    struct mono now, struct worker_peer **ret)
{
    struct worker_peer *peer = calloc(1, sizeof *peer);
    if (!peer)
        return -ENOMEM;
    peer->link = link;
    peer->incarnation = incarnation;
    int r = str_copy(peer->split, sizeof peer->split, str_of(split));
    if (!r)
        r = str_copy(peer->token, sizeof peer->token, str_of(token));
    if (r) {
        free(peer);
        return r;
    }
    ipc_identity(split, incarnation, token, peer->identity);
    worker_peer_excuse(peer, now);
    *ret = peer;
    return 0;
}

void worker_peer_free(struct worker_peer *peer)
{
    if (!peer)
        return;
    wanted_table_free(peer->wanted);
    worker_observed_deinit(&peer->observed);
    explicit_bzero(peer->token, sizeof peer->token);
    free(peer);
}

/* Padding to the field's size makes the comparison independent of where two tokens differ. */
static bool token_fits(const struct worker_peer *peer, const struct ipc_hello *hello)
{
    char said[sizeof peer->token] = "";
    memcpy(said, hello->token, strlen(hello->token));
    return secret_equal(said, peer->token, sizeof said);
}

static const char *hello_refusal(const struct worker_peer *peer, const struct ipc_hello *hello)
{
    if (hello->protocol != WORKER_PROTOCOL)
        return "another protocol";
    if (!token_fits(peer, hello))
        return "wrong token";
    if (strcmp(hello->split, peer->split) != 0 || hello->incarnation != peer->incarnation)
        return "another split or incarnation";
    return NULL;
}

/* A table that was pushed before we knew the worker's own may be older; the caller then has to number it anew. */
static void wanted_settle(struct worker_peer *peer)
{
    uint64_t own = peer->hello.generation;
    bool stale = peer->wanted && (own > peer->wanted->generation ||
                                  (own == peer->wanted->generation && peer->generation_sent != own));
    if (stale)
        wanted_table_free(TAKE(peer->wanted));
    peer->push = (struct table_push){.stage = TABLE_PUSH_DONE};
    if (peer->wanted)
        table_push_start(&peer->push, peer->wanted);
}

const char *worker_peer_greet(struct worker_peer *peer, const struct ipc_hello *hello, struct mono now)
{
    const char *refusal = hello_refusal(peer, hello);
    if (refusal)
        return refusal;
    peer->greeted = true;
    peer->welcomed = true;
    peer->heard = now;
    peer->liveness = WORKER_ALIVE;
    peer->hello.pid = hello->pid;
    peer->hello.generation = hello->generation;
    memcpy(peer->hello.spec_hash, hello->spec_hash, sizeof peer->hello.spec_hash);
    worker_observed_restart(&peer->observed);
    peer->welcome_due = true;
    peer->levels_due = peer->levels[0];
    peer->stop_due = peer->stop_wanted;
    wanted_settle(peer);
    return NULL;
}

bool worker_peer_due(struct worker_peer *peer, struct ipc_message *ret)
{
    if (!peer->welcomed)
        return false;
    if (peer->welcome_due) {
        *ret = (struct ipc_message){.type = IPC_WELCOME, .welcome = {.protocol = WORKER_PROTOCOL}};
        return true;
    }
    if (peer->levels_due) {
        *ret = (struct ipc_message){.type = IPC_LOG_LEVELS};
        memcpy(ret->log_levels.levels, peer->levels, sizeof peer->levels);
        return true;
    }
    if (table_push_message(&peer->push, ret))
        return true;
    if (peer->stop_due)
        *ret = (struct ipc_message){.type = IPC_STOP, .stop = {.deadline_ms = peer->stop_deadline_ms}};
    return peer->stop_due;
}

void worker_peer_sent(struct worker_peer *peer)
{
    if (peer->welcome_due) {
        peer->welcome_due = false;
    } else if (peer->levels_due) {
        peer->levels_due = false;
    } else if (peer->push.stage != TABLE_PUSH_DONE) {
        peer->generation_sent = peer->wanted->generation;
        table_push_advance(&peer->push);
    } else {
        peer->stop_due = false;
    }
}

void worker_peer_away(struct worker_peer *peer) { peer->welcomed = false; }

bool worker_peer_judge(struct worker_peer *peer, struct mono now)
{
    enum worker_liveness before = peer->liveness;
    if (peer->greeted)
        peer->liveness = mono_reached(now, mono_after(peer->heard, WORKER_HUNG_MS)) ? WORKER_HUNG : WORKER_ALIVE;
    else
        peer->liveness = mono_reached(now, peer->hello_deadline) ? WORKER_LATE : WORKER_AWAITED;
    return peer->liveness != before;
}

void worker_peer_excuse(struct worker_peer *peer, struct mono now)
{
    peer->heard = now;
    peer->hello_deadline = mono_after(now, WORKER_HELLO_DEADLINE_MS);
}

uint64_t worker_peer_generation_floor(const struct worker_peer *peer)
{
    uint64_t pushed = peer->wanted ? peer->wanted->generation : 0;
    if (pushed < peer->generation_sent)
        pushed = peer->generation_sent;
    return pushed > peer->hello.generation ? pushed : peer->hello.generation;
}

int worker_link_push(struct worker_peer *peer, const struct wanted_table *table)
{
    CLEANUP(wanted_table_freep) struct wanted_table *copy = NULL;
    if (peer->wanted && peer->wanted->generation == table->generation && wanted_table_equal(peer->wanted, table))
        return 0;
    if (table->generation <= worker_peer_generation_floor(peer))
        return WORKER_LINK_STALE;
    int r = wanted_table_dup(table, &copy);
    if (!r)
        r = worker_observed_prune(&peer->observed, copy);
    if (r)
        return r;
    wanted_table_free(peer->wanted);
    peer->wanted = TAKE(copy);
    table_push_start(&peer->push, peer->wanted);
    worker_link_flush_peer(peer->link, peer);
    return 0;
}

void worker_link_stop(struct worker_peer *peer, uint32_t deadline_ms)
{
    peer->stop_wanted = true;
    peer->stop_due = true;
    peer->stop_deadline_ms = deadline_ms;
    worker_link_flush_peer(peer->link, peer);
}

int worker_link_log_levels(struct worker_peer *peer, const char *levels)
{
    char copy[sizeof peer->levels];
    int r = str_copy(copy, sizeof copy, str_of(levels));
    if (r)
        return r;
    memset(peer->levels, 0, sizeof peer->levels);
    memcpy(peer->levels, copy, strlen(copy));
    peer->levels_due = true;
    worker_link_flush_peer(peer->link, peer);
    return 0;
}

enum worker_liveness worker_peer_liveness(const struct worker_peer *peer) { return peer->liveness; }
const struct worker_hello *worker_peer_hello(const struct worker_peer *peer)
{
    return peer->greeted ? &peer->hello : NULL;
}
struct worker_observed *worker_peer_observed(struct worker_peer *peer) { return &peer->observed; }
const struct wanted_table *worker_peer_wanted(const struct worker_peer *peer) { return peer->wanted; }
uint32_t worker_peer_bad_frames(const struct worker_peer *peer) { return peer->bad_frames; }
