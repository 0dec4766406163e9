/* What a Kafka worker is told about its split, read once from the document on its descriptor.
 *
 * Pure; owns nothing. The document comes from the supervisor, so a wrong one is a contract error, told in words. */
#pragma once

#include "worker/runtime/spec_field.h"
#include <stdbool.h>

#define SPEC_TRANSACTIONAL_ID_SIZE 200

struct kafka_spec {
    char topic[250];                                   /* the original */
    char group[256];                                   /* of the deployed application */
    char transactional_id[SPEC_TRANSACTIONAL_ID_SIZE]; /* stable per split; the slot's number is appended */
    char cluster[129];                                 /* expected cluster id; "" when not known yet */
    bool earliest;                                     /* where a group without offsets starts (K-3) */
    enum spec_leftovers leftovers;                     /* of the fallback, after its drain timed out (C-3) */
};

/* 0, or SPEC_REFUSED with *why. */
MUST_USE int kafka_spec_read(const struct json *document, struct kafka_spec *ret, struct reason *why);
/* The transactional id of one part of the worker: a slot ('0', '1'), the mover ('m') or the check ('c'). */
void spec_transactional_id(const struct kafka_spec *spec, char part, char ret[SPEC_TRANSACTIONAL_ID_SIZE]);
