/* Every write carries the whole document as it was read, resourceVersion included: the server refuses it when somebody else
 * wrote in between. Fails as lease_write does. */
#include "supervisor/election/lease_request.h"

#include "common/kube/path.h"

int lease_desk_init(struct lease_desk *desk, const struct lease_author *author)
{
    struct kube_path path = {.resource = {"coordination.k8s.io", "v1", "leases"}, .namespace = author->namespace};
    *desk = (struct lease_desk){
        .author = *author, .item = BUF_INIT(KUBE_PATH_BYTES_MAX), .list = BUF_INIT(KUBE_PATH_BYTES_MAX)};
    int r = kube_path_build(&path, &desk->list);
    path.name = author->name;
    return r ? r : kube_path_build(&path, &desk->item);
}

void lease_desk_deinit(struct lease_desk *desk)
{
    json_free(TAKE(desk->document));
    buf_deinit(&desk->item);
    buf_deinit(&desk->list);
}

int lease_desk_keep(struct lease_desk *desk, const struct json *document)
{
    struct json *copy = NULL;
    int r = document ? json_dup(document, &copy) : 0;
    if (r < 0)
        return r;
    json_free(desk->document);
    desk->document = copy;
    return 0;
}

static enum lease_change change_of(enum lease_step step, bool stopped)
{
    switch (step) {
    case LEASE_STEP_RELEASE:
        return stopped ? LEASE_RELEASE_STOPPED : LEASE_RELEASE;
    case LEASE_STEP_SAY_STOPPED:
        return LEASE_SAY_STOPPED;
    case LEASE_STEP_RENEW:
        return LEASE_RENEW;
    case LEASE_STEP_CREATE:
    case LEASE_STEP_TAKE:
    case LEASE_STEP_READ: /* these three write nothing */
    case LEASE_STEP_WAIT:
    case LEASE_STEP_LEFT:
        break;
    }
    return LEASE_TAKE;
}

static int make_body(const struct lease_desk *desk, enum lease_step step, bool stopped, struct json **ret)
{
    struct json *body CLEANUP(json_freep) = NULL;
    int r = 0;
    if (desk->document && step != LEASE_STEP_CREATE)
        r = json_dup(desk->document, &body);
    else
        body = json_new_object();
    if (r == 0 && !body)
        r = -ENOMEM;
    if (r == 0)
        r = lease_write(body, change_of(step, stopped), &desk->author, wall_now_ms());
    if (r == 0)
        *ret = TAKE(body);
    return r;
}

int lease_request_make(const struct lease_desk *desk, enum lease_step step, bool stopped, struct lease_request *ret)
{
    struct lease_request request = {.method = "PUT", .path = desk->item.data};
    int r = 0;
    if (step == LEASE_STEP_READ)
        request.method = "GET";
    else
        r = make_body(desk, step, stopped, &request.body);
    if (step == LEASE_STEP_CREATE) {
        request.method = "POST";
        request.path = desk->list.data;
    }
    if (r == 0)
        *ret = request;
    return r;
}
