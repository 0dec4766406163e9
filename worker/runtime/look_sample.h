/* One message as a person is shown it: where it went, and what each filter said. Internal to worker/runtime/look*.c. */
#pragma once

#include "worker/runtime/look_one.h"

enum look_sample_outcome { LOOK_SAMPLE_NO_ROOM = 1 };
/* Adds all frames of the sample or none. LOOK_SAMPLE_NO_ROOM, -ENOMEM (then a part may be there; the supervisor drops it). */
MUST_USE int look_sample(const struct look *look, const struct look_subject *subject, struct look_frames *frames);
