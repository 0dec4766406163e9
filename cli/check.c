/* sluice check: reads everything there is to know here and prints what the rules make of it. Changes nothing. */
#include "cli/check_filters.h"
#include "cli/check_rights.h"
#include "cli/check_rules.h"
#include "cli/session_build.h"
#include "cli/state.h"
#include "common/base/mono.h"

enum { CHECK_BYTES_MAX = 16 << 20 };

struct check {
    const struct options *options;
    struct client_file file;
    struct target_ref target; /* kind NULL: all targets */
    const char *namespace;    /* NULL: all */
    struct findings findings;
};

/* What was read, owned. */
struct check_read {
    struct json *workloads, *consumers, *registries, *configs, *sessions, *splits;
};

static void read_deinit(struct check_read *read)
{
    json_free(read->workloads);
    json_free(read->consumers);
    json_free(read->registries);
    json_free(read->configs);
    json_free(read->sessions);
    json_free(read->splits);
}

/* A client file that cannot be used is a finding; without any, only the options count. */
static void read_inputs(struct check *check, const char *default_namespace)
{
    struct reason why = {.code = REASON_NONE};
    int r = client_file_read(check->options->file, &check->file, &why);
    if (r == CLIENT_FILE_INVALID)
        findings_add_told(&check->findings, FINDING_PROBLEM, "client file", reason_name(why.code), why.text,
                          reason_next_step(why.code));
    else if (r == 0)
        findings_add(&check->findings, FINDING_GOOD, "client file", REASON_NONE, "is read");
    if (check->options->target && target_parse(str_of(check->options->target), &check->target, &why))
        findings_add_told(&check->findings, FINDING_PROBLEM, "target", reason_name(why.code), why.text,
                          reason_next_step(why.code));
    else if (!check->options->target && check->file.target.kind)
        check->target = check->file.target;
    check->namespace =
        check->options->all_namespaces ? NULL : session_namespace(&check->file, check->options, default_namespace);
}

/* What may not be read is passed over, with a note. */
static int read_list(struct check *check, const struct connection *connection, enum kind kind, const char *namespace,
                     struct json **ret, struct reason *why)
{
    int r = state_list(connection, kind, namespace, ret, why);
    if (r != EXIT_CODE_NOT_PERMITTED)
        return r;
    findings_add(&check->findings, FINDING_NOTE, kind_row(kind)->name, why->code,
                 "you may not read these, so they are not checked");
    return EXIT_CODE_OK;
}

static int append_all(const struct json *from, struct json *to)
{
    int r = 0;
    for (size_t i = 0; r == 0 && i < json_count(from); i++) {
        struct json *copy = NULL;
        r = json_dup(json_at(from, i), &copy);
        if (r == 0)
            r = json_append_take(to, copy);
    }
    return r;
}

/* What can be a target. Not every cluster knows Rollouts. A kind that may not be read says nothing of the others. */
static int read_workloads(struct check *check, const struct connection *connection, struct json **ret,
                          struct reason *why)
{
    static const enum kind here[] = {KIND_LOCAL_SERVICE},
                           there[] = {KIND_DEPLOYMENT, KIND_STATEFUL_SET, KIND_ROLLOUT};
    const enum kind *kinds = connection->cluster ? there : here;
    size_t count = connection->cluster ? sizeof there / sizeof *there : 1;
    CLEANUP(json_freep) struct json *all = json_new_array();
    bool complete = all != NULL;
    for (size_t i = 0; i < count; i++) {
        CLEANUP(json_freep) struct json *list = NULL;
        int r = read_list(check, connection, kinds[i], check->namespace, &list, why);
        if (r != EXIT_CODE_OK && why->code != REASON_KIND_NOT_SERVED)
            return r;
        complete = complete && (list || r != EXIT_CODE_OK) && append_all(list, all) == 0;
    }
    if (complete)
        *ret = TAKE(all);
    return EXIT_CODE_OK;
}

