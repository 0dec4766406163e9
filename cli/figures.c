/* See figures.h. */
#include "cli/figures.h"

#include <stdio.h>
#include <string.h>

static const struct json *row_of(const struct json *figures, const char *namespace, const char *split)
{
    const struct json *splits = json_get(figures, "splits");
    for (size_t i = 0; i < json_count(splits); i++) {
        const struct json *row = json_at(splits, i), *where = json_get(row, "namespace");
        if (strcmp(json_text(json_get(row, "name")), split) == 0 &&
            (!where || strcmp(json_text(where), namespace) == 0))
            return row;
    }
    return NULL;
}

bool figures_of(const struct json *figures, const char *namespace, const char *split, const char *counter,
                int64_t *ret)
{
    return json_int(json_get(row_of(figures, namespace, split), counter), ret) == 0;
}

int64_t figures_of_session(const struct json *figures, const char *uid, const char *counter)
{
    const struct json *splits = json_get(figures, "splits");
    int64_t sum = 0, count;
    for (size_t i = 0; i < json_count(splits); i++) {
        const struct json *sessions = json_get(json_at(splits, i), "sessions");
        for (size_t n = 0; n < json_count(sessions); n++)
            if (strcmp(json_text(json_get(json_at(sessions, n), "uid")), uid) == 0 &&
                json_int(json_get(json_at(sessions, n), counter), &count) == 0)
                sum += count;
    }
    return sum;
}

void figures_rate_text(const struct json *figures, const char *namespace, const char *split, const char *counter,
                       char ret[RATE_TEXT_SIZE])
{
    double rate;
    if (json_double(json_path(row_of(figures, namespace, split), "perSecond", counter, NULL), &rate) == 0)
        snprintf(ret, RATE_TEXT_SIZE, rate < 100 ? "%.1f/s" : "%.0f/s", rate);
    else
        snprintf(ret, RATE_TEXT_SIZE, "-");
}
