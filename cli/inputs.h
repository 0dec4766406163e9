/* What people wrote for the supervisor, and what it says about it: conditions Accepted, SpecChanged and Degraded. */
#pragma once

#include "cli/connect.h"
#include "cli/table.h"
#include "common/json/json.h"

/* Services, topic consumers and queue registries of a namespace (NULL: all), and all client configs; of each only kind,
 * metadata's namespace, name and generation, and status, because the rest may hold passwords. NULL in *ret: may not be
 * read, or cannot. -ENOMEM. */
MUST_USE int inputs_read(const struct connection *connection, const char *namespace, struct json **ret);
/* A table of those with something to tell, after an empty line; nothing when all is well. -ENOBUFS, -ENOMEM. */
MUST_USE int inputs_text(const struct json *inputs, const struct terminal *terminal, struct buf *ret);
bool input_is_kind(const char *kind);
