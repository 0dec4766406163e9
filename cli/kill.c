/* sluice kill: ends sessions by deleting them. Several are tried one after the other; the first failure gives the status. */
#include "cli/state.h"
#include "cli/terminal.h"

struct kill_report {
    bool json;
    struct json *ended;  /* owned: names */
    struct json *failed; /* owned: [{name, message}] */
    int exit_code;
};

static void report_deinit(struct kill_report *report)
{
    json_free(report->ended);
    json_free(report->failed);
}

static int report_failure(struct kill_report *report, const char *name, int exit_code, const struct reason *why)
{
    struct json *row = json_new_object();
    report->exit_code = report->exit_code == EXIT_CODE_OK ? exit_code : report->exit_code;
    if (!report->json)
        say_reason(why);
    int r = row ? json_set_text(row, "name", name) : -ENOMEM;
    if (r == 0)
        r = json_set_text(row, "reason", reason_name(why->code));
    if (r == 0)
        r = json_set_text(row, "message", why->text);
    if (r == 0)
        return json_append_take(report->failed, row);
    json_free(row);
    return r;
}

/* listed: it was there a moment ago; when it is not any more, it has ended by itself. */
static int kill_one(const struct connection *connection, const char *namespace, const char *name, bool listed,
                    struct kill_report *report)
{
    CLEANUP(buf_deinit) struct buf path = BUF_INIT(KUBE_PATH_BYTES_MAX);
    struct reason why;
    int r = ask_path(KIND_SPLIT_SESSION, namespace, name, &path);
    if (r < 0)
        return r;
    int exit_code = ask_wait(connection->client, "DELETE", path.data, NULL, NULL, &why);
    bool ended = listed && exit_code == EXIT_CODE_NOT_FOUND;
    if (exit_code != EXIT_CODE_OK && !ended)
        return report_failure(report, name, exit_code, &why);
    if (!report->json)
        say("session %s %s", name, ended ? "has ended already" : "is being ended");
    return json_append_take(report->ended, json_new_text(name));
}

/* Every session that is not over. */
static int kill_all(const struct connection *connection, const char *namespace, struct kill_report *report)
{
    CLEANUP(json_freep) struct json *sessions = NULL;
    struct reason why;
    int exit_code = state_list(connection, KIND_SPLIT_SESSION, namespace, &sessions, &why);
    if (exit_code != EXIT_CODE_OK)
        return report_failure(report, "", exit_code, &why);
    int r = 0;
    for (size_t i = 0; r == 0 && i < json_count(sessions); i++) {
        const struct json *session = json_at(sessions, i), *metadata = json_get(session, "metadata");
        const char *phase = json_text(json_path(session, "status", "phase", NULL));
        if (strcmp(phase, "Ended") != 0 && strcmp(phase, "Failed") != 0)
            r = kill_one(connection, json_text(json_get(metadata, "namespace")),
                         json_text(json_get(metadata, "name")), true, report);
    }
    if (r == 0 && json_count(report->ended) + json_count(report->failed) == 0 && !report->json)
        say("no session runs");
    return r;
}

static int report_print(struct kill_report *report)
{
    CLEANUP(json_freep) struct json *object = json_new_object();
    CLEANUP(buf_deinit) struct buf text = BUF_INIT(KUBE_ANSWER_BYTES_MAX);
    int r = object ? json_set_take(object, "ended", TAKE(report->ended)) : -ENOMEM;
    if (r == 0)
        r = json_set_take(object, "failed", TAKE(report->failed));
    if (r == 0)
        r = json_write(object, JSON_PRETTY, &text);
    if (r == 0)
        printf("%s\n", text.data);
    return r;
}

static int kill_them(const struct connection *connection, const struct options *options, struct kill_report *report)
{
    const char *namespace = connection_namespace(connection, options);
    int r = report->ended && report->failed ? 0 : -ENOMEM;
    if (r == 0 && options->all)
        r = kill_all(connection, namespace, report);
    for (size_t i = 0; r == 0 && i < options->argument_count; i++)
        r = kill_one(connection, namespace, options->arguments[i], false, report);
    return r == 0 && report->json ? report_print(report) : r;
}

int kill_command(const struct options *options)
{
    CLEANUP(connection_close) struct connection connection = {.loop = NULL};
    CLEANUP(report_deinit) struct kill_report report = {options->output_json, json_new_array(), json_new_array(), 0};
    if (options->all == (options->argument_count > 0) || (options->all_namespaces && !options->all)) {
        say("kill takes the names of sessions, or --all (and -A with it)");
        return EXIT_CODE_USAGE;
    }
    int r = connection_open(options, &connection);
    if (r != EXIT_CODE_OK)
        return r;
    r = kill_them(&connection, options, &report);
    return r < 0 ? say_error(r) : report.exit_code;
}
