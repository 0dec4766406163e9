/* The meaning of a route table, spelled out: every filter of every session is run by the regex engine. What the index
 * decides is compared with this, and its speed too. */
#pragma once

#include "worker/route/decide.h"

struct naive;
MUST_USE int naive_new(const struct route_table *table, struct naive **ret);
void naive_free(struct naive *naive);
DEFINE_CLEANUP(struct naive, naive)
/* As route_decide without health; mirrors belong to naive until its next use, in route order. */
void naive_decide(struct naive *naive, const struct route_header *headers, size_t count, struct route_decision *ret);
/* As naive_decide, but stops at the first session that takes the message and never looks for mirrors. */
bool naive_steal(struct naive *naive, const struct route_header *headers, size_t count, uint32_t *ret_session);
