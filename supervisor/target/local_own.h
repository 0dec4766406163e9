/* How to restore a patched service without its manifest: containers with their own environments, and the commands. A plain
 * document for the state file; it holds what the environment file holds anyway, and is gone when the service is restored. */
#pragma once

#include "common/json/json.h"
#include "supervisor/target/environment.h"

/* {"containers":[],"restart":[],"ready":[]}, to which containers are added in order. */
MUST_USE int local_own_new(const struct local_service *service, struct json **ret);
MUST_USE int local_own_add(struct json *own, const struct container *container,
                           const struct environment *environment);
/* 0, or -EINVAL when it is not what we wrote. Strings live in own. */
MUST_USE int local_own_service(const struct json *own, struct arena *arena, struct local_service *ret);
MUST_USE int local_own_environment(const struct json *own, size_t container, struct arena *arena,
                                   struct environment *ret);
