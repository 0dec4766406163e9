/* A whole supervisor over a folder of manifests, from the first room to the last. */
#include "supervisor/main/standalone.h"

#include "common/base/log.h"
#include "supervisor/main/standalone_internal.h"

#define SETTINGS_BYTES_MAX (256u << 10)

int standalone_run(const struct options *options)
{
    struct standalone standalone = {.options = options,
                                    .journal_fd = -1,
                                    .arena = ARENA_INIT(SETTINGS_BYTES_MAX),
                                    .place = {.state_fd = -1, .state_lock = -1, .runtime_lock = -1}};
    int code = standalone_open(&standalone);
    if (code == 0) {
        int r = loop_run(standalone.loop);
        if (r < 0)
            log_error(COMPONENT, "the loop ended", LF_ERR(r));
        code = r < 0 ? 1 : standalone.exit_code; /* 1: start it again */
    }
    standalone_close(&standalone);
    return code;
}
