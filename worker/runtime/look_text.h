/* Text that others wrote, made fit for a person's terminal and for a bounded field (S-11). Pure. */
#pragma once

#include "common/base/str.h"

/* Escapes text into the fixed array dst of size bytes: printable UTF-8 stays, a backslash becomes two, every other byte "\xNN". At most
 * LOOK_VALUE_BYTES_MAX bytes of text are used; "..." stands behind what was cut, there or for want of room. */
void look_text(struct str text, char *dst, size_t size);
