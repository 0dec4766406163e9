/* What the files of a source share. Included by them only. */
#pragma once

#include "worker/sqs/engine_private.h"
#include "worker/sqs/lane.h"

/* Deletes what was delivered, in batches. As source_turn. */
int64_t source_settle_turn(struct source *source);
/* Polls for what was delivered and not deleted, once no receipt is left to delete it with. A redrive policy that forgives no failure
 * forbids it. */
bool source_looks(const struct source *source);
/* Keeps what is held for long from being given to somebody else, and lets go what nobody keeps. As source_turn. */
int64_t source_extend_turn(struct source *source);
