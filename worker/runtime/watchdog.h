/* The watchdog (K-7): a thread of its own that ends the process when another thread stays in one call for too long. */
#pragma once

#include "common/base/err.h"

struct watchdog;
MUST_USE int watchdog_new(struct watchdog **ret);
