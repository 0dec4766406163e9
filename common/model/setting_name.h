/* Variables of an environment that look like settings and are none: most likely misspelt. */
#pragma once

#include "common/base/reason.h"
#include <stdbool.h>

/* entry: "NAME=value" as in environ. True: NAME begins as settings do and no row of setting.def has it; *why names it and the
 * setting that is most like it, if any is. The value is not looked at. */
bool setting_is_unknown(const char *entry, struct reason *why);
