/* Pieces that the files about looks share. Pure. */
#pragma once

#include "cli/terminal.h"
#include "common/json/json.h"

/* One line, cleaned. */
MUST_USE int look_line(struct buf *ret, const char *format, ...) __attribute__((format(printf, 2, 3)));
/* A member's text, "" where there is none. */
const char *look_member(const struct json *object, const char *key);
/* A member's number, 0 where there is none. */
int64_t look_number(const struct json *object, const char *key);
