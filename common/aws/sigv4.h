/* AWS Signature Version 4: the Authorization header of a request, and presigned URLs. Pure.
 *
 * Source: "AWS Signature Version 4 for API requests" in the IAM user guide. Keeps nothing; what it computes from the secret key
 * is wiped before it returns. */
#pragma once

#include "common/base/buf.h"
#include "common/base/err.h"
#include "common/base/str.h"
#include <stdbool.h>
#include <stdint.h>

enum {
    AWS_PAIRS_MAX = 32, /* headers, or parameters of a query */
    AWS_SIGNED_BYTES_MAX = 64 << 10,
};
#define AWS_TIME_SIZE 17 /* "20150830T123600Z" and its NUL */
#define AWS_UNSIGNED_PAYLOAD "UNSIGNED-PAYLOAD"

struct aws_keys {
    struct str id;
    struct str secret;
    struct str token; /* of a session; empty: none */
};

/* What a signature is good for, and from when on. */
struct aws_scope {
    const char *service; /* "sqs" */
    const char *region;
    int64_t wall_ms;
};

struct aws_pair {
    struct str name, value;
};

struct aws_request {
    const char *method;
    struct str path; /* as it is sent: escaped, without query and without dot segments; begins with '/' */
    bool path_once;  /* S3: the path is not escaped once more */
    const struct aws_pair *query; /* not escaped; in any order; no name twice with one value */
    size_t query_count;
    const struct aws_pair
        *headers; /* those that are signed: lower-case names, each once, "host" among them; any order */
    size_t header_count;
    const char *payload; /* the body's SHA-256 (sha256_hex), or AWS_UNSIGNED_PAYLOAD */
};

/* As the header x-amz-date says it. */
void aws_time_format(int64_t wall_ms, char text[AWS_TIME_SIZE]);

/* Appends the value of the header Authorization. The request's headers hold x-amz-date with the scope's time, and
 * x-amz-security-token when the keys have a token. -ENOBUFS: more than AWS_PAIRS_MAX, or longer than AWS_SIGNED_BYTES_MAX, or
 * buf's limit; -ENOMEM. */
MUST_USE int aws_sign(const struct aws_keys *keys, const struct aws_scope *scope, const struct aws_request *request,
                      struct buf *buf);
/* Appends path and query of the URL that stands for the signed request for so many seconds, at most 604800; what is signed
 * with it (X-Amz-*) is added to the query. Errors as above. */
MUST_USE int aws_presign(const struct aws_keys *keys, const struct aws_scope *scope,
                         const struct aws_request *request, unsigned expires_s, struct buf *buf);
