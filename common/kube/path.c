/* Paths of the Kubernetes API. Every part that comes from outside is escaped. Pure; fails only on space. */
#include "common/kube/path.h"

#include "common/http/client.h"

struct kube_resource kube_resource_of(enum kind kind)
{
    const struct kind_row *row = kind_row(kind);
    return (struct kube_resource){row->group, row->version, row->plural};
}

static int part_add(const char *before, const char *part, struct buf *buf)
{
    int r = part ? buf_append_str(buf, str_of(before)) : 0;
    return r == 0 && part ? http_escape(str_of(part), buf) : r;
}

int kube_path_build(const struct kube_path *path, struct buf *buf)
{
    const struct kube_resource *resource = &path->resource;
    int r = resource->group[0] ? buf_printf(buf, "/apis/%s/%s", resource->group, resource->version)
                               : buf_printf(buf, "/api/%s", resource->version);
    if (r == 0)
        r = part_add("/namespaces/", path->namespace, buf);
    if (r == 0)
        r = part_add("/", resource->plural, buf);
    if (r == 0)
        r = part_add("/", path->name, buf);
    if (r == 0)
        r = part_add("/", path->subresource, buf);
    if (r == 0 && path->query && path->query[0])
        r = buf_printf(buf, "?%s", path->query);
    return r;
}

int kube_query_add(struct buf *query, const char *name, const char *value)
{
    if (!value)
        return 0;
    int r = buf_printf(query, "%s%s=", query->len ? "&" : "", name);
    return r == 0 ? http_escape(str_of(value), query) : r;
}
