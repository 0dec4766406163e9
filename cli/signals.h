/* Signals for a command that runs another one: told from the loop, with who sent them. One at a time in a process.
 *
 * Ctrl-C reaches every process of the terminal's foreground group, so what came from the terminal must not be sent on; libuv's own
 * signals do not say where one came from. */
#pragma once

#include "common/loop/loop.h"
#include <stdbool.h>

struct signals;
/* from_terminal: the kernel sent it (Ctrl-C, Ctrl-\, hang-up), to the whole group. */
typedef void signals_fn(void *context, int signal_number, bool from_terminal);
/* INT, QUIT, TERM, HUP and CHLD. */
MUST_USE int signals_new(struct loop *loop, signals_fn *callback, void *context, struct signals **ret);
void signals_free(struct signals *signals);
DEFINE_CLEANUP(struct signals, signals)
