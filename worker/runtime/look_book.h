/* All looks of this process, and their frames on the way to the supervisor. Bounded by LOOKS_MAX and LOOK_FRAMES_MAX.
 *
 * Orders and sending on the loop's thread; messages from any thread (worker_look). */
#pragma once

#include "ipc/messages.h"
#include "worker/runtime/look.h"
#include "worker/runtime/report_book.h"

#define LOOKS_MAX 8
#define LOOK_FILTERS_MS 5000 /* for a look's filters to come */

struct look_book;
MUST_USE int look_book_new(struct look_book **ret);
void look_book_free(struct look_book *book);
const struct look_gate *look_book_gate(const struct look_book *book);

/* LOOK_BEGIN, LOOK_FILTER, LOOK_END. What is wrong with them is told as a refused look. */
void look_book_order(struct look_book *book, const struct ipc_message *message);
/* Nobody looks any more: the connection on which they were asked for is gone. */
void look_book_reset(struct look_book *book);
/* Once a second: tells totals, ends what is over. */
void look_book_tick(struct look_book *book);
/* A message for every open look. Any thread. True when there is something to send. */
bool look_book_show(struct look_book *book, const struct look_subject *subject);
/* Stops at the first result of send that is not 0, and returns it. */
MUST_USE int look_book_send(struct look_book *book, report_send_fn *send, void *context);
