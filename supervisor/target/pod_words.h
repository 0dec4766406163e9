/* The state of one pod in words, for what a split waits for. Pure. Nothing in them changes by time alone, so that a status is not
 * written again and again. */
#pragma once

#include "common/json/json.h"
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

bool pod_is_ready(const struct json *pod);
/* Why one that should go is still there: "terminating", "on node n1, which does not answer", "not ready"; "" when it just runs. */
void pod_state_words(const struct json *pod, int64_t wall_ms, char *text, size_t size);
/* Why it does not get ready, as the pod itself says: "shop-1: ImagePullBackOff"; "" when nothing is wrong yet. */
void pod_trouble_words(const struct json *pod, char *text, size_t size);
