/* Conditions of status.conditions, as Kubernetes shapes them: which are bad news, and how bad. Pure; documents are borrowed. */
#pragma once

#include "common/base/reason.h"
#include "common/json/json.h"
#include <stdbool.h>

/* The condition of that type, or NULL. */
const struct json *condition_of(const struct json *document, const char *type);
bool condition_is_bad(const struct json *condition);
/* Bad news that need nobody: they pass by themselves, or nothing can be done about them. */
bool condition_passes(const struct json *condition);
/* Its reason; "" for one that has no reason of its own, which Kubernetes fills with the type. */
const char *condition_reason(const struct json *condition);
/* Ready says the same: it is what a session waits for or why it failed. False for Ready itself. */
bool condition_is_said(const struct json *document, const struct json *condition);
/* What it says to do; "" for nothing. */
const char *condition_next_step(const struct json *condition);
/* The first that is bad and needs somebody; Ready, which goes without saying, does not count. NULL: none. */
const struct json *condition_worst(const struct json *document);
