/* What is told of the fallback while nothing is received and the application empties it. */
#include "worker/sqs/temp_private.h"

void drain_tell(struct temp *temp)
{
    struct engine *engine = temp->sink.engine;
    bool fallback = temp->wanted && temp->wanted->role == WORKER_TEMP_FALLBACK;
    bool empty;

    if (!fallback || temp->wanted->want != WORKER_TEMP_WANT_PRESENT || !engine_drains(engine) ||
        !engine_has_finished(engine))
        return;
    empty = proof_holds(&temp->proof, temp->sink.fifo, engine->spec.drain_proof_s, mono_now());
    temp_tell(temp, empty ? WORKER_TEMP_EMPTY : WORKER_TEMP_PRESENT, NULL);
}
