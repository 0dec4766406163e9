/* Commands of LocalServices: started through the guardian, known by id while they run. */
#include <fcntl.h>
#include <signal.h>
#include <stdio.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include "common/base/fd.h"
#include "supervisor/target/local_target.h"

#define LOG_BYTES_MAX (1 << 20) /* then it becomes the older one of two */

static void log_path(const struct local_target *target, const char *end, char path[PATH_MAX])
{
    char name[NAME_MAX + 1];
    local_target_file_name(target, end, name);
    snprintf(path, PATH_MAX, "%.3000s/%s", target->services->config.log_dir, name);
}

/* No command of the target runs now, so nobody writes to the file that is set aside. */
static int log_open(const struct local_target *target, int *ret_fd)
{
    char path[PATH_MAX], older[PATH_MAX];
    struct stat status;
    log_path(target, ".log", path);
    log_path(target, ".log.1", older);
    if (stat(path, &status) == 0 && status.st_size > LOG_BYTES_MAX)
        rename(path, older); /* ignored: then it grows until the next command */
    int fd = open(path, O_WRONLY | O_CREAT | O_APPEND | O_CLOEXEC | O_NOFOLLOW, 0600);
    if (fd < 0)
        return -errno;
    *ret_fd = fd;
    return 0;
}

static struct running_command *find(const struct local_services *services, const char *id)
{
    struct running_command *command = NULL;
    HASH_FIND_STR(services->running, id, command);
    return command;
}

int local_command_remember(struct local_services *services, const char *id, uint64_t incarnation)
{
    struct running_command *command = find(services, id);
    if (!command) {
        command = calloc(1, sizeof *command);
        int r = command ? str_copy(command->id, sizeof command->id, str_of(id)) : -ENOMEM;
        if (r < 0) {
            free(command);
            return r;
        }
        HASH_ADD_STR(services->running, id, command);
    }
    command->incarnation = incarnation;
    return 0;
}

bool local_command_forget(struct local_services *services, const char *id, uint64_t incarnation)
{
    struct running_command *command = find(services, id);
    if (!command || command->incarnation != incarnation)
        return false;
    HASH_DEL(services->running, command);
    free(command);
    return true;
}

bool local_command_runs(const struct local_services *services, const char *id) { return find(services, id) != NULL; }

int local_command_start(struct local_target *target, const char *id, const char *const *argv)
{
    int log_fd CLEANUP(fd_closep) = -1;
    uint64_t incarnation = 0;
    snprintf(target->program, sizeof target->program, "%s", argv[0]);
    int r = log_open(target, &log_fd);
    if (r == 0)
        r = guardian_client_start_command(target->services->config.guardian, id, argv, log_fd, &incarnation);
    return r ? r : local_command_remember(target->services, id, incarnation);
}

void local_command_words(const struct local_target *target, const char *id, int wait_status, int start_error,
                         struct reason *ret)
{
    char path[PATH_MAX];
    const char *program = target->program[0] ? target->program : "of an earlier supervisor";
    const char *what = strcmp(id, target->restart_id) == 0 ? "restart" : "ready";
    log_path(target, ".log", path);
    ret->code = REASON_NONE;
    if (start_error)
        reason_set(ret, REASON_RESTART_FAILED, 0, "the %s command %s cannot be started: %s", what, program,
                   strerror(start_error));
    else if (WIFSIGNALED(wait_status) && WTERMSIG(wait_status) == SIGKILL)
        reason_set(ret, REASON_RESTART_FAILED, 0,
                   "the %s command %s was killed, or ran longer than %d seconds; its output is in %.300s", what,
                   program, GUARDIAN_COMMAND_LIMIT_MS / 1000, path);
    else if (WIFSIGNALED(wait_status))
        reason_set(ret, REASON_RESTART_FAILED, 0, "the %s command %s was ended by signal %d; its output is in %.300s",
                   what, program, WTERMSIG(wait_status), path);
    else if (wait_status != 0)
        reason_set(ret, REASON_RESTART_FAILED, 0,
                   "the %s command %s ended with exit code %d; its output is in %.300s", what, program,
                   WEXITSTATUS(wait_status), path);
}
