/* Base64 (RFC 4648 section 4), as Kubernetes writes Secret data. */
#pragma once

#include "common/base/buf.h"
#include "common/base/err.h"
#include "common/base/str.h"

/* Appends the bytes that text stands for. -EINVAL: not base64 (line breaks are skipped); -ENOBUFS as buf_append. */
MUST_USE int base64_decode(struct str text, struct buf *buf);
/* Appends text for the bytes, with padding and without line breaks; -ENOBUFS as buf_append. */
MUST_USE int base64_encode(struct str bytes, struct buf *buf);
