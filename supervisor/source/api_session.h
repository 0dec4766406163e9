/* What a client may say of a session. Judges and completes documents; the store is only read. */
#pragma once

#include "supervisor/source/api_right.h"
#include "supervisor/source/api_status.h"
#include "supervisor/store/store.h"

/* A session that somebody wants to create in key->namespace: completed (namespace, owner) and stripped of metadata that is not his to give. API_OK with *key filled, or the refusal with *why. */
MUST_USE enum api_code session_judge_new(const struct store *store, const struct api_user *user, struct json *session,
                                         struct resource_key *key, struct reason *why);
/* changed in the place of present: only annotations may differ (status and resourceVersion are the store's affair). */
MUST_USE enum api_code session_judge_change(const struct json *present, const struct json *changed,
                                            struct reason *why);
