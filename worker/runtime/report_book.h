/* What the worker has to tell: the latest report under each key, in the order of their last change.
 *
 * A report that did not change is not sent again, except that everything is told again to a new supervisor. Because
 * order is kept, whoever sees a report has seen all that changed before it. Thread-safe; no call waits for the network.
 * Bounded: keys come from the table and are pruned with it, conditions and events have limits of their own. */
#pragma once

#include "ipc/codec.h"
#include "worker/runtime/table.h"
#include <stdbool.h>

#define REPORT_EVENTS_MAX 256 /* latest events kept for a new supervisor */
#define REPORT_ENTRIES_MAX 200000

enum report_queue {
    REPORT_STATE,   /* sent as soon as there is room */
    REPORT_FIGURES, /* sent when the figures are due */
    REPORT_QUEUE_COUNT
};

struct report_book;
MUST_USE int report_book_new(struct report_book **ret);
void report_book_free(struct report_book *book);

enum report_book_outcome { REPORT_BOOK_FULL = 1 };
/* message: one of the reports but POSITION and POSITIONS_END. An event gets its number here. -ENOMEM. */
MUST_USE int report_book_put(struct report_book *book, struct ipc_message *message);
/* Replaces the whole list. */
MUST_USE int report_book_put_positions(struct report_book *book, const struct worker_position *positions,
                                       size_t count);
/* Forgets reports about temps and sessions that the table does not name. -ENOMEM: nothing is forgotten. */
MUST_USE int report_book_prune(struct report_book *book, const struct worker_table *table);

/* From now on everything is unsent. */
void report_book_retell(struct report_book *book);
/* Sends what is unsent, in order; stops at the first result of send that is not 0, and returns it. */
typedef int report_send_fn(void *context, const struct ipc_frame *frame);
MUST_USE int report_book_send_all(struct report_book *book, enum report_queue queue, report_send_fn *send,
                                  void *context);
bool report_book_all_sent(struct report_book *book);
