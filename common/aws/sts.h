/* Keys of a role, from the Security Token Service: by the keys of somebody else, or by a token of an identity provider. Included in
 * this folder only.
 *
 * Sources: AssumeRole and AssumeRoleWithWebIdentity in the STS API reference; "Service-specific endpoints" in the SDKs' reference
 * guide: AWS_ENDPOINT_URL_STS and AWS_ENDPOINT_URL name another place than the region's. */
#pragma once

#include "common/aws/client.h"
#include "common/aws/provider.h"

enum {
    AWS_STS_DEADLINE_MS = 10000,
    AWS_ROLE_ARN_BYTES_MAX = 2048,
};
#define AWS_ROLE_SESSION "sluice"

struct aws_sts;
/* credentials: whose keys sign; borrowed; NULL: nothing is signed. AWS_FETCH_FAILED: there is no region, or the endpoint is none. */
MUST_USE int aws_sts_new(struct aws_fetch *fetch, struct aws_credentials *credentials, struct aws_sts **ret);
void aws_sts_free(struct aws_sts *sts); /* cancels what is on its way */

/* A form: "Action=...&Version=2011-06-15", then parameters. -ENOBUFS, -ENOMEM. */
MUST_USE int aws_form_begin(struct buf *form, const char *action);
MUST_USE int aws_form_add(struct buf *form, const char *name, struct str value);
/* Asks for keys; the fetch is done with the answer. */
MUST_USE int aws_sts_ask(struct aws_sts *sts, struct str form);
