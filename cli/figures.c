/* See figures.h. */
#include "cli/figures.h"

#include <stdio.h>

void figures_deinit(struct figures *figures)
{
    json_free(figures->document);
    figures->document = NULL;
}

bool figures_of(const struct figures *figures, const char *namespace, const char *split, const char *counter,
                int64_t *ret)
{
    const struct json *splits = json_get(figures->document, "splits");
    for (size_t i = 0; i < json_count(splits); i++) {
        const struct json *row = json_at(splits, i), *where = json_get(row, "namespace");
        if (strcmp(json_text(json_get(row, "name")), split) == 0 &&
            (!where || strcmp(json_text(where), namespace) == 0))
            return json_int(json_get(row, counter), ret) == 0;
    }
    return false;
}

bool figures_rate(const struct figures *before, const struct figures *now, const char *namespace, const char *split,
                  const char *counter, double *ret)
{
    int64_t first, second, passed_ms = now->at.ms - before->at.ms;
    if (passed_ms <= 0 || !figures_of(before, namespace, split, counter, &first) ||
        !figures_of(now, namespace, split, counter, &second) || second < first)
        return false;
    *ret = (double)(second - first) * 1000 / (double)passed_ms;
    return true;
}

void figures_rate_text(const struct figures *before, const struct figures *now, const char *namespace,
                       const char *split, const char *counter, char ret[RATE_TEXT_SIZE])
{
    double rate;
    if (figures_rate(before, now, namespace, split, counter, &rate))
        snprintf(ret, RATE_TEXT_SIZE, rate < 100 ? "%.1f/s" : "%.0f/s", rate);
    else
        snprintf(ret, RATE_TEXT_SIZE, "-");
}
