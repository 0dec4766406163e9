#include "tests/component/guardian/rig.h"

#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <sched.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/sendfile.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/un.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

bool rig_copy_program, rig_own_processes;

int64_t test_now_ms(void)
{
    struct timespec now;
    clock_gettime(CLOCK_MONOTONIC, &now);
    return (int64_t)now.tv_sec * 1000 + now.tv_nsec / 1000000;
}

bool wait_readable(int fd, int timeout_ms)
{
    struct pollfd watch = {.fd = fd, .events = POLLIN};
    return poll(&watch, 1, timeout_ms) == 1;
}

static struct sockaddr_un address_in(const struct rig *rig, const char *name)
{
    struct sockaddr_un address = {.sun_family = AF_UNIX};
    snprintf(address.sun_path, sizeof address.sun_path, "%s/%s", rig->folder, name);
    return address;
}

static void program_copy(const char *to)
{
    int in = open(GUARDIAN_PROGRAM, O_RDONLY | O_CLOEXEC), out = open(to, O_WRONLY | O_CREAT | O_CLOEXEC, 0700);
    struct stat status;
    assert_int_equal(fstat(in, &status), 0);
    for (off_t at = 0; at < status.st_size;)
        assert_true(sendfile(out, in, &at, (size_t)(status.st_size - at)) > 0);
    close(in);
    close(out);
}

static void rig_open(struct rig *rig)
{
    snprintf(rig->folder, sizeof rig->folder, "/tmp/sluice-guardian-XXXXXX");
    assert_non_null(mkdtemp(rig->folder));
    snprintf(rig->program, sizeof rig->program, "%s", GUARDIAN_PROGRAM);
    if (rig_copy_program) {
        snprintf(rig->program, sizeof rig->program, "%s/guardian", rig->folder);
        program_copy(rig->program);
    }
    struct sockaddr_un address = address_in(rig, "control");
    rig->listener = socket(AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC, 0);
    assert_int_equal(bind(rig->listener, (struct sockaddr *)&address, sizeof address), 0);
    assert_int_equal(listen(rig->listener, 8), 0);
}

/* Returns as its PID 1; whoever called waits for that one's end. */
static void enter_container(void)
{
    int status = 0;
    pid_t init = unshare(CLONE_NEWPID) == 0 ? fork() : -1;
    if (init != 0)
        _exit(init > 0 && waitpid(init, &status, 0) == init && WIFEXITED(status) ? WEXITSTATUS(status) : 126);
    prctl(PR_SET_PDEATHSIG, SIGKILL);
}

/* A subreaper is given orphans as PID 1 is. What worker environments must not contain is planted here. */
static void guardian_run(struct rig *rig, char **argv)
{
    int output[2];
    assert_int_equal(pipe2(output, O_CLOEXEC), 0);
    rig->output = output[0];
    fflush(NULL);
    rig->guardian = fork();
    assert_true(rig->guardian >= 0);
    if (rig->guardian > 0) {
        close(output[1]);
        return;
    }
    prctl(PR_SET_PDEATHSIG, SIGKILL);
    if (rig_own_processes)
        enter_container();
    prctl(PR_SET_CHILD_SUBREAPER, 1);
    setenv("AWS_REGION", "eu-north-1", 1);
    setenv("TZ", "UTC", 1);
    setenv("PLANTED_SECRET", "canary", 1);
    signal(SIGUSR1, SIG_IGN);
    umask(022);
    dup2(output[1], STDOUT_FILENO);
    execv(rig->program, argv);
    _exit(126);
}

void rig_start(struct rig *rig, const char *limits)
{
    rig_open(rig);
    char option[] = "--limits-ms", end[] = "--", supervisor[] = FAKE_SUPERVISOR, value[64], control[128];
    snprintf(value, sizeof value, "%s", limits);
    snprintf(control, sizeof control, "%s/control", rig->folder);
    guardian_run(rig, (char *[]){rig->program, option, value, end, supervisor, control, NULL});
}

void rig_start_listen(struct rig *rig, const char *limits)
{
    rig_open(rig);
    rig_run_listen(rig, limits);
}

