/* See check_rights.h. */
#include "cli/check_rights.h"

struct right {
    const char *verb, *group, *resource;
    const char *name; /* NULL: any */
};

/* What `sluice run` does with its session. */
static const struct right session_rights[] = {
    {"create", "sluice.dev", "splitsessions", NULL}, {"list", "sluice.dev", "splitsessions", NULL},
    {"watch", "sluice.dev", "splitsessions", NULL},  {"patch", "sluice.dev", "splitsessions", NULL},
    {"delete", "sluice.dev", "splitsessions", NULL},
};

static int attributes_of(const struct right *right, const char *namespace, struct json *spec)
{
    struct json *attributes = NULL;
    int r = json_object_at(spec, "resourceAttributes", &attributes);
    if (r == 0)
        r = json_set_text(attributes, "namespace", namespace);
    if (r == 0)
        r = json_set_text(attributes, "verb", right->verb);
    if (r == 0)
        r = json_set_text(attributes, "group", right->group);
    if (r == 0)
        r = json_set_text(attributes, "resource", right->resource);
    return r == 0 && right->name ? json_set_text(attributes, "name", right->name) : r;
}

static int review_of(const struct right *right, const char *namespace, struct json **ret)
{
    CLEANUP(json_freep) struct json *review = json_new_object();
    struct json *spec = NULL;
    int r = review ? json_set_text(review, "apiVersion", "authorization.k8s.io/v1") : -ENOMEM;
    if (r == 0)
        r = json_set_text(review, "kind", "SelfSubjectAccessReview");
    if (r == 0)
        r = json_object_at(review, "spec", &spec);
    if (r == 0)
        r = attributes_of(right, namespace, spec);
    if (r == 0)
        *ret = TAKE(review);
    return r;
}

enum right_outcome { RIGHT_MISSES = 1, RIGHT_UNKNOWN };

static int ask_right(const struct connection *connection, const struct right *right, const char *namespace)
{
    CLEANUP(json_freep) struct json *review = NULL;
    CLEANUP(json_freep) struct json *answer = NULL;
    struct reason why;
    bool allowed = false;
    int r = review_of(right, namespace, &review);
    if (r < 0)
        return r;
    if (ask_wait(connection->client, "POST", "/apis/authorization.k8s.io/v1/selfsubjectaccessreviews", review,
                 &answer, &why) != EXIT_CODE_OK ||
        json_bool(json_path(answer, "status", "allowed", NULL), &allowed) < 0)
        return RIGHT_UNKNOWN;
    return allowed ? 0 : RIGHT_MISSES;
}

static int check_right(const struct connection *connection, const struct right *right, const char *namespace,
                       struct findings *findings)
{
    int r = ask_right(connection, right, namespace);
    if (r == RIGHT_MISSES)
        findings_add(findings, FINDING_PROBLEM, "rights", REASON_RIGHT_MISSING,
                     "you may not %s %s%s%s%s%s in namespace %s", right->verb, right->resource,
                     right->group[0] ? "." : "", right->group, right->name ? " " : "", right->name ? right->name : "",
                     namespace);
    return r;
}

int check_rights(const struct connection *connection, const char *namespace, const struct target_ref *target,
                 struct findings *findings)
{
    unsigned before = findings->problems;
    int r = 0;
    for (size_t i = 0; r >= 0 && r != RIGHT_UNKNOWN && i < sizeof session_rights / sizeof *session_rights; i++)
        r = check_right(connection, &session_rights[i], namespace, findings);
    if (target && r >= 0 && r != RIGHT_UNKNOWN) {
        enum kind kind = kind_by_name(str_of(target->api_version), str_of(target->kind));
        const struct kind_row *row = kind_row(kind);
        const struct right split = {"split", row->group, row->plural, target->name};
        r = check_right(connection, &split, namespace, findings);
    }
    if (r == 0 && findings->problems == before)
        findings_add(findings, FINDING_GOOD, "rights", REASON_NONE, "you may split in namespace %s", namespace);
    return r < 0 ? r : 0;
}
