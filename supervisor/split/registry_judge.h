/* What the registries of one target say together: an id means the queues of one of them. Pure. */
#pragma once

#include "common/model/resource.h"
#include <stddef.h>

/* Gives every id that two registries declare for one container, as queues of one type, an error that names both; an earlier error of a
 * queue stays. Kafka's consumers are one for a target (apply/view_build.c). */
void registries_judge(struct queue_registry *registries, size_t count);
