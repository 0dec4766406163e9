/* See connect.h. */
#include "cli/connect.h"
#include "cli/socket_find.h"
#include "cli/terminal.h"

#include <stdlib.h>
#include <unistd.h>

void connection_close(struct connection *connection)
{
    api_free(connection->api);
    loop_free(connection->loop);
    *connection = (struct connection){.loop = NULL};
}

int connection_open(const struct options *options, struct connection *ret)
{
    CLEANUP(connection_close) struct connection connection = {.loop = NULL};
    struct socket_query query = {options->socket, options->context, getenv, "/run/sluice", getuid()};
    struct reason why;
    int r = socket_find(&query, connection.socket, &why);
    if (r) {
        say_reason(&why);
        return r;
    }
    r = loop_new(&connection.loop);
    if (r == 0)
        r = api_new(connection.loop, connection.socket, &connection.api);
    if (r < 0)
        return say_error(r);
    *ret = connection;
    connection = (struct connection){.loop = NULL};
    return EXIT_CODE_OK;
}

static void pause_over(void *context) { *(bool *)context = true; }

void connection_pause(const struct connection *connection, int64_t ms)
{
    CLEANUP(loop_timer_freep) struct loop_timer *timer = NULL;
    bool over = false;
    if (loop_timer_new(connection->loop, pause_over, &over, &timer) < 0)
        return;
    loop_timer_start(timer, ms);
    while (!over && loop_turn(connection->loop) == 0)
        ;
}

const char *connection_namespace(const struct options *options)
{
    if (options->all_namespaces)
        return NULL;
    return options->namespace ? options->namespace : "default";
}
