/* The state in its memfd, and the change of our own binary under living children.
 *
 * The process stays the same one, so children stay its children and their death signal stays armed. A binary that
 * cannot read the table ends, its children with it, and everything is started anew from the supervisor's records. */
#include "supervisor/guardian/guardian.h"

#include <sys/auxv.h>
#include <sys/mman.h>

#define TABLE_VARIABLE "SLUICE_GUARDIAN_TABLE_FD" /* from one image of ours to the next; no child sees it */

static void keep_open(const struct guardian *g, bool keep)
{
    const int fds[] = {g->table_fd, g->link_fd, g->listen_fd};
    for (size_t i = 0; i < sizeof fds / sizeof *fds; i++)
        fcntl(fds[i], F_SETFD, keep ? 0 : FD_CLOEXEC); /* ignored: -1, there is none */
}

struct guardian *reexec_state(void)
{
    const char *given = getenv(TABLE_VARIABLE);
    int fd = given ? (int)strtol(given, NULL, 10) : memfd_create("guardian-table", MFD_CLOEXEC);
    const size_t bytes = sizeof(struct guardian);
    unsetenv(TABLE_VARIABLE);
    if (!given && ftruncate(fd, (off_t)bytes) != 0)
        return NULL;
    struct guardian *g = mmap(NULL, bytes, PROT_READ | PROT_WRITE, MAP_SHARED, fd, 0);
    if (g == MAP_FAILED || lseek(fd, 0, SEEK_END) != (off_t)bytes ||
        (given && (g->version != GUARDIAN_VERSION || g->bytes != bytes || g->pid != getpid())))
        return NULL;
    if (!given) { /* the rest is zero */
        g->version = GUARDIAN_VERSION;
        g->bytes = (uint32_t)bytes;
        g->pid = getpid();
        g->link_fd = g->listen_fd = -1;
        g->supervisor_kill_at_ms = GUARDIAN_NEVER;
    }
    g->table_fd = fd;
    keep_open(g, false);
    return g;
}

void reexec(struct guardian *g, char **argv)
{
    char number[16];
    g->reexec_wanted = false;
    snprintf(number, sizeof number, "%d", g->table_fd);
    say("re-exec");
    keep_open(g, true);
    if (setenv(TABLE_VARIABLE, number, 1) == 0)
        execv((const char *)getauxval(AT_EXECFN), argv); /* where we were found, and a newer binary lies now */
    say("re-exec failed errno=%d", errno);
    unsetenv(TABLE_VARIABLE);
    keep_open(g, false);
}
