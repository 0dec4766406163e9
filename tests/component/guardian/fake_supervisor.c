/* Stands where the supervisor stands, and hands its end of the link to the test, which plays the supervisor.
 *
 * fake_supervisor CONTROL: connects there, sends fd 3 with 'I' (inherited from a guardian) or '-', then 'T' or 'H' for
 * each SIGTERM or SIGHUP; one byte from the test is its exit code. */
#include "supervisor/worker_link/guardian_client.h"
#include <poll.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/signalfd.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <unistd.h>

static int control_open(const char *path)
{
    struct sockaddr_un address = {.sun_family = AF_UNIX};
    snprintf(address.sun_path, sizeof address.sun_path, "%s", path);
    int fd = socket(AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC, 0);
    return connect(fd, (struct sockaddr *)&address, sizeof address) == 0 ? fd : -1;
}

static void link_hand_over(int control)
{
    char hello = guardian_client_inherited() ? 'I' : '-';
    union {
        struct cmsghdr align;
        char bytes[CMSG_SPACE(sizeof(int))];
    } rights = {.align = {.cmsg_level = SOL_SOCKET, .cmsg_type = SCM_RIGHTS, .cmsg_len = CMSG_LEN(sizeof(int))}};
    memcpy(CMSG_DATA(&rights.align), &(int){GUARDIAN_FD}, sizeof(int));
    struct iovec part = {&hello, 1};
    struct msghdr message = {
        .msg_iov = &part, .msg_iovlen = 1, .msg_control = &rights, .msg_controllen = CMSG_SPACE(sizeof(int))};
    if (sendmsg(control, &message, MSG_NOSIGNAL) != 1)
        exit(1);
    close(GUARDIAN_FD);
}

int main(int argc, char **argv)
{
    sigset_t set;
    sigemptyset(&set);
    sigaddset(&set, SIGTERM);
    sigaddset(&set, SIGHUP);
    sigprocmask(SIG_SETMASK, &set, NULL);
    int control = argc == 2 ? control_open(argv[1]) : -1, signals = signalfd(-1, &set, SFD_CLOEXEC);
    if (control < 0 || signals < 0)
        return 1;
    link_hand_over(control);
    for (;;) {
        struct pollfd fds[] = {{.fd = control, .events = POLLIN}, {.fd = signals, .events = POLLIN}};
        unsigned char code = 1;
        struct signalfd_siginfo info;
        if (poll(fds, 2, -1) < 0)
            return 1;
        if (fds[0].revents)
            return recv(control, &code, 1, 0) == 1 ? code : 1;
        if (read(signals, &info, sizeof info) == sizeof info &&
            send(control, info.ssi_signo == SIGTERM ? "T" : "H", 1, MSG_NOSIGNAL) != 1)
            return 1;
    }
}