static int read_world(struct check *check, const struct connection *connection, struct check_read *read,
                      struct reason *why)
{
    const struct {
        enum kind kind;
        const char *namespace;
        struct json **list;
    } lists[] = {
        {KIND_SPLIT_SESSION, check->namespace, &read->sessions},
        {KIND_QUEUE_SPLIT, check->namespace, &read->splits},
        {KIND_KAFKA_TOPICS_CONSUMER, check->namespace, &read->consumers},
        {KIND_WORKLOAD_QUEUE_REGISTRY, check->namespace, &read->registries},
        {KIND_KAFKA_CLIENT_CONFIG, NULL, &read->configs},
    };
    int r = EXIT_CODE_OK;
    for (size_t i = 0; r == EXIT_CODE_OK && i < sizeof lists / sizeof lists[0]; i++)
        r = read_list(check, connection, lists[i].kind, lists[i].namespace, lists[i].list, why);
    return r == EXIT_CODE_OK ? read_workloads(check, connection, &read->workloads, why) : r;
}

/* Commands and brokers are looked at where the supervisor runs, which for a cluster is not here. */
static void apply_rules(struct check *check, const struct connection *connection, const struct check_read *read)
{
    CLEANUP(json_freep) struct json *figures = state_figures(connection, check->namespace, read->splits);
    bool cluster = connection->cluster;
    const struct check_world world = {cluster,       read->workloads, read->consumers, read->registries,
                                      read->configs, read->sessions,  read->splits};
    const char *target = check->target.kind ? check->target.name : NULL;
    if (!cluster)
        check_services(&world, target, &check->findings);
    check_resources(&world, target ? &check->target : NULL, &check->findings);
    if (!cluster)
        check_brokers(&world, target, &check->findings);
    if (target)
        check_queues(&world, check->file.queues, target, &check->findings);
    check_state(&world, wall_now_ms(), &check->findings);
    check_filters(connection, &world, figures, &check->findings);
}

/* What a supervisor of this host says beside its resources. */
static void look_here(struct check *check, const struct connection *connection)
{
    CLEANUP(json_freep) struct json *errors = NULL;
    CLEANUP(json_freep) struct json *figures = NULL;
    struct reason why;
    if (ask_wait(connection->client, "GET", "/sluice/v1/errors", NULL, &errors, &why) == EXIT_CODE_OK)
        check_source(errors, &check->findings);
    else
        findings_add_told(&check->findings, FINDING_NOTE, "manifests", reason_name(why.code), why.text, "");
    figures = state_figures(connection, NULL, NULL);
    check_supervisor(figures, &check->findings);
}

/* EXIT_CODE_OK, or an exit status after the finding that says why nothing more can be known. */
static int look(struct check *check, const struct connection *connection)
{
    CLEANUP(read_deinit) struct check_read read = {.workloads = NULL};
    const char *subject = connection->cluster ? "cluster" : "supervisor";
    const struct kube_access *access = &connection->config.access;
    struct reason why = {.code = REASON_NONE};
    int r = read_world(check, connection, &read, &why);
    if (r != EXIT_CODE_OK) {
        findings_add_told(&check->findings, FINDING_PROBLEM, subject, reason_name(why.code), why.text,
                          reason_next_step(why.code));
        return r;
    }
    findings_add(&check->findings, FINDING_GOOD, subject, REASON_NONE, "answers at %s",
                 connection->cluster ? access->server : access->socket_path);
    if (!connection->cluster)
        look_here(check, connection);
    else if (check->namespace && check_rights(connection, check->namespace,
                                              check->target.kind ? &check->target : NULL, &check->findings) < 0)
        return EXIT_CODE_INTERNAL;
    apply_rules(check, connection, &read);
    return EXIT_CODE_OK;
}

static int print(const struct check *check)
{
    CLEANUP(buf_deinit) struct buf text = BUF_INIT(CHECK_BYTES_MAX);
    struct terminal terminal = terminal_of(stdout);
    int r = findings_render(&check->findings, check->options->output_json, &terminal, &text);
    if (r < 0)
        return say_error(r);
    fwrite(text.data, 1, text.len, stdout);
    return check->findings.problems ? EXIT_CODE_FINDINGS : EXIT_CODE_OK;
}

int check_command(const struct options *options)
{
    CLEANUP(connection_close) struct connection connection = {.loop = NULL};
    struct check check = {.options = options};
    if (options->argument_count > 0) {
        say("check takes options only");
        return EXIT_CODE_USAGE;
    }
    int r = connection_open(options, &connection);
    if (r != EXIT_CODE_OK)
        return r;
    findings_init(&check.findings);
    read_inputs(&check, connection_default_namespace(&connection));
    r = look(&check, &connection);
    int printed = print(&check);
    findings_deinit(&check.findings);
    client_file_deinit(&check.file);
    return r == EXIT_CODE_OK ? printed : r;
}
