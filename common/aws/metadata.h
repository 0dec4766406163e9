/* One request at a time to a metadata service on this machine: bounded, with a short deadline, tried three times. Included in this
 * folder only. */
#pragma once

#include "common/aws/endpoint.h"
#include "common/http/client.h"

enum {
    AWS_METADATA_TRIES = 3,
    AWS_METADATA_PAUSE_MS = 200, /* before the second, and twice that before the third */
    AWS_METADATA_PATH_SIZE = 2048,
};

struct aws_metadata;
/* deadline_ms: of each try. */
MUST_USE int aws_metadata_new(struct loop *loop, const struct aws_endpoint *endpoint, int64_t deadline_ms,
                              struct aws_metadata **ret);
void aws_metadata_free(struct aws_metadata *metadata); /* not from within done */
DEFINE_CLEANUP(struct aws_metadata, aws_metadata)
const char *aws_metadata_url(const struct aws_metadata *metadata);

/* Calls done, later, with the last try's result; in it, the next may be asked. header: "Name: value" or NULL; both texts are copied.
 * -ENAMETOOLONG, -ENOMEM. */
MUST_USE int aws_metadata_ask(struct aws_metadata *metadata, const char *method, const char *path, struct str header,
                              http_done_fn *done, void *context);
