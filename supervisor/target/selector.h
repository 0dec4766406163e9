/* A workload's label selector as the text of a query (Kubernetes, "Labels and Selectors"). Pure. */
#pragma once

#include "common/base/buf.h"
#include "common/json/json.h"

enum selector_outcome { SELECTOR_NONE = 1 };
/* "app=shop,tier in (a,b),!old". SELECTOR_NONE: it has none, or an operator that is not known: every pod or none would be meant. */
MUST_USE int selector_write(const struct json *selector, struct buf *buf);
