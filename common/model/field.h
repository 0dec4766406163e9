/* The fields that resources may have, and the one check of a document against them.
 *
 * Pure. Decoders run the check first, so that they only fetch values whose type and size are known. */
#pragma once

#include "common/base/arena.h"
#include "common/base/reason.h"
#include "common/json/json.h"
#include "common/model/kind.h"
#include "common/model/resource.h"
#include <stdbool.h>
#include <stddef.h>

enum field_type {
    FIELD_TYPE_OBJECT,
    FIELD_TYPE_MAP,
    FIELD_TYPE_LIST,
    FIELD_TYPE_STRING,
    FIELD_TYPE_TEXT,
    FIELD_TYPE_INT,
    FIELD_TYPE_BOOL,
    FIELD_TYPE_ANY
};
enum field_flag { FIELD_REQUIRED = 1, FIELD_SOURCE = 2, FIELD_NULLABLE = 4 };

struct field_row {
    enum kind kind;
    const char *path;
    enum field_type type;
    unsigned flags;
    size_t max;
    const char *meaning;
};

#define FIELD_UNKNOWN_MAX 64

/* Checks a document of a kind. 0: every known field has its type and size, and unknown ones outside queue sources are
 * in *report. RESOURCE_REFUSED: *why names the first wrong field with its index. An error inside one queue of a list of
 * queues (path begins with queue_prefix, such as "spec.topics[]") is not a refusal: on_queue is told its index. */
struct field_queue_errors {
    const char *prefix; /* "" : none */
    void (*on_error)(void *context, size_t index, const struct reason *why);
    void *context;
};
MUST_USE int field_check(enum kind kind, const struct json *document, const struct field_queue_errors *queues,
                         struct arena *arena, struct field_report *report, struct reason *why);
