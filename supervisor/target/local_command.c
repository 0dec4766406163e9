/* Commands of LocalServices: started through the guardian, known by id while they run. */
#include <fcntl.h>
#include <signal.h>
#include <stdio.h>
#include <sys/wait.h>
#include <unistd.h>

#include "common/base/fd.h"
#include "supervisor/target/local_target.h"

static int log_open(const struct local_target *target, int *ret_fd)
{
    char path[4096];
    snprintf(path, sizeof path, "%s/target.%s.%s.log", target->services->config.log_dir, target->key.namespace,
             target->key.name);
    int fd = open(path, O_WRONLY | O_CREAT | O_APPEND | O_CLOEXEC | O_NOFOLLOW, 0600);
    if (fd < 0)
        return -errno;
    *ret_fd = fd;
    return 0;
}

static int remember(struct local_services *services, const char *id, uint64_t incarnation)
{
    struct running_command *command = NULL;
    HASH_FIND_STR(services->running, id, command);
    if (!command) {
        command = calloc(1, sizeof *command);
        if (!command)
            return -ENOMEM;
        if (str_copy(command->id, sizeof command->id, str_of(id)) != 0) {
            free(command);
            return -EINVAL;
        }
        HASH_ADD_STR(services->running, id, command);
    }
    command->incarnation = incarnation;
    return 0;
}

int local_command_start(struct local_target *target, const char *id, const char *const *argv)
{
    int log_fd CLEANUP(fd_closep) = -1;
    uint64_t incarnation = 0;
    int r = log_open(target, &log_fd);
    if (r == 0)
        r = guardian_client_start_command(target->services->config.guardian, id, argv, log_fd, &incarnation);
    return r ? r : remember(target->services, id, incarnation);
}

bool local_command_runs(const struct local_services *services, const char *id)
{
    struct running_command *command = NULL;
    HASH_FIND_STR(services->running, id, command);
    return command != NULL;
}

void local_command_words(int wait_status, const char *log_dir, struct reason *ret)
{
    if (WIFSIGNALED(wait_status) && WTERMSIG(wait_status) == SIGKILL)
        reason_set(ret, REASON_RESTART_FAILED, 0,
                   "the restart command was killed, or ran longer than %d seconds; its output is in %.200s",
                   GUARDIAN_COMMAND_LIMIT_MS / 1000, log_dir);
    else if (WIFSIGNALED(wait_status))
        reason_set(ret, REASON_RESTART_FAILED, 0,
                   "the restart command was ended by signal %d; its output is in %.200s", WTERMSIG(wait_status),
                   log_dir);
    else
        reason_set(ret, REASON_RESTART_FAILED, 0,
                   "the restart command ended with exit code %d; its output is in %.200s", WEXITSTATUS(wait_status),
                   log_dir);
}

void local_services_on_child(struct local_services *services, const struct guardian_child *child)
{
    /* From the table: a command of an earlier supervisor; its end is waited for before another is started. */
    int r = remember(services, child->split, child->incarnation);
    (void)r; /* ignored: without memory for it a second restart may run beside it, which restart commands allow for */
}
