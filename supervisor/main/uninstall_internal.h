/* What the steps of uninstalling share. Internal to uninstall*.c. */
#pragma once

#include "common/kube/client.h"
#include "supervisor/main/uninstall.h"
#include "supervisor/split/record.h"

#define COMPONENT "supervisor.uninstall"

struct uninstall {
    const struct options *options;
    struct loop *loop;
    struct loop_timer *pause;
    struct kube_access access;
    struct kube_client *client;
    const char *const *namespaces; /* NULL-terminated; empty: all */
};

/* uninstall_request.c: one request, waited for. 0 with *ret_body (may be NULL), the status where it is not 2xx, or < 0: there was no answer. Refusals are
 * logged where they are not expected: 404 never is a surprise here. */
MUST_USE int uninstall_ask(struct uninstall *uninstall, const struct kube_call_spec *spec, struct json **ret_body);
void uninstall_pause(struct uninstall *uninstall, int64_t pause_ms);
/* All objects of a kind in the namespaces, as one array that the caller frees. Outcomes as uninstall_ask. */
MUST_USE int uninstall_list(struct uninstall *uninstall, enum kind kind, struct json **ret_items);
/* Outcomes as uninstall_ask. */
MUST_USE int uninstall_delete(struct uninstall *uninstall, enum kind kind, const struct json *object);

/* uninstall_restore.c: splits: the records of all. 0, also when there is nothing left to restore; else the last outcome after some tries, as uninstall_ask. */
MUST_USE int uninstall_restore(struct uninstall *uninstall, const struct resource_key *split,
                               const struct json *document, const struct split_record *record,
                               const struct json *splits, struct arena *arena);

/* uninstall_force.c: what an operator did not do. The number of splits that could not be ended. */
size_t uninstall_force(struct uninstall *uninstall);
