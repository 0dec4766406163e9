/* See ask.h. */
#include "cli/ask.h"

#include <stdio.h>

#define GROUP_FOLDER "/apis/"

enum exit_code ask_exit_code(const struct kube_answer *answer)
{
    unsigned status = answer->status;
    if (kube_answer_ok(answer))
        return EXIT_CODE_OK;
    if (answer->why.code == REASON_KUBE_ACCESS_INVALID)
        return EXIT_CODE_CLIENT_FILE;
    if (status == 0)
        return EXIT_CODE_UNREACHABLE;
    if (answer->why.code == REASON_KIND_NOT_SERVED)
        return EXIT_CODE_ANSWER;
    if (status == 404 || status == 410)
        return EXIT_CODE_NOT_FOUND;
    if (status == 401 || status == 403)
        return EXIT_CODE_NOT_PERMITTED;
    return status >= 400 && status < 500 ? EXIT_CODE_REFUSED : EXIT_CODE_ANSWER;
}

struct asked {
    bool over;
    int exit_code;
    struct json *body;
    struct reason *why;
};

static void ask_done(void *context, const struct kube_answer *answer)
{
    struct asked *asked = context;
    asked->over = true;
    asked->exit_code = ask_exit_code(answer);
    *asked->why = answer->why;
    if (answer->body && json_dup(answer->body, &asked->body) < 0)
        asked->exit_code = reason_set(asked->why, REASON_NONE, EXIT_CODE_INTERNAL, "out of memory");
}

static int ask_once(struct kube_client *client, const char *method, const char *path, const struct json *body,
                    struct json **ret_body, struct reason *why)
{
    struct asked asked = {.why = why};
    struct kube_call *call = NULL;
    int r = ask_send(client, method, path, body, ask_done, &asked, &call);
    while (r == 0 && !asked.over)
        r = loop_turn(kube_client_loop(client));
    if (!asked.over)
        kube_call_cancel(call);
    if (!asked.over)
        return reason_set(why, REASON_NONE, EXIT_CODE_INTERNAL, "%s", strerror(-r));
    if (asked.exit_code == EXIT_CODE_OK && ret_body)
        *ret_body = asked.body;
    else
        json_free(asked.body);
    return asked.exit_code;
}

int ask_whether_installed(struct kube_client *client, struct reason *why)
{
    const struct kind_row *ours = kind_row(KIND_SPLIT_SESSION);
    char path[128];
    struct reason absent;
    snprintf(path, sizeof path, GROUP_FOLDER "%s", ours->api_version);
    if (ask_once(client, "GET", path, NULL, NULL, &absent) != EXIT_CODE_ANSWER ||
        absent.code != REASON_KIND_NOT_SERVED)
        return EXIT_CODE_OK;
    return reason_set(why, REASON_KIND_NOT_SERVED, EXIT_CODE_ANSWER,
                      "Sluice is not installed in this cluster: %s knows no %s", kube_client_name(client),
                      ours->api_version);
}

/* A cluster looks at rights before it looks whether it has such a kind at all. */
int ask_wait(struct kube_client *client, const char *method, const char *path, const struct json *body,
             struct json **ret_body, struct reason *why)
{
    struct reason absent;
    bool ours = strncmp(path, GROUP_FOLDER, strlen(GROUP_FOLDER)) == 0;
    int r = ask_once(client, method, path, body, ret_body, why);
    if (r != EXIT_CODE_NOT_PERMITTED || why->code != REASON_RIGHT_MISSING || !ours ||
        ask_whether_installed(client, &absent) == EXIT_CODE_OK)
        return r;
    *why = absent;
    return EXIT_CODE_ANSWER;
}

int ask_send(struct kube_client *client, const char *method, const char *path, const struct json *body,
             kube_done_fn *done, void *context, struct kube_call **ret)
{
    const struct kube_call_spec spec = {.method = method,
                                        .path = path,
                                        .content = strcmp(method, "PATCH") == 0 ? KUBE_MERGE_PATCH : KUBE_JSON,
                                        .body = body,
                                        .done = done,
                                        .context = context};
    return kube_client_call(client, &spec, ret);
}

int ask_path(enum kind kind, const char *namespace, const char *name, struct buf *buf)
{
    const struct kube_path path = {.resource = kube_resource_of(kind), .namespace = namespace, .name = name};
    return kube_path_build(&path, buf);
}
