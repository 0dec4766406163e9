/* Amazon resource names. Pure. */
#pragma once

#include "common/base/err.h"
#include "common/base/str.h"

enum { AWS_ARN_BYTES_MAX = 2048 };

/* "arn:PARTITION:SERVICE:REGION:ACCOUNT:RESOURCE"; borrowed from the text; region and account may be empty. */
struct aws_arn {
    struct str partition, service, region, account, resource;
};
/* -EINVAL: it is none: too long, without one of the parts, or with blanks or control characters. Source: "Amazon Resource Names" in
 * the IAM user guide. */
MUST_USE int aws_arn_parse(struct str text, struct aws_arn *ret);
