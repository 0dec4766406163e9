/* The sums by which SQS and its clients see that a message arrived whole: developer guide, "Calculating the MD5 message
 * digest for message attributes". Pure. A sum that is absent, or a libcrypto without MD5, is not checked. */
#pragma once

#include "common/base/secret.h"
#include "worker/sqs/message.h"

bool digest_body_fits(struct str body, struct str sum);
/* Over the attributes in any order. Without any, or where this libcrypto has no MD5, the text is empty. -ENOMEM, -ENOBUFS. */
MUST_USE int digest_attributes(const struct message_attribute *attributes, size_t count, char text[MD5_TEXT_SIZE]);
/* 0; MESSAGE_REFUSED with *why; -ENOMEM. */
MUST_USE int digest_attributes_fit(const struct message_attribute *attributes, size_t count, struct str sum,
                                   struct reason *why);
