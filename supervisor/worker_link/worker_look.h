/* What a worker says of looks: told apart from its reports, and checked. Pure. */
#pragma once

#include "ipc/messages.h"

enum look_outcome {
    LOOK_IS_ONE = 1,
    LOOK_IS_BAD = 2 /* of a look, with a value that there is not */
};
/* 0: it is a report like others. */
int worker_look_judge(const struct ipc_message *message);
