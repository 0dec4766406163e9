/* What the URL of a queue says: https://HOST/ACCOUNT/NAME, with more before the account on some emulators. Pure. */
#pragma once

#include "worker/sqs/spec.h"

/* The URL of a queue of this name beside that one. -ENOBUFS, -ENOMEM. */
MUST_USE int queue_url_beside(const char *url, const char *name, char ret[SQS_URL_SIZE]);
/* Whose queue it is: twelve digits; "" where the URL does not say. */
struct str queue_url_account(const char *url);
