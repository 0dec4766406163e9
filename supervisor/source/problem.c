/* The list of what is wrong with the folder. Owns copies of names and texts; what has no room is counted. */
#include "supervisor/source/problem.h"

#include "common/base/log.h"
#include <stdarg.h>
#include <stdio.h>

#define COMPONENT "supervisor.source"

void source_problems_deinit(struct source_problems *problems)
{
    free(problems->items);
    *problems = (struct source_problems){.items = NULL};
}

static struct source_problem *append(struct source_problems *problems)
{
    if (!problems->items)
        problems->items = calloc(SOURCE_PROBLEMS_MAX, sizeof *problems->items);
    if (!problems->items || problems->count == SOURCE_PROBLEMS_MAX) {
        problems->left_out++;
        return NULL;
    }
    return &problems->items[problems->count++];
}

void source_problems_add(struct source_problems *problems, bool warning, const char *file, unsigned line,
                         enum reason_code code, const char *format, ...)
{
    struct source_problem *problem = append(problems);
    va_list arguments;

    if (!problem)
        return;
    problem->warning = warning;
    problem->line = line;
    problem->why.code = code;
    snprintf(problem->file, sizeof problem->file, "%s", file);
    va_start(arguments, format);
    vsnprintf(problem->why.text, sizeof problem->why.text, format, arguments);
    va_end(arguments);
}

static bool contains(const struct source_problems *problems, const struct source_problem *wanted)
{
    for (size_t i = 0; i < problems->count; i++) {
        const struct source_problem *problem = &problems->items[i];
        if (problem->warning == wanted->warning && problem->line == wanted->line &&
            problem->why.code == wanted->why.code && strcmp(problem->file, wanted->file) == 0 &&
            strcmp(problem->why.text, wanted->why.text) == 0)
            return true;
    }
    return false;
}

void source_problems_log(const struct source_problems *before, const struct source_problems *now)
{
    for (size_t i = 0; i < now->count; i++) {
        const struct source_problem *problem = &now->items[i];
        if (contains(before, problem))
            continue;
        if (problem->warning)
            log_warn(COMPONENT, "part of a manifest has no effect", LF_STR("file", problem->file),
                     LF_INT("line", problem->line), LF_REASON(&problem->why));
        else
            log_error(COMPONENT, "manifest is wrong", LF_STR("file", problem->file), LF_INT("line", problem->line),
                      LF_REASON(&problem->why));
    }
    if (before->count && !now->count)
        log_info(COMPONENT, "all manifests are right again");
}

static int problem_json(const struct source_problem *problem, struct json **ret)
{
    struct json *object CLEANUP(json_freep) = json_new_object();
    int r;

    if (!object)
        return -ENOMEM;
    if ((r = json_set_text(object, "level", problem->warning ? "warning" : "error")) < 0 ||
        (r = json_set_text(object, "file", problem->file)) < 0 ||
        (r = json_set_int(object, "line", problem->line)) < 0 ||
        (r = json_set_text(object, "reason", reason_name(problem->why.code))) < 0 ||
        (r = json_set_text(object, "message", problem->why.text)) < 0 ||
        (r = json_set_text(object, "nextStep", reason_next_step(problem->why.code))) < 0)
        return r;
    *ret = TAKE(object);
    return 0;
}

int source_problems_json(const struct source_problems *problems, struct json **ret)
{
    struct json *object CLEANUP(json_freep) = json_new_object(), *list CLEANUP(json_freep) = json_new_array();
    int r = object && list ? 0 : -ENOMEM;

    for (size_t i = 0; r == 0 && i < problems->count; i++) {
        struct json *item = NULL;
        r = problem_json(&problems->items[i], &item);
        if (r == 0)
            r = json_append_take(list, item);
    }
    if (r < 0 || (r = json_set_take(object, "errors", TAKE(list))) < 0 ||
        (r = json_set_int(object, "leftOut", (int64_t)problems->left_out)) < 0)
        return r;
    *ret = TAKE(object);
    return 0;
}
