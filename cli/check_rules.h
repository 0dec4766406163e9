/* What `check` looks at, as functions from documents to findings. Pure, but for what they say otherwise. */
#pragma once

#include "cli/client_file.h"
#include "cli/finding.h"
#include "common/model/kind.h"

/* The documents that were read; lists are items of a list answer. Borrowed. NULL: not
 * permitted to read, so nothing is said about them. */
struct check_world {
    bool cluster;                  /* of a cluster, not of this host */
    const struct json *workloads;  /* what can be a target: LocalService, or Deployment, StatefulSet and Rollout */
    const struct json *consumers;  /* MirrordKafkaTopicsConsumer */
    const struct json *registries; /* MirrordWorkloadQueueRegistry */
    const struct json *configs;    /* MirrordKafkaClientConfig, of all namespaces */
    const struct json *sessions;
    const struct json *splits;
};

/* /sluice/v1/errors */
void check_source(const struct json *errors, struct findings *findings);
/* /sluice/v1/figures: what the supervisor says of itself. NULL: not known, and nothing is said. */
void check_supervisor(const struct json *figures, struct findings *findings);
/* The workload of a target and the resources that name it. target NULL: those of every target. */
void check_resources(const struct check_world *world, const struct target_ref *target, struct findings *findings);
/* The commands of LocalServices. Looks at files of this host. */
void check_services(const struct check_world *world, const char *target_name, struct findings *findings);
/* The brokers of the client configs that are used. Connects to them, and waits for seconds where nobody answers. */
void check_brokers(const struct check_world *world, const char *target_name, struct findings *findings);
/* The ids of a client file (spec.queues) against the resources of its target. */
void check_queues(const struct check_world *world, const struct json *queues, const char *target_name,
                  struct findings *findings);
/* Phases and conditions of sessions and splits; a drain that takes long. */
void check_state(const struct check_world *world, int64_t wall_now_ms, struct findings *findings);

/* For the rules: the text of a member. */
const char *check_member(const struct json *object, const char *key);
/* What a finding is about: "what namespace/name". */
#define CHECK_SUBJECT_SIZE 400
void check_subject(const char *what, const struct json *document, char ret[CHECK_SUBJECT_SIZE]);
/* What the supervisor's conditions say of a resource. problem_told: the rules found a problem of it already, so that it is refused
 * goes without saying. True: it found one more. */
bool check_verdict(enum kind kind, const struct json *document, bool problem_told, struct findings *findings);
/* The client config of that name, or NULL. */
const struct json *check_config_named(const struct check_world *world, const char *name);
/* The workload of that name and namespace, or NULL. kind: of a cluster; on this host every kind means a LocalService. */
const struct json *check_workload(const struct check_world *world, const char *kind, const char *namespace,
                                  const char *name);
