/* See the header. */
#include "supervisor/review/review_body.h"

#include "common/model/kind.h"

static int begin(const char *api_version, const char *kind, struct json **ret, struct json **ret_spec)
{
    struct json *body CLEANUP(json_freep) = json_new_object();
    int r = body ? json_set_text(body, "apiVersion", api_version) : -ENOMEM;
    if (r == 0)
        r = json_set_text(body, "kind", kind);
    if (r == 0)
        r = json_object_at(body, "spec", ret_spec);
    if (r == 0)
        *ret = TAKE(body);
    return r;
}

int review_token_body(struct str token, struct json **ret)
{
    struct json *body CLEANUP(json_freep) = NULL, *spec = NULL;
    int r = begin("authentication.k8s.io/v1", "TokenReview", &body, &spec);
    if (r == 0)
        r = json_set_take(spec, "token", json_new_str(token));
    if (r == 0)
        *ret = TAKE(body);
    return r;
}

static int copy(const struct json *user, const char *from, struct json *spec, const char *to)
{
    struct json *value = NULL;
    int r = json_get(user, from) ? json_dup(json_get(user, from), &value) : 0;
    return r == 0 && value ? json_set_take(spec, to, value) : r;
}

static int set_path(struct json *spec, const struct review_wish *wish)
{
    struct json *attributes = NULL;
    int r = json_object_at(spec, "nonResourceAttributes", &attributes);
    if (r == 0)
        r = json_set_text(attributes, "path", wish->path);
    return r ? r : json_set_text(attributes, "verb", wish->verb);
}

static int set_wish(struct json *spec, const struct review_wish *wish)
{
    const struct {
        const char *field, *text;
    } rows[] = {{"group", kind_row(KIND_QUEUE_SPLIT)->group},
                {"resource", wish->resource},
                {"subresource", wish->subresource},
                {"verb", wish->verb},
                {"namespace", wish->namespace},
                {"name", wish->name}};
    struct json *attributes = NULL;
    if (wish->path)
        return set_path(spec, wish);
    int r = json_object_at(spec, "resourceAttributes", &attributes);
    for (size_t i = 0; r == 0 && i < sizeof rows / sizeof *rows; i++)
        r = json_set_text(attributes, rows[i].field, rows[i].text);
    return r;
}

int review_access_body(const struct json *user, const struct review_wish *wish, struct json **ret)
{
    struct json *body CLEANUP(json_freep) = NULL, *spec = NULL;
    int r = begin("authorization.k8s.io/v1", "SubjectAccessReview", &body, &spec);
    if (r == 0)
        r = copy(user, "username", spec, "user");
    if (r == 0)
        r = copy(user, "uid", spec, "uid");
    if (r == 0)
        r = copy(user, "groups", spec, "groups");
    if (r == 0)
        r = copy(user, "extra", spec, "extra");
    if (r == 0)
        r = set_wish(spec, wish);
    if (r == 0)
        *ret = TAKE(body);
    return r;
}

static bool says(const struct json *answer, const char *field)
{
    bool value = false;
    return json_bool(json_path(answer, "status", field, NULL), &value) == 0 && value;
}

const struct json *review_user(const struct json *answer)
{
    const struct json *user = json_path(answer, "status", "user", NULL);
    return says(answer, "authenticated") && json_text(json_get(user, "username"))[0] ? user : NULL;
}

/* "denied" ends it, whatever else is said. */
bool review_allows(const struct json *answer) { return says(answer, "allowed") && !says(answer, "denied"); }
