/* See start.h. */
#include "supervisor/main/start.h"

#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

#include "common/base/journal.h"
#include "common/base/log.h"
#include "supervisor/guardian/guardian_wire.h"
#include "supervisor/main/unknown_settings.h"

#define COMPONENT "supervisor"

int start_refuse(const struct reason *why, int exit_code)
{
    log_error(COMPONENT, "the supervisor cannot start", LF_REASON(why), LF_STR("next", reason_next_step(why->code)));
    return exit_code;
}

int start_surprise(int result, const char *part)
{
    log_error(COMPONENT, "the supervisor cannot start", LF_STR("part", part), LF_ERR(result));
    return EXIT_FAILURE;
}

int start_judge_place(int result, const struct reason *why)
{
    switch (result) {
    case 0:
        return 0;
    case PLACE_CONFIG:
        return start_refuse(why, SUPERVISOR_EXIT_CONFIG);
    case PLACE_LOCKED:
        return start_refuse(why, SUPERVISOR_EXIT_LOCKED);
    case PLACE_STATE:
        return start_refuse(why, SUPERVISOR_EXIT_STATE);
    default:
        return start_surprise(result, "folders");
    }
}

/* 0 also when there is none. */
static int find_program(const char *path, bool *enabled)
{
    if (!*enabled || access(path, X_OK) == 0)
        return 0;
    if (errno != ENOENT)
        return -errno;
    *enabled = false;
    log_warn(COMPONENT, "queues of one type cannot be split: their workers are not installed",
             LF_STR("program", path));
    return 0;
}

int start_find_programs(struct settings *settings, struct start_programs *ret)
{
    const struct {
        enum queue_type type;
        const char *name;
        bool *enabled;
    } families[START_FAMILIES] = {{QUEUE_TYPE_KAFKA, "sluice-worker-kafka", &settings->kafka_splitting},
                                  {QUEUE_TYPE_SQS, "sluice-worker-sqs", &settings->sqs_splitting}};
    char self[PLACE_PATH_SIZE - 32];
    ssize_t length = readlink("/proc/self/exe", self, sizeof self - 1);
    if (length < 0 || (size_t)length >= sizeof self - 1)
        return -ENAMETOOLONG;
    self[length] = '\0';
    char *slash = strrchr(self, '/');
    *slash = '\0';
    for (size_t i = 0; i < START_FAMILIES; i++) {
        snprintf(ret->paths[i], PLACE_PATH_SIZE, "%s/%s", self, families[i].name);
        ret->table[i] = (struct fleet_program){queue_type_name(families[i].type), ret->paths[i]};
        int r = find_program(ret->paths[i], families[i].enabled);
        if (r < 0)
            return r;
    }
    ret->table[START_FAMILIES] = (struct fleet_program){NULL, NULL};
    return 0;
}

int start_read_settings(struct arena *arena, struct settings *ret)
{
    struct reason why;
    int r = settings_read(getenv, arena, ret, &why);
    if (r > 0)
        return start_refuse(&why, SUPERVISOR_EXIT_CONFIG);
    if (r < 0)
        return start_surprise(r, "settings");
    if (log_set_levels(str_of(ret->log_levels)) < 0) {
        reason_set(&why, REASON_FIELD_INVALID, 0, "OPERATOR_LOG_LEVEL: '%.200s' names no levels", ret->log_levels);
        return start_refuse(&why, SUPERVISOR_EXIT_CONFIG);
    }
    int journal = -1;
    if (journal_open(&journal) == 0)
        log_open_journal(journal, "sluice-supervisor"); /* for the rest of our life */
    else
        log_open(STDERR_FILENO, ret->log_json ? LOG_FORMAT_JSON : LOG_FORMAT_TEXT);
    unknown_settings_log(environ);
    return 0;
}
