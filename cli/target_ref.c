/* See target_ref.h. */
#include "cli/target_ref.h"

#include <strings.h>

struct target_row {
    const char *word;
    const char *kind; /* NULL: refused */
    const char *text; /* API version, or why it is refused */
};

static const struct target_row target_rows[] = {
#define TARGET(word, kind, api_version) {word, kind, api_version},
#define TARGET_REFUSED(word, why) {word, NULL, why},
#include "cli/target.def"
#undef TARGET
#undef TARGET_REFUSED
};

#define FORMS "deployment/NAME, statefulset/NAME, rollout/NAME or localservice/NAME, with /CONTAINER if need be"

/* The next step of the path; at its end an empty one without data. */
static struct str step_take(struct str *path)
{
    if (!path->data)
        return (struct str){NULL, 0};
    const char *slash = memchr(path->data, '/', path->len);
    struct str step = {path->data, slash ? (size_t)(slash - path->data) : path->len};
    *path = slash ? (struct str){slash + 1, path->len - step.len - 1} : (struct str){NULL, 0};
    return step;
}

static const struct target_row *row_of(struct str word)
{
    for (size_t i = 0; i < sizeof target_rows / sizeof target_rows[0]; i++)
        if (str_equal(str_of(target_rows[i].word), word))
            return &target_rows[i];
    return NULL;
}

static int parse_kind(struct str word, struct str text, struct target_ref *target, struct reason *why)
{
    const struct target_row *row = row_of(word);
    if (!row)
        return reason_set(why, REASON_FIELD_INVALID, TARGET_INVALID, "target '%.*s' is none of " FORMS,
                          STR_ARG(text));
    if (!row->kind)
        return reason_set(why, REASON_FIELD_INVALID, TARGET_INVALID, "target '%.*s': %s", STR_ARG(text), row->text);
    target->kind = row->kind;
    target->api_version = row->text;
    return 0;
}

static bool is_name(struct str text)
{
    for (size_t i = 0; i < text.len; i++)
        if (!strchr("abcdefghijklmnopqrstuvwxyz0123456789-.", text.data[i]))
            return false;
    return text.len > 0;
}

int target_parse(struct str text, struct target_ref *ret, struct reason *why)
{
    struct target_ref target = {.kind = NULL};
    struct str path = text, shown = {text.data, text.len < 300 ? text.len : 300};
    int r = parse_kind(step_take(&path), shown, &target, why);
    if (r)
        return r;
    struct str name = step_take(&path), container = step_take(&path);
    if (str_equal(container, STR("container")) && path.data)
        container = step_take(&path);
    if (path.data || !is_name(name) || (container.data && !is_name(container)))
        return reason_set(why, REASON_FIELD_INVALID, TARGET_INVALID, "target '%.*s' is none of " FORMS,
                          STR_ARG(shown));
    if (str_copy(target.name, sizeof target.name, name) < 0 ||
        str_copy(target.container, sizeof target.container, container) < 0)
        return reason_set(why, REASON_FIELD_INVALID, TARGET_INVALID, "target '%.*s': a name is too long",
                          STR_ARG(shown));
    *ret = target;
    return 0;
}
