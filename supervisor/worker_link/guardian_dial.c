/* Connects, and looks who is there: whoever could write to the shared folder could listen in the guardian's place. Only
 * the user counts, for a process of another namespace has no number here. */
#include "supervisor/worker_link/guardian_dial.h"

#include "common/base/fd.h"
#include "common/base/str.h"
#include <sys/socket.h>
#include <sys/un.h>
#include <unistd.h>

int guardian_dial(const char *path, int *ret_fd)
{
    struct sockaddr_un address = {.sun_family = AF_UNIX};
    struct ucred peer;
    socklen_t size = sizeof peer;
    CLEANUP(fd_closep) int fd = socket(AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);
    if (fd < 0)
        return -errno;
    if (str_copy(address.sun_path, sizeof address.sun_path, str_of(path)) != 0)
        return -ENAMETOOLONG;
    if (connect(fd, (struct sockaddr *)&address, sizeof address) < 0 ||
        getsockopt(fd, SOL_SOCKET, SO_PEERCRED, &peer, &size) < 0)
        return -errno;
    if (peer.uid != geteuid())
        return -EPERM;
    *ret_fd = fd;
    fd = -1;
    return 0;
}
