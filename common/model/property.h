/* What happens to a Kafka client property (S-3). Pure. */
#pragma once

#include "common/base/reason.h"

enum property_list { PROPERTY_IGNORED, PROPERTY_USED, PROPERTY_REFUSED, PROPERTY_SYSTEM_CA };

/* The list that a property is in, after its value was looked at: PROPERTY_SYSTEM_CA is never returned. Refusals of a value
 * (a time-out out of range, a bundle that is not the system's) fill *why with REASON_PROPERTY_REFUSED. */
enum property_list property_judge(const char *name, const char *value, struct reason *why);
