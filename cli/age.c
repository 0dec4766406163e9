/* See age.h. */
#include "cli/age.h"
#include "common/base/mono.h"

#include <stdio.h>

void age_text(const char *text, int64_t wall_now_ms, char ret[AGE_TEXT_SIZE])
{
    static const struct {
        int64_t from_s, unit_s;
        char letter;
    } steps[] = {{2 * 86400, 86400, 'd'}, {2 * 3600, 3600, 'h'}, {120, 60, 'm'}, {0, 1, 's'}};
    int64_t then_ms;
    ret[0] = '\0';
    if (wall_parse(text, &then_ms) < 0)
        return;
    int64_t age_s = wall_now_ms > then_ms ? (wall_now_ms - then_ms) / 1000 : 0;
    for (size_t i = 0; i < sizeof steps / sizeof steps[0]; i++)
        if (age_s >= steps[i].from_s) {
            snprintf(ret, AGE_TEXT_SIZE, "%lld%c", (long long)(age_s / steps[i].unit_s), steps[i].letter);
            return;
        }
}
