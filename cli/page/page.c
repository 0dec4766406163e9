/* sluice page: the listener and the main loop. */
#include "cli/page/page.h"
#include "cli/terminal.h"

#include <arpa/inet.h>
#include <netinet/in.h>
#include <sys/socket.h>
#include <unistd.h>

#include "common/base/fd.h"

enum { TEXT_BYTES_MAX = 64 << 20 };

static void page_deinit(struct page *page)
{
    http_server_free(page->server); /* ends tasks and streams */
    for (size_t i = 0; i < PAGE_LOGS_MAX; i++)
        page_log_close(&page->logs[i]);
    page_logs_sweep(page);
    buf_deinit(&page->status_text);
    buf_deinit(&page->figures_text);
    json_free(page->events);
    state_deinit(&page->state);
    connection_close(&page->connection);
}

/* The loopback alone: nobody else's machine reaches it. */
static int listen_at(uint16_t wanted, int *ret_fd, uint16_t *ret_port)
{
    struct sockaddr_in address = {
        .sin_family = AF_INET, .sin_port = htons(wanted), .sin_addr.s_addr = htonl(INADDR_LOOPBACK)};
    socklen_t size = sizeof address;
    CLEANUP(fd_closep) int fd = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);
    int yes = 1;
    if (fd < 0 || setsockopt(fd, SOL_SOCKET, SO_REUSEADDR, &yes, sizeof yes) < 0 ||
        bind(fd, (const struct sockaddr *)&address, sizeof address) < 0 ||
        listen(fd, HTTP_SERVER_CONNECTIONS_MAX) < 0 || getsockname(fd, (struct sockaddr *)&address, &size) < 0)
        return -errno;
    *ret_port = ntohs(address.sin_port);
    *ret_fd = fd;
    fd = -1;
    return 0;
}

static int open_port(struct page *page, uint16_t wanted)
{
    uint16_t port = 0;
    int fd = -1, r = listen_at(wanted, &fd, &port);
    if (r == -EADDRINUSE || r == -EACCES) {
        say("port %u cannot be taken: %s; another one with --port, or any free one without", wanted, strerror(-r));
        return EXIT_CODE_USAGE;
    }
    if (r == 0) {
        page_gate_init(&page->gate, port);
        r = http_server_new(page->connection.loop, fd, page_serve, page, &page->server);
    }
    return r < 0 ? say_error(r) : EXIT_CODE_OK;
}

/* The token stands behind the '#', which browsers keep to themselves: it is in no request, no history of a proxy and no argument. */
static int tell(const struct page *page)
{
    const char *namespace = connection_namespace(&page->connection, page->options);
    if (page->options->output_json)
        printf("{\"url\":\"http://%s/#token=%s\"}\n", page->gate.address, page->gate.token);
    else
        printf("http://%s/#token=%s\n", page->gate.address, page->gate.token);
    if (fflush(stdout) != 0)
        return EXIT_CODE_INTERNAL;
    say("whoever opens this address sees, and may end, what you may in %s%s of %s; until Ctrl-C",
        namespace ? "namespace " : "all namespaces", namespace ? namespace : "",
        kube_client_name(page->connection.client));
    return EXIT_CODE_OK;
}

static int serve(struct page *page)
{
    int r = 0;
    while (r == 0) {
        r = loop_turn(page->connection.loop);
        page_tasks_work(page);
        page_logs_sweep(page);
    }
    return say_error(r);
}

static int port_of(const struct options *options, uint16_t *ret)
{
    uint64_t number = 0;
    if (options->port && (str_to_u64(str_of(options->port), UINT16_MAX, &number) != 0 || number == 0)) {
        say("--port takes a number from 1 to 65535");
        return EXIT_CODE_USAGE;
    }
    *ret = (uint16_t)number;
    return EXIT_CODE_OK;
}

int page_command(const struct options *options)
{
    CLEANUP(page_deinit)
    struct page page = {
        .options = options, .status_text = BUF_INIT(TEXT_BYTES_MAX), .figures_text = BUF_INIT(TEXT_BYTES_MAX)};
    struct reason why;
    uint16_t port = 0;
    if (options->argument_count > 0) {
        say("page takes no names");
        return EXIT_CODE_USAGE;
    }
    int r = port_of(options, &port);
    if (r == EXIT_CODE_OK)
        r = connection_open(options, &page.connection);
    if (r != EXIT_CODE_OK)
        return r;
    r = page_read_status(&page, &why);
    if (r != EXIT_CODE_OK) {
        say_reason(&why);
        return r;
    }
    r = open_port(&page, port);
    if (r == EXIT_CODE_OK)
        r = tell(&page);
    return r == EXIT_CODE_OK ? serve(&page) : r;
}
