/* What this process uses, as the kernel says. Thread-safe. */
#pragma once

#include "common/base/err.h"
#include <stdint.h>

/* Processor time of all its threads, user and system. */
uint64_t process_cpu_ms(void);
/* Resident set; readable behind Landlock too. -errno. */
MUST_USE int process_memory_bytes(uint64_t *ret);
/* Open descriptors. -errno. */
MUST_USE int process_files(uint64_t *ret);
