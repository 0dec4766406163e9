/* The environment that a container really gets: Kubernetes' rules over env, envFrom and $(NAME) references.
 *
 * Pure but for the lookup of ConfigMaps and Secrets. Order and precedence are those of the kubelet: envFrom in order,
 * later ones over earlier ones, then env; a reference sees what stands before it; $$ stands for $; an unresolved reference stays. */
#pragma once

#include "common/base/arena.h"
#include "common/base/buf.h"
#include "common/base/reason.h"
#include "common/model/resource.h"
#include "supervisor/target/target.h"
#include <stdbool.h>
#include <stddef.h>

enum env_form { ENV_FORM_VALUE, ENV_FORM_VALUE_FROM, ENV_FORM_ENV_FROM };

struct env_variable {
    const char *name;
    const char *value;   /* may be a secret: never logged; NULL: not known */
    const char *unknown; /* where a value comes from that is not known, for people; NULL: it is known */
    enum env_form form;
    const struct env_entry *entry; /* the last one of that name; NULL for ENV_FORM_ENV_FROM */
};

struct environment {
    struct env_variable *variables; /* in order of first appearance, each name once */
    size_t count;
    const char
        *hidden; /* a source whose variables are not known: each that is not here may come from there; NULL: none */
};

/* Where an environment may look things up. */
struct environment_source {
    const char *namespace;
    resource_lookup_fn *lookup;
    void *context;
    bool secrets_hidden; /* Secrets may not be read: what comes from one is not known, instead of missing (S-5) */
};

#define ENVIRONMENT_VARIABLES_MAX 4096

enum environment_outcome { ENVIRONMENT_REFUSED = 1 };

/* Fills *ret with the environment of one container; strings live in the arena or in the container. ENVIRONMENT_REFUSED: *why
 * names the container, the entry and what is missing (a ConfigMap, a key) unless it is optional. */
MUST_USE int environment_resolve(const struct container *container, const struct environment_source *source,
                                 struct arena *arena, struct environment *ret, struct reason *why);
const struct env_variable *environment_find(const struct environment *environment, const char *name);
/* True when text holds a reference $(name) that would be replaced. */
bool environment_refers_to(const char *text, const char *name);
/* Puts the wanted entries of this container over its own: replaces or appends. References of other entries are not
 * evaluated again: dependents are refused or pinned before (W-2). */
MUST_USE int environment_overlay(struct environment *environment, const char *container,
                                 const struct target_entry *entries, size_t count, struct arena *arena);
/* The whole environment as a file in systemd's EnvironmentFile syntax (systemd.exec(5)): NAME="value" lines with backslash
 * escapes, in the order of the environment. Names that such a file cannot hold (with a dot, say) are left out, as systemd does. */
MUST_USE int environment_write(const struct environment *environment, struct buf *buf);
