/* A whole operator, from the first room to the last. */
#include "supervisor/main/operator.h"

#include "common/base/log.h"
#include "supervisor/main/operator_internal.h"

#define SETTINGS_BYTES_MAX (256u << 10)

int operator_run(const struct options *options)
{
    struct operator_rooms rooms = {.options = options,
                                   .arena = ARENA_INIT(SETTINGS_BYTES_MAX),
                                   .access = kube_access_empty(),
                                   .place = {.state_fd = -1, .state_lock = -1, .runtime_lock = -1}};
    int code = operator_open(&rooms);
    if (code == 0) {
        int r = loop_run(rooms.loop);
        if (r < 0)
            log_error(COMPONENT, "the loop ended", LF_ERR(r));
        code = r < 0 ? 1 : rooms.exit_code; /* 1: start it again */
    }
    operator_close(&rooms);
    return code;
}