void rig_run_listen(struct rig *rig, const char *limits)
{
    char listen[] = "--listen", path[128], option[] = "--limits-ms", value[64];
    snprintf(path, sizeof path, "%s/shared/guardian.sock", rig->folder);
    snprintf(value, sizeof value, "%s", limits ? limits : "");
    guardian_run(rig, (char *[]){rig->program, listen, path, limits ? option : NULL, value, NULL});
}

int rig_connect(const struct rig *rig)
{
    struct sockaddr_un address = address_in(rig, "shared/guardian.sock");
    int fd = socket(AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC, 0);
    int64_t deadline = test_now_ms() + WAIT_MS;
    while (connect(fd, (struct sockaddr *)&address, sizeof address) != 0) {
        assert_true(test_now_ms() < deadline);
        poll(NULL, 0, 5); /* between two looks at a state that nothing announces */
    }
    return fd;
}

int rig_wait(struct rig *rig)
{
    int64_t deadline = test_now_ms() + WAIT_MS;
    int status = 0;
    while (waitpid(rig->guardian, &status, WNOHANG) == 0) {
        assert_true(test_now_ms() < deadline);
        poll(NULL, 0, 5);
    }
    rig->guardian = 0;
    return status;
}

void rig_stop(struct rig *rig)
{
    if (rig->guardian > 0) {
        kill(rig->guardian, SIGKILL);
        waitpid(rig->guardian, NULL, 0);
    }
    close(rig->listener);
    close(rig->output);
    static const char *const names[] = {"control", "shared/guardian.sock", "guardian", "guardian.new", "lock"};
    char path[128];
    for (size_t i = 0; i < sizeof names / sizeof *names; i++) {
        snprintf(path, sizeof path, "%s/%s", rig->folder, names[i]);
        unlink(path);
    }
    snprintf(path, sizeof path, "%s/shared", rig->folder);
    rmdir(path);
    assert_int_equal(rmdir(rig->folder), 0);
}

void fake_accept(const struct rig *rig, struct fake *ret)
{
    assert_true(wait_readable(rig->listener, WAIT_MS));
    ret->control = accept4(rig->listener, NULL, NULL, SOCK_CLOEXEC);
    assert_true(ret->control >= 0 && wait_readable(ret->control, WAIT_MS));
    union {
        struct cmsghdr align;
        char bytes[CMSG_SPACE(sizeof(int))];
    } rights;
    struct iovec part = {&ret->hello, 1};
    struct msghdr message = {
        .msg_iov = &part, .msg_iovlen = 1, .msg_control = &rights, .msg_controllen = sizeof rights};
    assert_int_equal(recvmsg(ret->control, &message, MSG_CMSG_CLOEXEC), 1);
    memcpy(&ret->link, CMSG_DATA(&rights.align), sizeof(int));
    struct ucred peer;
    socklen_t size = sizeof peer;
    assert_int_equal(getsockopt(ret->control, SOL_SOCKET, SO_PEERCRED, &peer, &size), 0);
    ret->pid = peer.pid;
}

void fake_close(struct fake *fake)
{
    close(fake->control);
    close(fake->link);
}

void fake_exit(struct fake *fake, unsigned char code)
{
    assert_int_equal(send(fake->control, &code, 1, MSG_NOSIGNAL), 1);
    assert_int_equal(fake_hear(fake), 0);
    fake_close(fake);
}

void fake_kill(struct fake *fake)
{
    assert_int_equal(kill(fake->pid, SIGKILL), 0);
    assert_int_equal(fake_hear(fake), 0);
    fake_close(fake);
}

char fake_hear(const struct fake *fake)
{
    char said = 0;
    assert_true(wait_readable(fake->control, WAIT_MS));
    return (char)(recv(fake->control, &said, 1, 0) == 1 ? said : 0);
}

void bytes_send(int link, const void *data, size_t len)
{
    assert_int_equal(send(link, data, len, MSG_NOSIGNAL), len);
}

