/* LocalServices: can their commands be started? Looks at files of this host, which is the supervisor's; what the user may not see
 * is passed over. */
#include "cli/check_rules.h"

#include <sys/stat.h>

/* Names without a path are looked up where the supervisor runs. */
static void check_command(const struct json *service, const char *which, const char *subject,
                          struct findings *findings)
{
    const char *program = json_text(json_at(json_path(service, "spec", which, NULL), 0));
    struct stat status;
    if (program[0] != '/')
        return;
    if (stat(program, &status) < 0) {
        if (errno == ENOENT || errno == ENOTDIR)
            findings_add(findings, FINDING_PROBLEM, subject, REASON_RESTART_FAILED,
                         "its %s command %.300s does not exist", which, program);
        return;
    }
    if (!S_ISREG(status.st_mode) || !(status.st_mode & (S_IXUSR | S_IXGRP | S_IXOTH)))
        findings_add(findings, FINDING_PROBLEM, subject, REASON_RESTART_FAILED,
                     "its %s command %.300s is not executable", which, program);
}

void check_services(const struct check_world *world, const char *target_name, struct findings *findings)
{
    for (size_t i = 0; i < json_count(world->workloads); i++) {
        const struct json *service = json_at(world->workloads, i);
        char subject[CHECK_SUBJECT_SIZE];
        if (target_name && strcmp(json_text(json_path(service, "metadata", "name", NULL)), target_name) != 0)
            continue;
        check_subject(kind_row(KIND_LOCAL_SERVICE)->name, service, subject);
        if (check_verdict(KIND_LOCAL_SERVICE, service, false, findings))
            continue; /* what it tried and how that failed says more than the files */
        check_command(service, "restart", subject, findings);
        check_command(service, "ready", subject, findings);
    }
}
