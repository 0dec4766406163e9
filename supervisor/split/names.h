/* Names of what Sluice makes: splits, probes, temporary queues and groups. Pure: the same input gives the same name. */
#pragma once

#include "common/base/arena.h"
#include "supervisor/split/original.h"
#include <stdbool.h>
#include <stdint.h>

#define RANDOM_DIGITS 10
#define TOPIC_NAME_MAX 249
#define GROUP_NAME_MAX 255

/* "split-" and 16 hex digits over the target's uid and the original's identity. */
MUST_USE int split_name(struct arena *arena, const char *target_uid, const struct original *original,
                        const char **ret);
/* "probe-" and 16 hex digits over the target's uid and what is known before the broker answers: in place of the cluster stands what
 * leads to it. */
MUST_USE int probe_name(struct arena *arena, const char *target_uid, const struct original *asked, const char **ret);
/* "mirrord-" and 16 hex digits over the original's identity alone: of two supervisors that split one original, the later fences
 * the earlier, where each would forward every message (K-5, K-19). -ENOMEM. */
#define TRANSACTIONAL_ID_SIZE 32
MUST_USE int transactional_id_make(const char *cluster, const char *topic, const char *group,
                                   char ret[TRANSACTIONAL_ID_SIZE]);
/* A temporary topic after the format (K-18): {{RANDOM}}, {{FALLBACK}}, {{ORIGINAL_TOPIC}}; the original's part is cut so that the
 * whole is at most TOPIC_NAME_MAX bytes. random and salt make the digits. */
MUST_USE int temp_topic_name(struct arena *arena, const char *format, uint64_t random, const char *salt,
                             bool fallback, const char *original, const char **ret);
/* "mirrord-tmp-<digits>-fallback-<original>" or "mirrord-tmp-<digits>-<original>", cut in the original's part so that the whole has at
 * most 80 characters; ".fifo" is kept. */
MUST_USE int temp_queue_name(struct arena *arena, uint64_t random, const char *salt, bool fallback,
                             const char *original, const char **ret);
/* Either, by the type of the original. */
MUST_USE int temp_name(struct arena *arena, const char *topic_format, uint64_t random, const char *salt,
                       bool fallback, const struct original *original, const char **ret);
/* "mirrord-tmp-<digits>-<group>", cut at GROUP_NAME_MAX. */
MUST_USE int session_group_name(struct arena *arena, uint64_t random, const char *salt, const char *group,
                                const char **ret);
