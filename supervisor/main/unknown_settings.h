/* Misspelt settings of this process's environment: told in the log at the start, and to `sluice check`. */
#pragma once

#include "common/json/json.h"

/* environment: as environ. */
void unknown_settings_log(char *const *environment);
/* [{reason, message, nextStep}], empty when there are none. -ENOMEM. */
MUST_USE int unknown_settings_json(char *const *environment, struct json **ret);
