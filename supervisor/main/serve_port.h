/* The operator's HTTP port, for the kubelet and for who reaches it over the network: is it alive, is it ready.
 *
 * /livez and /readyz say yes (200) or no (503), and nothing else about us (S-14). That it is answered is the proof of life:
 * the loop turns; neither an API server nor a broker can take it away. Owns the listening socket. */
#pragma once

#include "common/http/routes.h"

#define SERVE_PORT_DEFAULT 8080

struct serve_port;

struct serve_port_config {
    struct loop *loop;
    uint16_t number;              /* 0: any free one */
    bool (*ready)(void *context); /* asked with each request */
    void *context;
};

/* On every address of this host, IPv6 and IPv4. -EADDRINUSE, -EACCES, -errno. */
MUST_USE int serve_port_new(const struct serve_port_config *config, struct serve_port **ret);
void serve_port_free(struct serve_port *port);
DEFINE_CLEANUP(struct serve_port, serve_port)
uint16_t serve_port_number(const struct serve_port *port);
/* A path of another room, which looks itself who asks. -ENOSPC. */
MUST_USE int serve_port_add_route(struct serve_port *port, const struct http_route *route);
