/* One message that a look shows, as text for people. Pure. Lines are as the supervisor tells them: values come escaped. */
#pragma once

#include "cli/terminal.h"
#include "common/json/json.h"

MUST_USE int look_sample_text(const struct json *sample, const struct terminal *terminal, struct buf *ret);
