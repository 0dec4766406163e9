/* Which of the optional rights are there: asked for before the first message is sent, told as one condition.
 *
 * An answer other than a denial counts as a right: it is found out when it is needed. */
#pragma once

#include "worker/sqs/api.h"

enum right {
#define RIGHT(action, queue, brings) RIGHT_##action,
#include "worker/sqs/rights.def"
#undef RIGHT
    RIGHT_COUNT
};

struct rights {
    unsigned asked; /* how many of them */
    bool missing[RIGHT_COUNT];
    struct sqs_call *call; /* on its way; NULL: none */
};

struct engine;
/* Asks for the next one, unless all are known. */
void rights_turn(struct engine *engine);
