/* An environment as a file in systemd's EnvironmentFile syntax. Pure; refuses names that such a file cannot hold. */
#include <ctype.h>

#include "supervisor/target/environment.h"

static bool name_is_valid(const char *name)
{
    if (!name[0] || isdigit((unsigned char)name[0]))
        return false;
    for (const char *at = name; *at; at++)
        if (!isalnum((unsigned char)*at) && *at != '_')
            return false;
    return true;
}

/* Inside double quotes systemd and sh both read \" \\ \$ \` as the character; line breaks stand as they are. */
static int write_value(const char *value, struct buf *buf)
{
    int r = buf_append_char(buf, '"');
    for (const char *at = value; r == 0 && *at; at++) {
        if (strchr("\"\\$`", *at))
            r = buf_append_char(buf, '\\');
        if (r == 0)
            r = buf_append_char(buf, *at);
    }
    return r ? r : buf_append_char(buf, '"');
}

int environment_write(const struct environment *environment, struct buf *buf)
{
    int r = 0;
    for (size_t i = 0; r == 0 && i < environment->count; i++) {
        const struct env_variable *variable = &environment->variables[i];
        if (!name_is_valid(variable->name))
            continue; /* a name with '.' or '-' cannot stand there, as in systemd itself: it is left out, not an error */
        r = buf_printf(buf, "%s=", variable->name);
        if (r == 0)
            r = write_value(variable->value, buf);
        if (r == 0)
            r = buf_append_char(buf, '\n');
    }
    return r;
}
