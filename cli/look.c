/* See look.h. */
#include "cli/look.h"

#include "cli/look_line.h"
#include "cli/stream.h"
#include "common/http/client.h"

#include <inttypes.h>
#include <string.h>

struct listening {
    const struct look_request *request;
    int exit_code;
    bool over;
    struct reason *why;
};

static int refused(struct listening *listening, const struct json *line)
{
    enum reason_code code = reason_from_name(str_of(look_member(line, "reason")));
    listening->exit_code = reason_set(listening->why, code, EXIT_CODE_REFUSED, "%s", look_member(line, "message"));
    return 0;
}

static int on_line(void *context, struct str text)
{
    struct listening *listening = context;
    const struct json_limits limits = JSON_LIMITS_DOCUMENT;
    CLEANUP(json_freep) struct json *line = NULL;
    struct json_error error;
    int r = json_parse(text, &limits, &line, &error);
    if (r != 0)
        return r < 0 ? r : -EBADMSG;
    const char *type = look_member(line, "type");
    listening->over = listening->over || strcmp(type, "over") == 0;
    if (strcmp(type, "refused") == 0)
        return refused(listening, line);
    if (strcmp(type, "gone") == 0)
        listening->exit_code =
            reason_set(listening->why, REASON_NONE, EXIT_CODE_ANSWER,
                       "the worker of split '%s' has ended, or does not answer; sluice status says more",
                       json_text(json_path(listening->request->split, "metadata", "name", NULL)));
    return listening->request->on_line(listening->request->context, line);
}

/* {"seconds": N, "filters": [...]} */
static int body_of(const struct look_request *request, struct json **ret)
{
    CLEANUP(json_freep) struct json *body = json_new_object();
    struct json *filters = NULL;
    int r = body ? json_set_int(body, "seconds", request->seconds) : -ENOMEM;
    if (r == 0)
        r = json_dup(request->filters, &filters);
    if (r == 0)
        r = json_set_take(body, "filters", filters);
    if (r == 0)
        *ret = TAKE(body);
    return r;
}

int look_run(const struct connection *connection, const struct look_request *request, struct reason *why)
{
    CLEANUP(buf_deinit) struct buf path = BUF_INIT(KUBE_PATH_BYTES_MAX);
    CLEANUP(json_freep) struct json *body = NULL;
    struct listening listening = {.request = request, .exit_code = EXIT_CODE_OK, .why = why};
    struct stream_spec spec = {.split = request->split,
                               .method = request->filters ? "POST" : "GET",
                               .on_line = on_line,
                               .context = &listening};
    char query[48] = "";
    if (!request->filters)
        snprintf(query, sizeof query, "?seconds=%" PRId64 "%s", request->seconds, request->follow ? "&follow=1" : "");
    int r = stream_path(request->filters ? "try" : "explain", request->split, query, &path);
    if (r == 0 && request->filters)
        r = body_of(request, &body);
    if (r < 0)
        return reason_set(why, REASON_NONE, EXIT_CODE_INTERNAL, "%s", strerror(-r));
    spec.path = path.data;
    spec.body = body;
    r = stream_run(connection, &spec, why);
    return r != EXIT_CODE_OK ? r : listening.exit_code;
}
