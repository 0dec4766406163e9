/* See duration.h. */
#include "cli/duration.h"

#include "common/base/str.h"

int duration_read(const char *text, int64_t seconds_max, int64_t *ret_seconds)
{
    static const struct {
        const char *unit;
        int64_t seconds;
    } units[] = {{"h", 3600}, {"m", 60}, {"s", 1}, {"", 1}};
    struct str number = str_of(text);
    uint64_t count;
    size_t i = 0;
    while (!str_ends_with(number, str_of(units[i].unit)))
        i++;
    number.len -= strlen(units[i].unit);
    if (str_to_u64(number, (uint64_t)(seconds_max / units[i].seconds), &count) < 0 || count == 0)
        return -EINVAL;
    *ret_seconds = (int64_t)count * units[i].seconds;
    return 0;
}
