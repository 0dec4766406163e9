/* sluice run: from the client file and the options to a session and its command. */
#include "cli/child.h"
#include "cli/run_session.h"
#include "cli/session_build.h"
#include "cli/session_renew.h"
#include "cli/state.h"
#include "cli/terminal.h"

#include <stdlib.h>

enum { RENEW_MS_MAX = 3600000, RENEW_MS_MIN = 50 };

/* SLUICE_RENEW_MS, for supervisors whose sessions count as unused after another time. */
static int renew_period(int64_t *ret)
{
    const char *text = getenv("SLUICE_RENEW_MS");
    uint64_t value = SESSION_RENEW_MS;
    if (text && text[0] && (str_to_u64(str_of(text), RENEW_MS_MAX, &value) < 0 || value < RENEW_MS_MIN)) {
        say("SLUICE_RENEW_MS is a number of milliseconds from %d to %d", RENEW_MS_MIN, RENEW_MS_MAX);
        return EXIT_CODE_USAGE;
    }
    *ret = (int64_t)value;
    return EXIT_CODE_OK;
}

static int read_file(const struct options *options, struct client_file *ret)
{
    struct reason why;
    int r = client_file_read(options->file, ret, &why);
    if (r == 0 || r == CLIENT_FILE_ABSENT)
        return EXIT_CODE_OK;
    if (r < 0)
        return say_error(r);
    say_reason(&why);
    return EXIT_CODE_CLIENT_FILE;
}

/* What the resources of the namespace declare; a list that cannot be read is not known, and the supervisor says what is wrong. */
struct lists {
    struct json *consumers, *registries;
};

static void lists_deinit(struct lists *lists)
{
    json_free(lists->consumers);
    json_free(lists->registries);
}

static void read_lists(const struct connection *connection, const char *namespace, struct lists *ret)
{
    struct reason why;
    if (state_list(connection, KIND_KAFKA_TOPICS_CONSUMER, namespace, &ret->consumers, &why) != EXIT_CODE_OK)
        ret->consumers = NULL;
    if (state_list(connection, KIND_WORKLOAD_QUEUE_REGISTRY, namespace, &ret->registries, &why) != EXIT_CODE_OK)
        ret->registries = NULL;
}

/* The owner is whom the API knows us as: a supervisor by the socket's other end, a cluster by our credentials. Options that are
 * wrong are told before anybody is asked. */
static int build(const struct connection *connection, const struct options *options, const struct client_file *file,
                 struct json **ret)
{
    CLEANUP(lists_deinit) struct lists lists = {.consumers = NULL};
    struct declared declared = {.consumers = NULL};
    struct session_owner owner;
    struct reason why;
    const char *namespace = connection_default_namespace(connection);
    bool needs_types = session_needs_types(file, options);
    session_owner_read(&owner);
    int r = session_build(file, options, &owner, namespace, &declared, ret, &why);
    if (r == 0 && needs_types)
        read_lists(connection, session_namespace(file, options, namespace), &lists);
    declared = (struct declared){lists.consumers, lists.registries};
    if (r == 0 && connection->cluster) {
        r = ask_whether_installed(connection->client, &why);
        if (r == EXIT_CODE_OK)
            r = connection_username(connection, owner.username, &why);
        if (r != EXIT_CODE_OK) {
            say_reason(&why);
            return r;
        }
    }
    if (r == 0 && (needs_types || connection->cluster)) {
        json_free(TAKE(*ret));
        r = session_build(file, options, &owner, namespace, &declared, ret, &why);
    }
    if (r < 0)
        return say_error(r);
    if (r > 0)
        say_reason(&why);
    return r > 0 ? EXIT_CODE_USAGE : EXIT_CODE_OK;
}

/* Before anybody is asked for a session, for which the application would be restarted. */
static int look_up(const char *program)
{
    switch (child_look_up(program)) {
    case CHILD_NOT_FOUND:
        say("%s: not found", program);
        return EXIT_CODE_NO_COMMAND;
    case CHILD_NOT_EXECUTABLE:
        say("%s: %s", program, strerror(errno));
        return EXIT_CODE_NOT_EXECUTABLE;
    }
    return EXIT_CODE_OK;
}

int run_command(const struct options *options)
{
    CLEANUP(client_file_deinit) struct client_file file = {.queues = NULL};
    CLEANUP(json_freep) struct json *session = NULL;
    CLEANUP(connection_close) struct connection connection = {.loop = NULL};
    struct run_plan plan = {&connection, NULL, &file, options->arguments, 0, options->output_json};
    if (options->argument_count == 0) {
        say("no command to run; for example: sluice run -- python app.py");
        return EXIT_CODE_USAGE;
    }
    int r = renew_period(&plan.renew_ms);
    if (r == EXIT_CODE_OK)
        r = read_file(options, &file);
    if (r == EXIT_CODE_OK)
        r = look_up(options->arguments[0]);
    if (r == EXIT_CODE_OK)
        r = connection_open(options, &connection);
    if (r == EXIT_CODE_OK)
        r = build(&connection, options, &file, &session);
    plan.session = session;
    return r == EXIT_CODE_OK ? run_session(&plan) : r;
}
