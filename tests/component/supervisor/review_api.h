/* An API server that only judges who asks: TokenReview and SubjectAccessReview, answered as a test wants. One for a program. */
#pragma once

#include "supervisor/main/serve_port.h"

enum { REVIEW_API_ASKED_MAX = 16 };

struct review_api {
    const char *of_token, *of_access; /* what it says: texts of JSON; NULL: 500 */
    struct http_wait *held;           /* it does not say it yet */
    bool hold;                        /* hold the next one */
    char asked[REVIEW_API_ASKED_MAX][1024];
    int count;
};
extern struct review_api review_api;
/* Forgets everything, and answers at this port. */
void review_api_begin(struct serve_port *port);
