/* The journal of systemd as a place for lines of the log: one datagram a line, in the journal's own protocol
 * (https://systemd.io/JOURNAL_NATIVE_PROTOCOL), so that lines are found by their fields. Owns nothing. */
#pragma once

#include "common/base/buf.h"

#define JOURNAL_BYTES_MAX 65536 /* of one entry */

/* A socket to the journal when standard error leads there, as it does under systemd. -ENOENT: it does not; -errno. */
MUST_USE int journal_open(int *ret_fd);
/* Appends the entry for one line of a log, text or JSON as log.h writes them, or whatever else a process wrote. identifier, split ("": as
 * the line says): of whose log it is. Level, split and session of the line become fields; a readable line loses time and level, which
 * the journal shows itself. */
MUST_USE int journal_entry(struct str line, const char *identifier, const char *split, struct buf *entry);
/* -EAGAIN: the journal does not keep up; -errno. */
MUST_USE int journal_send(int fd, struct str entry);
