/* The documents that a worker is given: what it works on, and what it may know alone. Pure; fails only for lack of memory. */
#pragma once

#include "common/base/str.h"
#include "common/json/json.h"
#include "common/model/setting.h"
#include "supervisor/split/original.h"

/* What a process is to be started with. The members of the other family are not looked at. */
struct worker_wish {
    struct original original;     /* cluster "": not known yet */
    const char *transactional_id; /* Kafka */
    struct str account, region;   /* SQS: as far as they are known */
    const char *url;              /* SQS; "" */
    bool sns;                     /* SQS */
    const struct queue_tag *tags; /* SQS */
    size_t tag_count;
    const struct split_settings *settings;
    const struct settings *operator_wide;
    const struct client_properties *properties;
};
MUST_USE int worker_spec_write(const struct worker_wish *wish, struct json **ret_spec, struct json **ret_credentials);
