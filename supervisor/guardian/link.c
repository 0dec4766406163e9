/* The connection to the supervisor: obeys its packets, tells it the table. Never blocks: what is not read stays untold,
 * and no further order is read before the answers to the last one were sent. Nothing is interpreted before it was found
 * well formed; enough of what is not ends the supervisor. Descriptors of a packet are closed here, whatever it was. */
#include "supervisor/guardian/guardian.h"

#define FDS_MAX 4
#define PACKETS_A_TURN_MAX 64 /* then children are reaped again */
#define TERMINATED(array) (memchr(array, '\0', sizeof(array)) != NULL)

bool link_listen(struct guardian *g)
{
    struct sockaddr_un address = {.sun_family = AF_UNIX};
    const char *path = g->options.listen_path, *slash = strrchr(path, '/');
    struct stat dir;
    errno = EINVAL;
    if (!slash || strlen(path) >= sizeof address.sun_path)
        return false;
    memcpy(address.sun_path, path, (size_t)(slash - path));
    mkdir(address.sun_path, 0700); /* ignored: it is there already, or lstat finds none */
    if (lstat(address.sun_path, &dir) || dir.st_uid != geteuid() || (dir.st_mode & (S_IFMT | 077)) != S_IFDIR)
        return false;
    memcpy(address.sun_path, path, strlen(path));
    g->listen_fd = socket(AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);
    unlink(path); /* ignored: of a guardian before us; bind says the rest */
    return bind(g->listen_fd, (struct sockaddr *)&address, sizeof address) == 0 && listen(g->listen_fd, 4) == 0 &&
           fcntl(1, F_SETFL, fcntl(1, F_GETFL) | O_NONBLOCK) == 0; /* no worker waits for who reads the output */
}

void link_accept(struct guardian *g)
{
    struct ucred peer;
    int fd = accept4(g->listen_fd, NULL, NULL, SOCK_CLOEXEC);
    if (getsockopt(fd, SOL_SOCKET, SO_PEERCRED, &peer, &(socklen_t){sizeof peer}) == 0 && peer.uid == geteuid() &&
        !(g->pid == 1 && peer.pid)) /* of our container: a worker, which must not see the tokens of others (S-13) */
        link_set(g, fd); /* it holds the lock of the state: whoever was connected before is dead, or was away */
    else
        close(fd); /* ignored: -1, who knocked is gone */
}

void link_set(struct guardian *g, int fd)
{
    close(g->link_fd); /* ignored: -1, there was none */
    g->link_fd = fd;
    g->heard_ms = now_ms();
    g->bad_packets = 0;
    g->table_told = g->ready_told = false;
    for (struct child *child = g->children; child < CHILDREN_END(g); child++)
        child->told = CHILD_FREE;
}

static bool well_formed(const struct guardian_packet *packet, const struct msghdr *message, ssize_t len, size_t fds)
{
    static const size_t want[GUARDIAN_EXIT_SEEN + 1] = {[GUARDIAN_START_WORKER] = 4, [GUARDIAN_START_COMMAND] = 2};
    return len == sizeof *packet && !(message->msg_flags & (MSG_TRUNC | MSG_CTRUNC)) &&
           packet->version == GUARDIAN_VERSION && packet->type >= GUARDIAN_START_WORKER &&
           packet->type <= GUARDIAN_EXIT_SEEN && fds == want[packet->type] && TERMINATED(packet->child.split) &&
           TERMINATED(packet->child.token) && TERMINATED(packet->child.spec_hash) &&
           TERMINATED(packet->child.endpoint) &&
           (packet->type != GUARDIAN_SIGNAL || (packet->value > 0 && packet->value <= SIGRTMAX));
}

static void obey(struct guardian *g, struct guardian_packet *packet, const int *fds)
{
    bool starts = packet->type <= GUARDIAN_START_COMMAND;
    packet->child.kind = starts ? packet->type : packet->child.kind;
    struct child *child = child_find(g, &packet->child);
    if (starts && child)
        child->told = CHILD_FREE; /* ordered twice: told again */
    else if (starts)
        child_spawn(g, child_add(g, &packet->child), fds);
    else if (packet->type == GUARDIAN_SIGNAL && child)
        child_signal(child, (int)packet->value);
    else if (packet->type == GUARDIAN_EXIT_SEEN && child && child->state == CHILD_ENDED)
        child->state = CHILD_FREE;
    else if (packet->type == GUARDIAN_REEXEC)
        g->reexec_wanted = true;
    else if (packet->type == GUARDIAN_HEARTBEAT && !g->ready_told)
        g->ready_told = notify("READY=1");
}

/* false: nothing more to read now. */
static bool read_one(struct guardian *g)
{
    _Alignas(struct cmsghdr) char room[CMSG_SPACE(FDS_MAX * sizeof(int))];
    struct guardian_packet packet;
    struct iovec part = {.iov_base = &packet, .iov_len = sizeof packet};
    struct msghdr message = {.msg_iov = &part, .msg_iovlen = 1, .msg_control = room, .msg_controllen = sizeof room};
    ssize_t len = recvmsg(g->link_fd, &message, MSG_DONTWAIT | MSG_CMSG_CLOEXEC);
    if (len <= 0) {
        if (len == 0 || (errno != EAGAIN && errno != EINTR))
            link_set(g, -1); /* its exit follows; if not, the missing heartbeat ends it */
        return false;
    }
    struct cmsghdr *rights = CMSG_FIRSTHDR(&message);
    const int *fds = rights ? (const void *)CMSG_DATA(rights) : NULL;
    size_t fd_count = rights ? (rights->cmsg_len - CMSG_LEN(0)) / sizeof(int) : 0;
    g->heard_ms = now_ms();
    if (well_formed(&packet, &message, len, fd_count))
        obey(g, &packet, fds);
    else if (++g->bad_packets >= GUARDIAN_PACKETS_BAD_MAX)
        supervisor_kill(g, "too many wrong packets");
    while (fd_count > 0)
        close(fds[--fd_count]);
    return true;
}

void link_read(struct guardian *g)
{
    for (int i = 0; i < PACKETS_A_TURN_MAX && g->link_fd >= 0 && link_tell(g) && read_one(g); i++)
        continue;
}

static bool tell(struct guardian *g, enum guardian_packet_type type, int64_t value, const struct guardian_child *wire)
{
    struct guardian_packet packet = {.version = GUARDIAN_VERSION, .type = type, .value = value, .child = *wire};
    bool sent = send(g->link_fd, &packet, sizeof packet, MSG_DONTWAIT | MSG_NOSIGNAL) == sizeof packet;
    if (!sent && errno != EAGAIN && errno != EINTR)
        link_set(g, -1); /* closed: no room will come */
    return sent;
}

bool link_tell(struct guardian *g)
{
    for (struct child *child = g->children; child < CHILDREN_END(g); child++) {
        bool sent = child->state == CHILD_FREE || child->told == child->state ? true
                    : child->state == CHILD_RUNNING ? tell(g, GUARDIAN_CHILD, 0, &child->wire)
                    : child->start_errno            ? tell(g, GUARDIAN_START_FAILED, child->start_errno, &child->wire)
                                                    : tell(g, GUARDIAN_EXIT, child->wait_status, &child->wire);
        if (!sent)
            return false;
        child->told = child->state;
    }
    return g->table_told = g->table_told || tell(g, GUARDIAN_TABLE_END, 0, &g->supervisor.wire);
}
