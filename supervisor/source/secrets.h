/* The secrets that client configs name, read one by one into the store and read again now and then.
 *
 * The operator may get single secrets and neither list nor watch them (S-5), so a change is seen at the next look. Owns the calls on
 * their way and the names. Reads only from the operator's namespace and from those that the settings list. Their values go
 * nowhere but into the store. */
#pragma once

#include "common/kube/client.h"
#include "supervisor/store/store.h"

#define SECRETS_LOOK_MS 30000
#define SECRETS_MAX 1024

struct secrets_source_config {
    struct kube_client *client;
    struct store *store;
    const char *operator_namespace;
    const char *const *namespaces; /* beside it, NULL-terminated */
    /* All that are named now were asked for: secrets_source_is_read became true. */
    void (*on_read)(void *context);
    void *context;
};

struct secrets_source;
/* Borrows what config points to for life. -ENOMEM. */
MUST_USE int secrets_source_new(const struct secrets_source_config *config, struct secrets_source **ret);
void secrets_source_free(struct secrets_source *source);
DEFINE_CLEANUP(struct secrets_source, secrets_source)
/* Every secret that is named was answered for, with it or with why not. */
bool secrets_source_is_read(const struct secrets_source *source);
