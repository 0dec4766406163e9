/* What a worker is given on WORKER_FD_SPEC (ipc/contract.h): one JSON document in a sealed memfd. */
#pragma once

#include "common/base/err.h"
#include "common/json/json.h"

struct worker_document {
    const char *split;
    uint64_t incarnation;
    const char *token;
    const char *endpoint;
    const struct json *spec;
    const struct json *credentials; /* an object, empty when there are none */
    const char *log_format;         /* "json" or "text" */
    const char *log_levels;         /* as log_set_levels; "" for the default */
};

/* The caller owns *ret_fd. -ENOMEM, -ENOBUFS (more than WORKER_SPEC_BYTES_MAX), -errno. The text is zeroed afterwards. */
MUST_USE int worker_document_memfd(const struct worker_document *document, int *ret_fd);
