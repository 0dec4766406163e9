/* Paths of the Kubernetes API: resources and what is asked of them (Kubernetes API concepts, "Resource URIs"). Pure. */
#pragma once

#include "common/base/buf.h"
#include "common/model/kind.h"

#define KUBE_PATH_BYTES_MAX 4096

struct kube_resource {
    const char *group; /* "" for the core group */
    const char *version;
    const char *plural;
};
/* The resource of a kind that the model knows. */
struct kube_resource kube_resource_of(enum kind kind);

/* Texts are borrowed; NULL leaves a part out. */
struct kube_path {
    struct kube_resource resource;
    const char *namespace; /* NULL: every namespace, or a resource that has none */
    const char *name;
    const char *subresource; /* "status" */
    const char *query;       /* escaped: see kube_query_add */
};
/* "/apis/sluice.dev/v1alpha1/namespaces/NS/splitsessions/NAME/status?query", appended. -ENOBUFS, -ENOMEM. */
MUST_USE int kube_path_build(const struct kube_path *path, struct buf *buf);
/* Appends "name=value" with the value escaped, after "&" unless it is the first; a NULL value adds nothing. */
MUST_USE int kube_query_add(struct buf *query, const char *name, const char *value);
