/* What `check` looks at, as pure functions from documents to findings. */
#pragma once

#include "cli/client_file.h"
#include "cli/finding.h"

/* The documents that were read; lists are items of a list answer. Borrowed. NULL: not
 * permitted to read, so nothing is said about them. */
struct check_world {
    const struct json *services;   /* LocalService */
    const struct json *consumers;  /* MirrordKafkaTopicsConsumer */
    const struct json *registries; /* MirrordWorkloadQueueRegistry */
    const struct json *configs;    /* MirrordKafkaClientConfig, of all namespaces */
    const struct json *sessions;
    const struct json *splits;
};

/* /sluice/v1/errors */
void check_source(const struct json *errors, struct findings *findings);
/* The service of a target and the resources that name it. target_name NULL: those of every target. */
void check_resources(const struct check_world *world, const char *target_name, const char *container,
                     struct findings *findings);
/* The ids of a client file (spec.queues) against the resources of its target. */
void check_queues(const struct check_world *world, const struct json *queues, const char *target_name,
                  struct findings *findings);
/* Phases and conditions of sessions and splits; a drain that takes long. */
void check_state(const struct check_world *world, int64_t wall_now_ms, struct findings *findings);

/* For the rules: the text of a member. */
const char *check_member(const struct json *object, const char *key);
/* The LocalService of that name and namespace, or NULL. */
const struct json *check_service(const struct check_world *world, const char *namespace, const char *name);
