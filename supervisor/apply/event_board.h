/* What happened lately, for people who look at this process: the last events about splits, sessions and resources, in memory.
 *
 * Owns copies, each of bounded size; the oldest makes room. What happens again moves to the front and is counted. */
#pragma once

#include "common/base/mono.h"
#include "supervisor/apply/event_watch.h"

#define EVENT_BOARD_MAX 200

struct event_board;
/* Borrows the store for life. -ENOMEM. */
MUST_USE int event_board_new(struct store *store, struct event_board **ret);
void event_board_free(struct event_board *board);
DEFINE_CLEANUP(struct event_board, event_board)
/* [{id, atMs (wall clock), kind, namespace, name, warning, reason, note, count}], the newest first. namespace NULL: of all. Owned by the
 * caller. -ENOMEM. */
MUST_USE int event_board_json(const struct event_board *board, const char *namespace, struct json **ret);
