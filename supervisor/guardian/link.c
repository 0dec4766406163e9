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
    int len = snprintf(address.sun_path, sizeof address.sun_path, "%s", g->options.socket_path);
    mode_t before = umask(077);
    g->listen_fd = socket(AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);
    unlink(g->options.socket_path); /* ignored: of a guardian before us; bind says the rest */
    bool bound = len < (int)sizeof address.sun_path &&
                 bind(g->listen_fd, (struct sockaddr *)&address, sizeof address) == 0 && listen(g->listen_fd, 4) == 0;
    umask(before);
    return bound;
}

void link_set(struct guardian *g, int fd)
{
    if (g->link_fd >= 0)
        close(g->link_fd);
    g->link_fd = fd;
    g->heard_ms = now_ms();
    g->bad_packets = 0;
    g->table_told = false;
    for (struct child *child = g->children; child < CHILDREN_END(g); child++)
        child->told = CHILD_FREE;
}

static bool well_formed(const struct guardian_packet *packet, const struct msghdr *message, ssize_t len, size_t fds)
{
    static const unsigned char fds_wanted[] = {
        [GUARDIAN_START_WORKER] = 4, [GUARDIAN_START_COMMAND] = 2, [GUARDIAN_EXIT_SEEN] = 0};
    return len == sizeof *packet && !(message->msg_flags & (MSG_TRUNC | MSG_CTRUNC)) &&
           packet->version == GUARDIAN_VERSION && packet->type >= GUARDIAN_START_WORKER &&
           packet->type <= GUARDIAN_EXIT_SEEN && fds == fds_wanted[packet->type] && TERMINATED(packet->child.split) &&
           TERMINATED(packet->child.token) && TERMINATED(packet->child.spec_hash) &&
           TERMINATED(packet->child.endpoint) &&
           (packet->type != GUARDIAN_SIGNAL || (packet->value > 0 && packet->value <= SIGRTMAX));
}

static void obey(struct guardian *g, struct guardian_packet *packet, const int *fds)
{
    _Static_assert((int)GUARDIAN_START_WORKER == GUARDIAN_WORKER && (int)GUARDIAN_START_COMMAND == GUARDIAN_COMMAND,
                   "");
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
}

/* false: nothing more to read now. */
static bool read_one(struct guardian *g)
{
    _Alignas(struct cmsghdr) char control[CMSG_SPACE(FDS_MAX * sizeof(int))];
    struct guardian_packet packet;
    struct iovec part = {.iov_base = &packet, .iov_len = sizeof packet};
    struct msghdr message = {
        .msg_iov = &part, .msg_iovlen = 1, .msg_control = &control, .msg_controllen = sizeof control};
    ssize_t len = recvmsg(g->link_fd, &message, MSG_DONTWAIT | MSG_CMSG_CLOEXEC);
    if (len <= 0) {
        if (len == 0 || (errno != EAGAIN && errno != EINTR))
            link_set(g, -1); /* its exit follows; if not, the missing heartbeat ends it */
        return false;
    }
    struct cmsghdr *rights = CMSG_FIRSTHDR(&message);
    size_t fds_bytes = rights ? rights->cmsg_len - CMSG_LEN(0) : 0, fd_count = fds_bytes / sizeof(int);
    int fds[FDS_MAX];
    if (rights)
        memcpy(fds, CMSG_DATA(rights), fds_bytes);
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
        if (child->state == CHILD_FREE || child->told == child->state)
            continue;
        bool sent = child->state == CHILD_RUNNING ? tell(g, GUARDIAN_CHILD, 0, &child->wire)
                    : child->start_errno          ? tell(g, GUARDIAN_START_FAILED, child->start_errno, &child->wire)
                                                  : tell(g, GUARDIAN_EXIT, child->wait_status, &child->wire);
        if (!sent)
            return false;
        child->told = child->state;
    }
    return g->table_told = g->table_told || tell(g, GUARDIAN_TABLE_END, 0, &g->supervisor.wire);
}
