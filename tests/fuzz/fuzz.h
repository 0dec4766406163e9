/* The entry of a fuzz target, called by libFuzzer or by replay.c. Returns 0; a finding is a crash. */
#pragma once

#include <stddef.h>
#include <stdint.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);
