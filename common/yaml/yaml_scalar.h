/* What a YAML scalar means. Included in this folder only. */
#pragma once

#include "common/json/json.h"

enum yaml_scalar_outcome { YAML_SCALAR_MISFIT = 1, YAML_SCALAR_TOO_LARGE };

/* A plain scalar without tag by the core schema of YAML 1.2, chapter 10.3. 0, YAML_SCALAR_TOO_LARGE for a number that JSON
 * cannot say, or -ENOMEM. */
MUST_USE int yaml_scalar_plain(struct str text, struct json **ret);
/* A scalar under one of the core schema's tags (tag:yaml.org,2002:...); also YAML_SCALAR_MISFIT when the tag is another
 * one or the text has not its form. */
MUST_USE int yaml_scalar_tagged(struct str text, const char *tag, struct json **ret);
