/* What the worker was given (ipc/contract.h), read and judged once at the start. */
#pragma once

#include "common/base/log.h"
#include "worker/runtime/engine.h"

struct worker_contract {
    struct worker_spec spec;
    struct json *document; /* owns what spec borrows */
    enum log_format log_format;
    const char *log_levels; /* borrowed from document, "" when absent */
};

enum worker_contract_outcome { WORKER_CONTRACT_REFUSED = 1 };
/* Reads WORKER_FD_SPEC, closes it, and checks the lock on WORKER_FD_LOCK. WORKER_CONTRACT_REFUSED with *why, or -errno. */
MUST_USE int worker_contract_read(struct worker_contract *ret, struct reason *why);
