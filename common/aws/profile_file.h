/* One profile of a shared credentials or config file. Pure.
 *
 * Source: "Shared config and credentials files" in the SDKs' reference guide. Commands and other files that a profile may name are
 * never run or read. */
#pragma once

#include "common/base/str.h"
#include <stdbool.h>

enum { AWS_PROFILE_FILE_BYTES_MAX = 1 << 20 };

struct aws_profile {
    bool found;
    struct str id, secret, token; /* borrowed from the text; empty: not said */
    struct str other;             /* the last name in it that says of keys what is not understood here: "role_arn" */
};
/* Adds to *profile what the text says of the profile of that name and is not known yet. config: its sections are called
 * "profile NAME" but for "default". */
void aws_profile_read(struct str text, struct str name, bool config, struct aws_profile *profile);
