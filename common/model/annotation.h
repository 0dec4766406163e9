/* Settings of a split as words. Pure. */
#pragma once

#include "common/model/resource.h"

/* Sets the field that name ("drain-timeout", ...) stands for. False: unknown name, or text is none of its values; the
 * field's value is then unspecified. */
bool annotation_apply(const char *name, const char *text, struct split_settings *settings);
