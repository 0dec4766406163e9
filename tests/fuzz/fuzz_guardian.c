/* The guardian's end of its link (S-10, S-13): packets as a supervisor gone bad would send them.
 *
 * The input is a run of packets: a byte with the number of descriptors, two with the length (little endian), and the bytes, over a
 * well formed packet of the type in the first of them. Nothing is started and nobody gets a signal: both are caught here. */
#include "supervisor/guardian/guardian.h"
#include "tests/fuzz/fuzz.h"

#define PACKETS_MAX 64
#define FDS_MAX 6

#define expect(condition)     \
    do {                      \
        if (!(condition))     \
            __builtin_trap(); \
    } while (0)

static struct guardian guardian;

int __wrap_kill(pid_t pid, int signal_number);
int __wrap_kill(pid_t pid, int signal_number)
{
    expect(pid < -1 && signal_number > 0 && signal_number <= SIGRTMAX); /* only ever a group of ours */
    return 0;
}

void say(const char *format, ...) { (void)format; }

/* What fork and exec would have done: every other one starts. */
void child_spawn(struct guardian *g, struct child *child, const int *fds)
{
    static int32_t pid = 100000;

    expect(child >= g->children && child < CHILDREN_END(g) && fcntl(fds[0], F_GETFD) >= 0);
    child->wire.pid = pid++;
    child->state = pid % 2 ? CHILD_RUNNING : CHILD_ENDED;
    child->start_errno = pid % 2 ? 0 : ENOENT;
}

static int fds_open(void)
{
    int fd = open("/dev/null", O_RDONLY | O_CLOEXEC); /* the lowest number that is free */

    close(fd);
    return fd;
}

struct wire {
    struct guardian_packet packet;
    char beyond[256]; /* for packets that are too long */
};

/* Over a packet that is right, so that one wrong field is met more often than ten. Returns its length. */
static size_t wire_fill(struct wire *wire, const uint8_t *bytes, size_t size)
{
    size_t given = size > 1 ? size - 1 : 0;

    *wire = (struct wire){.packet = {.version = GUARDIAN_VERSION, .type = size ? bytes[0] % 8 : 0, .value = 15}};
    wire->packet.child.kind = GUARDIAN_WORKER;
    given = given < sizeof *wire ? given : sizeof *wire;
    if (given > 0)
        memcpy((char *)wire, bytes + 1, given);
    return given > 0 && bytes[0] & 0x80 ? given : sizeof wire->packet;
}

static void packet_send(int link, const struct wire *wire, size_t size, size_t fd_count)
{
    _Alignas(struct cmsghdr) char control[CMSG_SPACE(FDS_MAX * sizeof(int))] = {0};
    struct iovec part = {.iov_base = (void *)(uintptr_t)wire, .iov_len = size};
    struct msghdr message = {.msg_iov = &part, .msg_iovlen = 1};
    int fds[FDS_MAX] = {0};

    if (fd_count > 0) {
        message.msg_control = control;
        message.msg_controllen = CMSG_SPACE(fd_count * sizeof(int));
        struct cmsghdr *rights = CMSG_FIRSTHDR(&message);
        *rights = (struct cmsghdr){
            .cmsg_level = SOL_SOCKET, .cmsg_type = SCM_RIGHTS, .cmsg_len = CMSG_LEN(fd_count * sizeof(int))};
        memcpy(CMSG_DATA(rights), fds, fd_count * sizeof(int));
    }
    (void)sendmsg(link, &message, MSG_DONTWAIT | MSG_NOSIGNAL); /* the guardian may have hung up */
}

static void check_table(void)
{
    for (struct child *child = guardian.children; child < CHILDREN_END(&guardian); child++) {
        if (child->state == CHILD_FREE)
            continue;
        expect(child->wire.kind == GUARDIAN_WORKER || child->wire.kind == GUARDIAN_COMMAND);
        expect(memchr(child->wire.split, '\0', GUARDIAN_SPLIT_SIZE) && child->wire.pid >= 100000);
    }
}

static void talk(int link, const uint8_t *data, size_t size)
{
    char answer[sizeof(struct guardian_packet)];
    struct wire wire;

    for (int i = 0; size >= 3 && i < PACKETS_MAX; i++) {
        size_t fd_count = data[0] % (FDS_MAX + 1), length = data[1] + 256u * data[2];

        data += 3;
        size -= 3;
        length = length < size ? length : size;
        packet_send(link, &wire, wire_fill(&wire, data, length), fd_count);
        data += length;
        size -= length;
        link_read(&guardian);
        while (recv(link, answer, sizeof answer, MSG_DONTWAIT) > 0)
            continue;
        check_table();
    }
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    int before = fds_open(), pair[2];

    memset(&guardian, 0, sizeof guardian);
    guardian.link_fd = guardian.listen_fd = -1;
    expect(socketpair(AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC, 0, pair) == 0);
    link_set(&guardian, pair[0]);
    talk(pair[1], data, size);
    close(pair[1]);
    link_set(&guardian, -1);
    expect(fds_open() == before); /* descriptors that came with packets are closed, whatever they were */
    return 0;
}
