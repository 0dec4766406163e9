/* The only place that acts: carries out a plan through the effects, in order, and stops at the first document that cannot be
 * written. A target or worker that cannot be told anything keeps nobody else from his orders.
 *
 * What was not done is planned again from what is observed then; so stopping anywhere is safe. */
#pragma once

#include "supervisor/apply/effects.h"
#include "supervisor/split/plan.h"

/* 0 all issued; < 0 the first surprise of an effect, and *ret_failed says which action it was. Documents of issued actions are taken
 * out of the plan. */
MUST_USE int apply_plan(struct plan *plan, const struct effects *effects, enum action_type *ret_failed);
const char *action_type_name(enum action_type type);
