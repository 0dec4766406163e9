/* The items of a table: one function each, which checks and adds. For table_build.c. */
#pragma once

#include "worker/runtime/table_build.h"

/* Adds a temp, session, filter or position to the table under construction. TABLE_BUILD_MORE, TABLE_BUILD_REFUSAL
 * with *why, or -ENOMEM. */
MUST_USE int table_item_add(struct table_build *build, const struct ipc_message *message, struct reason *why);
/* Fills *why and returns TABLE_BUILD_REFUSAL. */
int table_item_refuse(struct reason *why, const char *what, uint64_t value);
