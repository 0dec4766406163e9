/* What a run shows on stderr: each step once, as it changes; on a terminal the present step lives on one line with the time
 * that it takes. With -o json each step is one JSON line. Owns what it showed last. */
#pragma once

#include "cli/terminal.h"
#include "common/base/mono.h"
#include "common/json/json.h"

struct progress {
    struct terminal terminal;
    bool json;
    const char *session; /* borrowed; for JSON lines */
    struct mono begin;
    struct buf waits;   /* the step shown last */
    struct json *notes; /* owned: condition type -> text shown last */
    bool line_open;     /* the live line is on the screen */
    unsigned ticks;
};

MUST_USE int progress_init(struct progress *progress, const char *session, bool json);
void progress_deinit(struct progress *progress);
/* One line that stays. event is a word for JSON lines. */
void progress_say(struct progress *progress, const char *event, enum colour colour, const char *format, ...)
    __attribute__((format(printf, 4, 5)));
/* A failure with its reason and the next step. */
void progress_reason(struct progress *progress, const char *event, const struct reason *why);
/* What the session waits for, and what its conditions warn of, as far as that changed. */
void progress_document(struct progress *progress, const struct json *document, bool waiting);
/* Once a second or more often: the live line goes on. */
void progress_tick(struct progress *progress);
/* Which messages come to which queue, from a session that is Ready. */
void progress_queues(struct progress *progress, const struct json *document);
double progress_seconds(const struct progress *progress);

/* Pure: what a session waits for now, in one line. */
MUST_USE int session_waits_text(const struct json *document, struct buf *buf);
/* Pure: why a session failed or ended: its condition's reason, message and next step. */
void session_reason(const struct json *document, struct reason *ret);
/* Pure: "author=^me$ level=^a$", or what an empty filter means. */
MUST_USE int filters_text(const struct json *queue, struct buf *buf);
