/* A request whose answer is not known yet. MHD's connection sleeps meanwhile, and asks its handler again afterwards. */
#include "common/http/server_internal.h"

struct http_wait {
    struct http_exchange *exchange;
    http_wait_closed_fn *on_closed;
    void *context;
    struct http_wait *next, **slot;
};

int http_response_wait(struct http_response *response, http_wait_closed_fn *on_closed, void *context,
                       struct http_wait **ret)
{
    struct http_exchange *exchange =
        (struct http_exchange *)(void *)((char *)response - offsetof(struct http_exchange, response));
    struct http_server *server = exchange->server;
    struct http_wait *wait = calloc(1, sizeof *wait);

    check(!exchange->wait && !exchange->stream);
    if (!wait)
        return -ENOMEM;
    *wait = (struct http_wait){exchange, on_closed, context, server->waits, &server->waits};
    if (wait->next)
        wait->next->slot = &wait->next;
    server->waits = wait;
    exchange->wait = wait;
    *ret = wait;
    return 0;
}

void http_wait_start(struct http_wait *wait) { MHD_suspend_connection(wait->exchange->mhd); }

void http_wait_over(struct http_wait *wait)
{
    struct http_exchange *exchange = wait->exchange;

    exchange->wait = NULL;
    exchange->waited = wait->context;
    *wait->slot = wait->next;
    if (wait->next)
        wait->next->slot = wait->slot;
    free(wait);
    /* The time that somebody else took is not the client's. */
    http_connection_of(exchange->mhd)->deadline = mono_after(mono_now(), exchange->server->request_ms);
    MHD_resume_connection(exchange->mhd);
    http_server_wake(exchange->server);
}

void http_server_abort_waits(struct http_server *server)
{
    while (server->waits) {
        struct http_wait *wait = server->waits;
        http_wait_closed_fn *on_closed = wait->on_closed;
        void *context = wait->context;
        http_wait_over(wait); /* its handler is not called: the server is closing */
        on_closed(context);
    }
}
