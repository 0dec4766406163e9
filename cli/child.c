/* See child.h. exec's error comes back through a pipe that a successful exec closes. */
#include "cli/child.h"
#include "cli/exit_code.h"

#include "common/base/fd.h"
#include <fcntl.h>
#include <limits.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/prctl.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

enum {
    ENTRY_BYTES_MAX = 1 << 20,
    DESCRIPTORS = 1024, /* ours have the lowest numbers that were free, so none is beyond */
};

static bool inherited[DESCRIPTORS];

void child_remember_descriptors(void)
{
    for (int fd = 0; fd < DESCRIPTORS; fd++)
        inherited[fd] = fcntl(fd, F_GETFD) >= 0;
}

static void keep_inherited_only(void)
{
    for (int fd = STDERR_FILENO + 1; fd < DESCRIPTORS; fd++)
        if (!inherited[fd])
            fcntl(fd, F_SETFD, FD_CLOEXEC); /* ignored: most are not open */
}

void environment_free(char **environment)
{
    for (size_t i = 0; environment && environment[i]; i++)
        free(environment[i]);
    free(environment);
}
DEFINE_CLEANUP(char *, environment)

static bool is_overridden(const struct json *env, const char *entry)
{
    const char *equals = strchr(entry, '=');
    struct str name = {entry, equals ? (size_t)(equals - entry) : strlen(entry)};
    for (size_t i = 0; i < json_count(env); i++)
        if (str_equal(json_str(json_get(json_at(env, i), "name")), name))
            return true;
    return false;
}

static int entry_new(const struct json *variable, char **ret)
{
    CLEANUP(buf_deinit) struct buf entry = BUF_INIT(ENTRY_BYTES_MAX);
    struct str name = json_str(json_get(variable, "name")), value = json_str(json_get(variable, "value"));
    if (name.len == 0 || !value.data || memchr(name.data, '=', name.len) || memchr(name.data, '\0', name.len) ||
        memchr(value.data, '\0', value.len))
        return -EINVAL;
    int r = buf_append_str(&entry, name);
    if (r == 0)
        r = buf_append_char(&entry, '=');
    if (r == 0)
        r = buf_append_str(&entry, value);
    return r == 0 ? buf_take(&entry, ret) : r;
}

int environment_build(char *const *environment, const struct json *env, char ***ret)
{
    size_t count = 0, used = 0;
    int r = 0;
    while (environment[count])
        count++;
    CLEANUP(environment_freep) char **built = calloc(count + json_count(env) + 1, sizeof *built);
    if (!built)
        return -ENOMEM;
    for (size_t i = 0; r == 0 && i < count; i++)
        if (!is_overridden(env, environment[i]))
            r = str_dup(str_of(environment[i]), &built[used++]);
    for (size_t i = 0; r == 0 && i < json_count(env); i++)
        r = entry_new(json_at(env, i), &built[used++]);
    if (r == 0)
        *ret = TAKE(built);
    return r;
}

static int program_outcome(const char *path)
{
    struct stat status;
    if (stat(path, &status) < 0 || (!S_ISDIR(status.st_mode) && access(path, X_OK) < 0))
        return errno == ENOENT || errno == ENOTDIR ? CHILD_NOT_FOUND : CHILD_NOT_EXECUTABLE;
    if (!S_ISDIR(status.st_mode))
        return 0;
    errno = EACCES; /* as exec has it */
    return CHILD_NOT_EXECUTABLE;
}

/* As execvpe(3): a name without a slash is looked up in PATH, where what may not be executed is passed over. */
int child_look_up(const char *program)
{
    char path[PATH_MAX], usual[PATH_MAX] = "";
    const char *rest = getenv("PATH");
    int outcome = CHILD_NOT_FOUND, error = ENOENT;
    if (strchr(program, '/'))
        return program_outcome(program);
    if (!rest && confstr(_CS_PATH, usual, sizeof usual) <= sizeof usual)
        rest = usual;
    for (size_t len; program[0] && rest; rest = rest[len] ? rest + len + 1 : NULL) {
        len = strcspn(rest, ":");
        if ((size_t)snprintf(path, sizeof path, "%.*s%s%s", (int)len, rest, len ? "/" : "", program) >= sizeof path)
            continue;
        int found = program_outcome(path);
        if (found == 0)
            return 0;
        if (found == CHILD_NOT_EXECUTABLE) {
            outcome = found;
            error = errno;
        }
    }
    errno = error;
    return outcome;
}

/* In the child, up to exec. */
__attribute__((noreturn)) static void child_run(char *const *argv, char *const *environment,
                                                const struct child_streams *streams, pid_t parent, int error_fd)
{
    prctl(PR_SET_PDEATHSIG, SIGTERM);
    if (getppid() != parent)
        _exit(EXIT_CODE_INTERNAL); /* the parent died before it could be watched */
    if ((streams->input >= 0 && dup2(streams->input, STDIN_FILENO) < 0) ||
        (streams->output >= 0 && dup2(streams->output, STDOUT_FILENO) < 0))
        _exit(EXIT_CODE_INTERNAL);
    keep_inherited_only();
    signal(SIGPIPE, SIG_DFL); /* the HTTP library may ignore it, and exec would keep that */
    execvpe(argv[0], argv, environment);
    int error = errno;
    ssize_t written = write(error_fd, &error, sizeof error);
    _exit(written == sizeof error ? EXIT_CODE_NOT_EXECUTABLE : EXIT_CODE_INTERNAL);
}

/* 0 once exec has succeeded, else its errno. */
static int exec_error(int fd)
{
    int error = 0;
    ssize_t got;
    do
        got = read(fd, &error, sizeof error);
    while (got < 0 && errno == EINTR);
    return got == sizeof error ? error : 0;
}

int child_start(char *const *argv, char *const *environment, const struct child_streams *streams, pid_t *ret)
{
    static const struct child_streams own = {-1, -1};
    int pipe_fds[2];
    pid_t parent = getpid();
    if (pipe2(pipe_fds, O_CLOEXEC) < 0)
        return -errno;
    CLEANUP(fd_closep) int reader = pipe_fds[0];
    CLEANUP(fd_closep) int writer = pipe_fds[1];
    pid_t pid = fork();
    if (pid < 0)
        return -errno;
    if (pid == 0)
        child_run(argv, environment, streams ? streams : &own, parent, writer);
    fd_closep(&writer);
    int error = exec_error(reader);
    if (error == 0) {
        *ret = pid;
        return 0;
    }
    while (waitpid(pid, NULL, 0) < 0 && errno == EINTR)
        ;
    errno = error;
    return error == ENOENT ? CHILD_NOT_FOUND : CHILD_NOT_EXECUTABLE;
}

bool child_reap(pid_t pid, int *ret_exit_code)
{
    int status;
    if (waitpid(pid, &status, WNOHANG) != pid)
        return false;
    *ret_exit_code = WIFSIGNALED(status) ? EXIT_CODE_SIGNAL + WTERMSIG(status) : WEXITSTATUS(status);
    return true;
}
