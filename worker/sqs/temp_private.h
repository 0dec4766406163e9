/* What the files about temporary queues share. Included by them only. */
#pragma once

#include "worker/sqs/engine_private.h"
#include "worker/sqs/request.h"

#define TEMP_LOOK_MS 60000     /* at a queue of which nothing is wanted but that it is there */
#define TEMP_LOOK_SOON_MS 1000 /* until it is shown everywhere, and while it is being emptied */

/* A call about this queue; its outcome comes to done with the temp as context. */
void temp_call(struct temp *temp, enum sqs_action action, struct str body, sqs_done_fn *done);
/* A step failed: told, and tried again later. */
void temp_fail(struct temp *temp, const struct reason *why);
void temp_tell(const struct temp *temp, enum worker_temp_state state, const struct reason *why);
/* SQS says that there is no such queue; only when it stays with that, there is none. */
void temp_gone_note(struct temp *temp, const struct reason *why);
/* It was deleted by somebody else. */
void temp_lost_reason(const struct temp *temp, struct reason *ret);
/* GetQueueAttributes, which fills what is known. */
void temp_look(struct temp *temp);
/* CreateQueue, once the original is known. */
void temp_create(struct temp *temp);
/* One step of emptying; it looks by itself. */
void leftovers_turn(struct temp *temp);
/* After a look: what is left in the fallback while the application empties it (C-3, Q-8). */
void drain_tell(struct temp *temp);
