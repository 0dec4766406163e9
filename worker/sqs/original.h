/* The original queue: where it is, what it is like, who else takes from it. */
#pragma once

#include "common/base/mono.h"
#include "common/loop/pause.h"
#include "worker/sqs/answer.h"
#include "worker/sqs/api.h"

#define ORIGINAL_LOOK_MS 30000
#define ORIGINAL_FOREIGN_LOOKS 5 /* that see more in flight than we hold */

struct original {
    char url[SQS_URL_SIZE];        /* "" before it was looked up */
    const struct json *attributes; /* owned, packed: the answers as they came; NULL */
    const struct json *tags;
    struct answer_queue queue;
    bool known;   /* url, attributes and tags were read, and it is the one that was meant */
    bool checked; /* told for the table in force */
    struct sqs_call *call;
    struct mono looked_at;
    struct pause pause;    /* after a look that failed */
    struct reason trouble; /* why it is not known; REASON_NONE */
    unsigned foreign_looks;
    bool foreign_told;
    bool tight_told;
};

struct engine;
/* Takes the next step towards knowing it, or looks at it again. */
void original_turn(struct engine *engine);
void original_deinit(struct original *original);
