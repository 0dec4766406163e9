/* Writing of selectors. */
#include "supervisor/target/selector.h"

static int separate(struct buf *buf) { return buf->len ? buf_append_char(buf, ',') : 0; }

static int write_labels(const struct json *labels, struct buf *buf)
{
    struct json_member member;
    int r = 0;
    for (json_first(labels, &member); r == 0 && member.key; json_next(&member)) {
        r = separate(buf);
        if (r == 0)
            r = buf_printf(buf, "%s=%s", member.key, json_text(member.value));
    }
    return r;
}

static int write_values(const struct json *values, struct buf *buf)
{
    int r = 0;
    for (size_t i = 0; r == 0 && i < json_count(values); i++)
        r = buf_printf(buf, "%s%s", i ? "," : "", json_text(json_at(values, i)));
    return r;
}

static int write_expression(const struct json *expression, struct buf *buf)
{
    const char *key = json_text(json_get(expression, "key")), *operator= json_text(json_get(expression, "operator"));
    bool in = strcmp(operator, "In") == 0, not_in = strcmp(operator, "NotIn") == 0;
    int r = separate(buf);
    if (r == 0 && strcmp(operator, "Exists") == 0)
        return buf_append_str(buf, str_of(key));
    if (r == 0 && strcmp(operator, "DoesNotExist") == 0)
        return buf_printf(buf, "!%s", key);
    if (r == 0 && !in && !not_in)
        return SELECTOR_NONE;
    if (r == 0)
        r = buf_printf(buf, "%s %s (", key, in ? "in" : "notin");
    if (r == 0)
        r = write_values(json_get(expression, "values"), buf);
    return r ? r : buf_append_char(buf, ')');
}

int selector_write(const struct json *selector, struct buf *buf)
{
    const struct json *expressions = json_get(selector, "matchExpressions");
    int r = write_labels(json_get(selector, "matchLabels"), buf);
    for (size_t i = 0; r == 0 && i < json_count(expressions); i++)
        r = write_expression(json_at(expressions, i), buf);
    return r == 0 && buf->len == 0 ? SELECTOR_NONE : r;
}
