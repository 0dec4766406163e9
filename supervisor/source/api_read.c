/* Get and list. Changes nothing. */
#include "supervisor/source/api_internal.h"

#include <inttypes.h>
#include <string.h>

void api_get(const struct api_call *call)
{
    const struct json *document = store_get(call->api->store, &call->target.key);

    if (document)
        api_respond_document(call->response, API_OK, document);
    else
        api_respond_words(call->response, API_NOT_FOUND, &call->target.key, "%s \"%s\" not found",
                          kind_row(call->target.key.kind)->plural, call->target.key.name);
}

struct listing {
    const struct api_target *target;
    struct buf *body;
    size_t count;
    int result;
};

static void add(void *context, const struct resource_key *key, const struct json *document)
{
    struct listing *listing = context;
    const char *name = listing->target->key.name;

    if (listing->result < 0 || (name[0] && strcmp(name, key->name) != 0))
        return;
    if (listing->count++ > 0)
        listing->result = buf_append_char(listing->body, ',');
    if (listing->result == 0)
        listing->result = json_write(document, JSON_COMPACT, listing->body);
}

static int write_list(const struct store *store, const struct api_target *target, struct buf *body)
{
    const char *namespace = target->key.namespace[0] ? target->key.namespace : NULL;
    struct listing listing = {.target = target, .body = body};
    const struct kind_row *row = kind_row(target->key.kind);
    int r;

    r = buf_printf(body,
                   "{\"apiVersion\":\"%s\",\"kind\":\"%sList\",\"metadata\":{\"resourceVersion\":\"%" PRIu64
                   "\"},\"items\":[",
                   row->api_version, row->name, store_version(store));
    if (r < 0)
        return r;
    store_each(store, target->key.kind, namespace, add, &listing);
    return listing.result < 0 ? listing.result : buf_append_str(body, STR("]}\n"));
}

void api_list(const struct api_call *call)
{
    struct api_target target = call->target;
    const char *labels = http_request_query(call->request, "labelSelector");

    if (!api_selector_parse(http_request_query(call->request, "fieldSelector"), &target) || (labels && labels[0])) {
        api_respond_words(call->response, API_BAD_REQUEST, &call->target.key,
                          "only fieldSelector with metadata.name and metadata.namespace is supported");
        return;
    }
    if (write_list(call->api->store, &target, &call->response->body) < 0) {
        api_respond_words(call->response, API_INTERNAL, &call->target.key, "the list is too long");
        return;
    }
    call->response->status = API_OK;
    call->response->content_type = "application/json";
}
