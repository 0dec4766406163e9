/* Where a service is: its URL by region, or the one that a configuration names (S-8, Q-9). Pure. */
#pragma once

#include "common/base/err.h"
#include "common/base/str.h"

enum {
    AWS_ENDPOINT_SIZE = 300,
    AWS_NAME_SIZE = 64, /* of a region, or a service */
};

struct aws_endpoint {
    char url[AWS_ENDPOINT_SIZE]; /* "https://sqs.eu-west-1.amazonaws.com", without a slash at the end */
    size_t host_at;              /* in url: host, and port unless it is the scheme's own */
};
static inline const char *aws_endpoint_host(const struct aws_endpoint *endpoint)
{
    return endpoint->url + endpoint->host_at;
}

/* Small letters, digits and '-', beginning and ending with none. */
bool aws_region_ok(struct str region);
/* By region, as the partitions' DNS suffixes are. -EINVAL: service or region is none. */
MUST_USE int aws_endpoint_build(const char *service, const char *region, struct aws_endpoint *ret);
/* "scheme://host[:port]", http or https, with at most one slash after it. -EINVAL: anything else. */
MUST_USE int aws_endpoint_parse(struct str text, struct aws_endpoint *ret);
/* A whole URL: its place, and the rest from the first '/' on ("/" where there is none), borrowed. -EINVAL: as above, or the rest
 * has blanks or control characters or a fragment. */
MUST_USE int aws_url_split(const char *text, struct aws_endpoint *ret, const char **ret_path);
/* May secrets be asked for there (S-8)? https, or plain http to loopback or one of the cloud's own addresses: literally, for a
 * name may lead anywhere. */
bool aws_endpoint_is_safe(const struct aws_endpoint *endpoint);
