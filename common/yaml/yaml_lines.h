/* Where each field of a document stands: a tree of names with lines.
 *
 * Filled while a document is read (enter, leave), then sealed, then asked. Names are kept per step, not per path, so
 * memory grows with the document and not with its depth. Included in this folder only. */
#pragma once

#include "common/base/cleanup.h"
#include "common/base/err.h"
#include "common/base/str.h"

struct yaml_lines;

MUST_USE int yaml_lines_new(struct yaml_lines **ret);
void yaml_lines_free(struct yaml_lines *lines);
DEFINE_CLEANUP(struct yaml_lines, yaml_lines)
/* A value begins: a member (key), an element (key.data NULL, index) or, first of all, the root. -ENOMEM. */
MUST_USE int yaml_lines_enter(struct yaml_lines *lines, struct str key, size_t index, unsigned line);
void yaml_lines_leave(struct yaml_lines *lines);
/* Sorts for yaml_lines_find; nothing may be entered afterwards. */
void yaml_lines_seal(struct yaml_lines *lines);
unsigned yaml_lines_find(const struct yaml_lines *lines, struct str path);
