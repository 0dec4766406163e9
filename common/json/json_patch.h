/* JSON Patch, RFC 6902: add, remove, replace and test.
 *
 * move and copy are refused: nothing of ours needs them, and copy lets a short patch grow a document without end. */
#pragma once

#include "common/json/json.h"

/* All or nothing: 0, or JSON_REFUSED with *error saying which operation (from 1) and why, or -ENOMEM; then target is as it
 * was. No value comes to lie deeper than a document may be (JSON_LIMITS_DOCUMENT). The target is an object or array and stays one: what replaces its root must be of the same type. Numbers are equal
 * to a test as in json_equal; a member that is missing is equal to null (beyond the RFC, as an API server has it). */
MUST_USE int json_patch(struct json *target, const struct json *operations, struct json_error *error);
