/* Who asks over the operator's port, and may they: the API server is asked about the token that came with the request (TokenReview),
 * and about that person's right (SubjectAccessReview).
 *
 * Keeps what was said for a few seconds, under a digest of the token; the token itself is kept nowhere. Asks about no more than
 * REVIEWER_ENTRIES_MAX at a time, for everybody who reaches the port can make us ask. */
#pragma once

#include "common/http/server.h"
#include "common/kube/client.h"
#include "supervisor/review/review_body.h"

enum {
    REVIEWER_ENTRIES_MAX = 64,
    REVIEWER_WAITS_MAX = 8,        /* requests that wait for one answer */
    REVIEWER_REMEMBER_MS = 10000,  /* that a right was taken away shows after so long */
    REVIEWER_UNANSWERED_MS = 1000, /* who waited for it hears so, then it is asked again */
    REVIEWER_TOKEN_BYTES_MAX = 16 << 10,
};

struct reviewer;
/* client is borrowed for life. -ENOMEM. */
MUST_USE int reviewer_new(struct kube_client *client, struct reviewer **ret);
void reviewer_free(struct reviewer *reviewer); /* after the server whose requests it holds */
DEFINE_CLEANUP(struct reviewer, reviewer)

enum reviewed {
    REVIEWED_ALLOWED,
    REVIEWED_ANSWERED, /* *response refuses, or waits: the handler returns and is called again */
};
/* Whether who sent this request may do what he wishes. */
enum reviewed reviewer_judge(struct reviewer *reviewer, const struct http_request *request,
                             const struct review_wish *wish, struct http_response *response);
