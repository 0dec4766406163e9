/* What a stream can show: colour and live lines on a terminal, plain text elsewhere. Owns no stream.
 *
 * Text that others wrote (filters, names, messages) goes through text_clean, so that it cannot move the cursor (S-11). */
#pragma once

#include "common/base/buf.h"
#include "common/base/reason.h"
#include <stdbool.h>
#include <stdio.h>

enum colour { COLOUR_NONE, COLOUR_GOOD, COLOUR_WARN, COLOUR_BAD, COLOUR_DIM, COLOUR_BOLD };

struct terminal {
    FILE *stream; /* borrowed */
    bool colour;  /* a terminal, and NO_COLOR (no-color.org) is not set */
    bool live;    /* a terminal that can move its cursor */
};
struct terminal terminal_of(FILE *stream);
/* Columns now; 0 when it is no terminal. */
unsigned terminal_columns(const struct terminal *terminal);
/* The escape sequence that begins a colour ("" without colours), and the one that ends it. */
const char *colour_begin(const struct terminal *terminal, enum colour colour);
const char *colour_end(const struct terminal *terminal, enum colour colour);

/* Appends text with control characters and what is not UTF-8 replaced by '?'. */
MUST_USE int text_clean(struct str text, struct buf *buf);

/* "sluice: ..." on stderr. */
void say(const char *format, ...) __attribute__((format(printf, 1, 2)));
/* The reason's text and name, and the next step. */
void say_reason(const struct reason *why);
/* "out of memory", ...; returns EXIT_CODE_INTERNAL for `return say_error(r)`. */
int say_error(int error);
