/* Looks, as far as the link has to do with them: orders out, answers in. Keeps nothing. */
#include "supervisor/worker_link/worker_look.h"

#include "ipc/look.h"
#include "supervisor/worker_link/worker_peer.h"

static bool sample_fits(const struct ipc_sample *sample)
{
    return sample->went >= LOOK_WENT_ON && sample->went <= LOOK_WENT_NOT_READY && sample->wall_ms <= INT64_MAX;
}

static bool filter_fits(const struct ipc_sample_filter *filter)
{
    return filter->verdict < VERDICT_COUNT && filter->mirror <= 1;
}

static bool state_fits(const struct ipc_look_state *state)
{
    return state->state >= LOOK_RUNNING && state->state <= LOOK_REFUSED;
}

int worker_look_judge(const struct ipc_message *message)
{
    if (message->type == IPC_SAMPLE)
        return sample_fits(&message->sample) ? LOOK_IS_ONE : LOOK_IS_BAD;
    if (message->type == IPC_SAMPLE_FILTER)
        return filter_fits(&message->sample_filter) ? LOOK_IS_ONE : LOOK_IS_BAD;
    if (message->type == IPC_LOOK_STATE)
        return state_fits(&message->look_state) ? LOOK_IS_ONE : LOOK_IS_BAD;
    return message->type == IPC_LOOK_COUNT || message->type == IPC_LOOK_HEADER ? LOOK_IS_ONE : 0;
}

int worker_link_look(struct worker_peer *peer, const struct ipc_message *order)
{
    if (!peer->welcomed || peer->welcome_due)
        return WORKER_LINK_AWAY;
    int r = worker_link_send(peer->link, peer->identity, order);
    return r > 0 ? WORKER_LINK_AWAY : r;
}
