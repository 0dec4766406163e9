/* What an API server is asked about a person, and what it answers (Kubernetes API reference, TokenReview and SubjectAccessReview).
 * Pure, beside memory. */
#pragma once

#include "common/json/json.h"

/* What somebody wants of our kinds, or of a path of ours that is no resource. The first four are literals; namespace or name "": all
 * of them. */
struct review_wish {
    const char *verb;
    const char *path;                   /* "/metrics"; then the rest says nothing. NULL: a resource */
    const char *resource, *subresource; /* "queuesplits", "log" */
    char namespace[64], name[254];
};

/* -ENOMEM, -EINVAL (the token is no text). */
MUST_USE int review_token_body(struct str token, struct json **ret);
/* user: of a TokenReview's answer. */
MUST_USE int review_access_body(const struct json *user, const struct review_wish *wish, struct json **ret);
/* Who the token is of; borrowed from answer. NULL: nobody. */
const struct json *review_user(const struct json *answer);
bool review_allows(const struct json *answer);
