/* The listening socket of the HTTP port, and the two paths that say yes or no. Fails as sockets fail. */
#include "supervisor/main/serve_port.h"

#include <netinet/in.h>
#include <stdlib.h>
#include <sys/socket.h>

#include "common/base/fd.h"

struct serve_port {
    struct serve_port_config config;
    struct http_routes routes;
    struct http_server *server;
    uint16_t number;
};

static void say(struct http_response *response, bool yes)
{
    response->status = yes ? 200 : 503;
    if (buf_append_str(&response->body, yes ? STR("ok\n") : STR("no\n")) < 0)
        buf_clear(&response->body); /* ignored: the status says it too */
}

static void on_livez(void *context, const struct http_request *request, struct http_response *response)
{
    (void)context;
    (void)request;
    say(response, true);
}

static void on_readyz(void *context, const struct http_request *request, struct http_response *response)
{
    const struct serve_port *port = context;
    (void)request;
    say(response, port->config.ready(port->config.context));
}

static void on_request(void *context, const struct http_request *request, struct http_response *response)
{
    const struct serve_port *port = context;
    int r = http_routes_serve(&port->routes, request, response);
    if (r == HTTP_ROUTES_NO_PATH)
        response->status = 404;
    else if (r == HTTP_ROUTES_NO_METHOD)
        response->status = 405;
}

/* IPv6 that takes IPv4 too; where the kernel has none, IPv4 alone. */
static int listen_family(int family, uint16_t number, int *ret_fd)
{
    const struct sockaddr_in6 six = {
        .sin6_family = AF_INET6, .sin6_port = htons(number), .sin6_addr = IN6ADDR_ANY_INIT};
    const struct sockaddr_in four = {
        .sin_family = AF_INET, .sin_port = htons(number), .sin_addr.s_addr = htonl(INADDR_ANY)};
    const void *address = family == AF_INET6 ? (const void *)&six : (const void *)&four;
    int fd CLEANUP(fd_closep) = socket(family, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0), yes = 1, no = 0;
    if (fd < 0 || setsockopt(fd, SOL_SOCKET, SO_REUSEADDR, &yes, sizeof yes) < 0 ||
        (family == AF_INET6 && setsockopt(fd, IPPROTO_IPV6, IPV6_V6ONLY, &no, sizeof no) < 0) ||
        bind(fd, address, family == AF_INET6 ? sizeof six : sizeof four) < 0 ||
        listen(fd, HTTP_SERVER_CONNECTIONS_MAX) < 0)
        return -errno;
    *ret_fd = fd;
    fd = -1;
    return 0;
}

static int listen_at(uint16_t number, int *ret_fd)
{
    int r = listen_family(AF_INET6, number, ret_fd);
    return r == -EAFNOSUPPORT || r == -EADDRNOTAVAIL ? listen_family(AF_INET, number, ret_fd) : r;
}

static int number_of(int fd, uint16_t *ret)
{
    union {
        struct sockaddr any;
        struct sockaddr_in ipv4;
        struct sockaddr_in6 ipv6;
    } address = {.ipv6 = {.sin6_port = 0}};
    socklen_t size = sizeof address;
    if (getsockname(fd, &address.any, &size) < 0)
        return -errno;
    *ret = ntohs(address.any.sa_family == AF_INET6 ? address.ipv6.sin6_port : address.ipv4.sin_port);
    return 0;
}

int serve_port_new(const struct serve_port_config *config, struct serve_port **ret)
{
    struct serve_port *port CLEANUP(serve_port_freep) = calloc(1, sizeof *port);
    int fd = -1;
    if (!port)
        return -ENOMEM;
    port->config = *config;
    const struct http_route livez = {"GET", "/livez", on_livez, port}, readyz = {"GET", "/readyz", on_readyz, port};
    int r = http_routes_add(&port->routes, &livez);
    if (r == 0)
        r = http_routes_add(&port->routes, &readyz);
    if (r == 0)
        r = listen_at(config->number, &fd);
    if (r == 0)
        r = number_of(fd, &port->number);
    if (r < 0) {
        fd_closep(&fd);
        return r;
    }
    r = http_server_new(config->loop, fd, on_request, port, &port->server);
    if (r == 0)
        *ret = TAKE(port);
    return r;
}

void serve_port_free(struct serve_port *port)
{
    if (!port)
        return;
    http_server_free(port->server);
    free(port);
}

uint16_t serve_port_number(const struct serve_port *port) { return port->number; }

int serve_port_add_route(struct serve_port *port, const struct http_route *route)
{
    return http_routes_add(&port->routes, route);
}