void packet_send(int link, uint32_t type, int64_t value, const struct guardian_child *child, const int *fds,
                 size_t fd_count)
{
    struct guardian_packet packet = {.version = GUARDIAN_VERSION, .type = type, .value = value};
    if (child)
        packet.child = *child;
    union {
        struct cmsghdr align;
        char bytes[CMSG_SPACE(8 * sizeof(int))];
    } rights = {
        .align = {.cmsg_level = SOL_SOCKET, .cmsg_type = SCM_RIGHTS, .cmsg_len = CMSG_LEN(fd_count * sizeof(int))}};
    if (fd_count > 0)
        memcpy(CMSG_DATA(&rights.align), fds, fd_count * sizeof(int));
    struct iovec part = {&packet, sizeof packet};
    struct msghdr message = {.msg_iov = &part, .msg_iovlen = 1};
    if (fd_count > 0) {
        message.msg_control = &rights;
        message.msg_controllen = CMSG_SPACE(fd_count * sizeof(int));
    }
    assert_int_equal(sendmsg(link, &message, MSG_NOSIGNAL), sizeof packet);
}

struct guardian_packet packet_expect(int link, uint32_t type)
{
    struct guardian_packet packet;
    assert_true(wait_readable(link, WAIT_MS));
    assert_int_equal(recv(link, &packet, sizeof packet, 0), sizeof packet);
    assert_int_equal(packet.version, GUARDIAN_VERSION);
    assert_int_equal(packet.type, type);
    return packet;
}

void child_seen(int link, const struct guardian_child *child)
{
    packet_send(link, GUARDIAN_EXIT_SEEN, 0, child, NULL, 0);
}

struct guardian_child child_named(const char *split, uint64_t incarnation)
{
    struct guardian_child child = {.kind = GUARDIAN_WORKER, .incarnation = incarnation};
    snprintf(child.split, sizeof child.split, "%s", split);
    snprintf(child.token, sizeof child.token, "token-of-%s", split);
    snprintf(child.spec_hash, sizeof child.spec_hash, "hash-of-%s", split);
    snprintf(child.endpoint, sizeof child.endpoint, "ipc:///run/%s", split);
    return child;
}

static int document_open(const char *data, size_t len)
{
    int fd = memfd_create("document", MFD_CLOEXEC);
    assert_int_equal(write(fd, data, len), len);
    return fd;
}

int worker_order(int link, const struct guardian_child *child, const char *document)
{
    int log[2], lock = memfd_create("lock", MFD_CLOEXEC);
    assert_int_equal(pipe2(log, O_CLOEXEC), 0);
    int fds[] = {open(FAKE_WORKER, O_RDONLY | O_CLOEXEC), log[1], document_open(document, strlen(document)), lock};
    packet_send(link, GUARDIAN_START_WORKER, 0, child, fds, 4);
    for (size_t i = 0; i < 4; i++)
        close(fds[i]);
    return log[0];
}

struct guardian_packet worker_start(int link, const char *split, uint64_t incarnation, const char *document,
                                    int *ret_log, char *ret_text)
{
    struct guardian_child child = child_named(split, incarnation);
    char text[TEXT_SIZE];
    *ret_log = worker_order(link, &child, document);
    struct guardian_packet answer = packet_expect(link, GUARDIAN_CHILD);
    log_read(*ret_log, ret_text ? ret_text : text);
    return answer;
}

int command_order(int link, const struct guardian_child *child, const char *argv, size_t len)
{
    int log[2];
    assert_int_equal(pipe2(log, O_CLOEXEC), 0);
    int fds[] = {document_open(argv, len), log[1]};
    packet_send(link, GUARDIAN_START_COMMAND, 0, child, fds, 2);
    close(fds[0]);
    close(fds[1]);
    return log[0];
}

void log_read(int log, char *ret_text)
{
    size_t len = 0;
    ssize_t more = 1;
    while (more > 0 && !(len >= 4 && memcmp(ret_text + len - 4, "end\n", 4) == 0)) {
        assert_true(wait_readable(log, WAIT_MS));
        more = read(log, ret_text + len, TEXT_SIZE - 1 - len);
        len += more > 0 ? (size_t)more : 0;
    }
    ret_text[len] = '\0';
}

void log_wait_closed(int log)
{
    struct pollfd watch = {.fd = log, .events = 0}; /* POLLHUP comes unasked */
    assert_int_equal(poll(&watch, 1, WAIT_MS), 1);
    close(log);
}
