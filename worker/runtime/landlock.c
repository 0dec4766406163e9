/* Landlock by system calls, of which no library has wrappers. What the running kernel does not know of is left out, so that
 * newer ones take more away. */
#include "worker/runtime/landlock.h"

#include "common/base/fd.h"
#include <fcntl.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <unistd.h>

/* As linux/landlock.h has them; headers of an older kernel lack the later ones. */
#define FS_WRITE_FILE (1ull << 1)
#define FS_READ_FILE (1ull << 2)
#define FS_READ_DIR (1ull << 3)
#define FS_OF_ABI_1 ((1ull << 13) - 1)
#define FS_OF_ABI_2 ((1ull << 14) - 1)
#define FS_OF_ABI_3 ((1ull << 15) - 1)
#define FS_OF_ABI_5 ((1ull << 16) - 1)
#define SCOPE_OF_ABI_6 3ull /* abstract sockets and signals: of processes that we started, and there are none */
#define CREATE_RULESET_VERSION 1u
#define RULE_PATH_BENEATH 1

struct ruleset {
    uint64_t fs, net, scope;
};
struct path_beneath {
    uint64_t allowed;
    int32_t parent_fd;
} __attribute__((packed));

/* Names, certificates, time zones, modules of the name service, and what is asked about the machine. A link's end counts:
 * resolv.conf may lie in /run. */
/* clang-format off */
static const char *const read_paths[] = {
    "/etc", "/usr", "/lib", "/lib64", "/proc/sys", "/sys/devices/system/cpu", "/run/systemd/resolve", "/dev/urandom",
    "/dev/random"};
/* clang-format on */
/* Threads get their names by files of their own. */
static const char *const write_paths[] = {"/dev/null", "/proc/self"};

static const struct {
    const char *variable;
    bool folder;
} aws_paths[] = {
    {"AWS_WEB_IDENTITY_TOKEN_FILE", true},
    {"AWS_CONTAINER_AUTHORIZATION_TOKEN_FILE", true},
    {"AWS_SHARED_CREDENTIALS_FILE", false},
    {"AWS_CONFIG_FILE", false},
};

static int allow(int ruleset, const char *path, uint64_t rights)
{
    struct stat status;
    CLEANUP(fd_closep) int fd = open(path, O_PATH | O_CLOEXEC);
    if (fd < 0)
        return 0; /* ignored: there is none here, so nobody needs it */
    if (fstat(fd, &status) < 0)
        return -errno;
    const struct path_beneath rule = {.allowed = S_ISDIR(status.st_mode) ? rights : rights & ~FS_READ_DIR,
                                      .parent_fd = fd};
    return syscall(SYS_landlock_add_rule, ruleset, RULE_PATH_BENEATH, &rule, 0) < 0 ? -errno : 0;
}

/* The API server's tokens, whatever a variable says (S-12). */
static bool is_kubernetes(const char *path)
{
    static const char *const folders[] = {"/run/secrets/kubernetes.io", "/var/run/secrets/kubernetes.io"};
    for (size_t i = 0; i < sizeof folders / sizeof *folders; i++)
        if (strncmp(path, folders[i], strlen(folders[i])) == 0)
            return true;
    return false;
}

/* Files of keys of AWS that the worker's environment names. Those of tokens are replaced by renaming, often of links beside them:
 * their folders. */
static int allow_aws(int ruleset, const char *variable, bool folder)
{
    const char *named = getenv(variable);
    CLEANUP(cleanup_freep) char *path = named && named[0] == '/' ? strdup(named) : NULL;
    char *slash = path ? strrchr(path, '/') : NULL;
    if (!slash || slash == path)
        return named && named[0] == '/' && !path ? -ENOMEM : 0;
    if (folder)
        *slash = '\0';
    CLEANUP(cleanup_freep) char *place = realpath(path, NULL);
    return !place || is_kubernetes(place) ? 0 : allow(ruleset, place, FS_READ_FILE | FS_READ_DIR);
}

static int allow_all(int ruleset)
{
    int r = 0;
    for (size_t i = 0; r == 0 && i < sizeof read_paths / sizeof *read_paths; i++)
        r = allow(ruleset, read_paths[i], FS_READ_FILE | FS_READ_DIR);
    for (size_t i = 0; r == 0 && i < sizeof write_paths / sizeof *write_paths; i++)
        r = allow(ruleset, write_paths[i], FS_READ_FILE | FS_READ_DIR | FS_WRITE_FILE);
    for (size_t i = 0; r == 0 && i < sizeof aws_paths / sizeof *aws_paths; i++)
        r = allow_aws(ruleset, aws_paths[i].variable, aws_paths[i].folder);
    return r;
}

int worker_landlock(void)
{
    long abi = syscall(SYS_landlock_create_ruleset, NULL, 0, CREATE_RULESET_VERSION);
    if (abi < 1)
        return LANDLOCK_ABSENT; /* -ENOSYS, -EOPNOTSUPP, or -EPERM of a container's filter */
    const struct ruleset rules = {.fs = abi >= 5   ? FS_OF_ABI_5
                                        : abi >= 3 ? FS_OF_ABI_3
                                        : abi == 2 ? FS_OF_ABI_2
                                                   : FS_OF_ABI_1,
                                  .scope = abi >= 6 ? SCOPE_OF_ABI_6 : 0};
    size_t size = abi >= 6 ? sizeof rules : sizeof rules.fs; /* each kernel knows its own size */
    CLEANUP(fd_closep) int fd = (int)syscall(SYS_landlock_create_ruleset, &rules, size, 0);
    if (fd < 0)
        return -errno;
    int r = allow_all(fd);
    return r < 0 ? r : syscall(SYS_landlock_restrict_self, fd, 0) < 0 ? -errno : 0;
}
