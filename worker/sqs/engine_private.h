/* The one object of the SQS engine, seen by the files of this folder only.
 *
 * Owner tree: the engine owns the client, the original with its source, the temps (each with its sink, and a source while it is
 * emptied), and holds references of the table. Everything happens on the worker's loop thread; no file here blocks. */
#pragma once

#include "common/aws/client.h"
#include "worker/route/decide.h"
#include "worker/runtime/engine.h"
#include "worker/runtime/look.h"
#include "worker/runtime/tally.h"
#include "worker/sqs/envelope.h"
#include "worker/sqs/original.h"
#include "worker/sqs/rights.h"
#include "worker/sqs/sink.h"
#include "worker/sqs/source.h"
#include "worker/sqs/spec.h"
#include "worker/sqs/temp.h"

struct engine {
    struct worker_runtime *runtime;
    const struct look_gate *look_gate;
    struct loop *loop; /* borrowed */
    struct sqs_spec spec;
    struct aws_credentials *credentials;
    struct aws_client *client;
    struct tally tally;
    struct route_scratch *scratch;
    struct envelope envelope; /* of the message at hand */

    struct worker_table *table; /* in force; owned reference; NULL before the first */
    uint64_t applied;           /* generation told */
    struct held *sending;       /* all messages with a copy on its way, in the order of routing: utlist DL */
    struct original original;
    struct rights rights;
    struct source source; /* of the original */
    struct sink back;     /* to the original: leftovers that are returned (C-3) */
    struct temp *temps;   /* uthash by name */

    struct loop_work *work;   /* a turn, soon */
    struct loop_timer *timer; /* a turn, later */
    struct mono alive_at; /* the last turn: whatever is read from a socket now came after it, at most a second ago */
    struct mono figures_at;
    enum reason_code told; /* the condition about the split as a whole */
    bool stopping;
    bool stopped; /* told */
};

/* Something has changed: a turn at the end of this one of the loop. */
void engine_wake(struct engine *engine);
/* Ends the process: memory. */
__attribute__((noreturn)) void engine_no_memory(void);
/* The fallback's sink; NULL: the table in force has none. */
struct sink *engine_fallback(struct engine *engine);
/* A session's queue, by the session's place in the table in force. */
struct temp *engine_session_temp(struct engine *engine, uint32_t session);
/* The table in force receives nothing more and drains. */
bool engine_drains(const struct engine *engine);
/* Nothing that an older table routed is on its way (C-5). */
bool engine_has_let_go(const struct engine *engine);
/* Nothing is received from the original, and nothing of it is held. */
bool engine_has_finished(const struct engine *engine);
