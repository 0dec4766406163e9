/* Parses level strings, ours and those that RUST_LOG users have, and answers which level counts. Pure; fails only on
 * text that is no level string. Names that are not ours are kept and match nothing. */
#include "common/base/log_levels.h"
#include <ctype.h>
#include <strings.h>

enum { LOG_LEVEL_UNSET = -2 };

static const struct {
    const char *name;
    int level;
} level_names[] = {
    {"error", LOG_LEVEL_ERROR}, {"warn", LOG_LEVEL_WARN},    {"info", LOG_LEVEL_INFO}, {"debug", LOG_LEVEL_DEBUG},
    {"trace", LOG_LEVEL_TRACE}, {"warning", LOG_LEVEL_WARN}, {"off", LOG_LEVEL_OFF},
};

/* Crate of an old level string -> component; "" means the default level. */
static const struct {
    const char *crate;
    const char *component;
} old_names[] = {
    {"operator_sqs_splitting", "worker.sqs"},
    {"operator_kafka_splitting", "worker.kafka"},
    {"operator_rmq_splitting", "worker.amqp"},
    {"mirrord", ""},
    {"operator", ""},
};

const char *log_level_name(enum log_level level) { return level_names[level].name; }

static struct str trim(struct str s)
{
    while (s.len > 0 && isspace((unsigned char)s.data[0]))
        s = (struct str){s.data + 1, s.len - 1};
    while (s.len > 0 && isspace((unsigned char)s.data[s.len - 1]))
        s.len--;
    return s;
}

static int level_from_name(struct str name, int *ret)
{
    for (size_t i = 0; i < sizeof level_names / sizeof *level_names; i++)
        if (strlen(level_names[i].name) == name.len && strncasecmp(level_names[i].name, name.data, name.len) == 0) {
            *ret = level_names[i].level;
            return 0;
        }
    return -EINVAL;
}

/* The component that a name means. Modules ("crate::module") of a known crate mean the whole component; modules of
 * the two crates that mean the default level mean nothing here, and are kept as the unknown names that they are. */
static struct str component_of(struct str name)
{
    ptrdiff_t colons = str_find(name, STR("::"));
    struct str crate = {name.data, colons < 0 ? name.len : (size_t)colons};

    for (size_t i = 0; i < sizeof old_names / sizeof *old_names; i++) {
        struct str component = str_of(old_names[i].component);
        if (str_equal(crate, str_of(old_names[i].crate)) && (component.len > 0 || colons < 0))
            return component;
    }
    return name;
}

static void raise_level(int *level, int to)
{
    if (to > *level)
        *level = to;
}

static int add_rule(struct log_levels *levels, struct str component, int level)
{
    if (component.len == 0) {
        raise_level(&levels->fallback, level);
        return 0;
    }
    for (size_t i = 0; i < levels->count; i++)
        if (str_equal(str_of(levels->rules[i].name), component)) {
            raise_level(&levels->rules[i].level, level);
            return 0;
        }
    if (levels->count == LOG_LEVELS_RULES_MAX ||
        str_copy(levels->rules[levels->count].name, LOG_LEVELS_NAME_SIZE, component) < 0)
        return -EINVAL;
    levels->rules[levels->count++].level = level;
    return 0;
}

static int parse_item(struct log_levels *levels, struct str item)
{
    const char *equals = memrchr(item.data, '=', item.len);
    struct str name = {item.data, equals ? (size_t)(equals - item.data) : 0};
    struct str level_text = equals ? (struct str){equals + 1, item.len - name.len - 1} : item;
    int level;

    name = trim(name);
    if (level_from_name(trim(level_text), &level) < 0 || (equals && name.len == 0))
        return -EINVAL;
    return add_rule(levels, component_of(name), level);
}

static int parse_items(struct log_levels *levels, struct str text)
{
    while (text.len > 0) {
        const char *comma = memchr(text.data, ',', text.len);
        struct str item = {text.data, comma ? (size_t)(comma - text.data) : text.len};
        text = (struct str){text.data + item.len, text.len - item.len};
        if (comma)
            text = (struct str){text.data + 1, text.len - 1};
        item = trim(item);
        if (item.len == 0)
            continue;
        int r = parse_item(levels, item);
        if (r < 0)
            return r;
    }
    return 0;
}

int log_levels_parse(struct str text, struct log_levels *ret)
{
    struct log_levels levels = {.fallback = LOG_LEVEL_UNSET};

    if (text.len > LOG_LEVELS_TEXT_MAX)
        return -EINVAL;
    int r = parse_items(&levels, text);
    if (r < 0)
        return r;
    if (levels.fallback == LOG_LEVEL_UNSET)
        levels.fallback = LOG_LEVEL_INFO;
    *ret = levels;
    return 0;
}

static bool rule_covers(const char *rule, size_t len, const char *component)
{
    return strncmp(component, rule, len) == 0 && (component[len] == '\0' || component[len] == '.');
}

int log_levels_of(const struct log_levels *levels, const char *component)
{
    int level = levels->fallback;
    size_t best = 0;

    for (size_t i = 0; i < levels->count; i++) {
        size_t len = strlen(levels->rules[i].name);
        if (len > best && rule_covers(levels->rules[i].name, len, component)) {
            best = len;
            level = levels->rules[i].level;
        }
    }
    return level;
}

int log_levels_max(const struct log_levels *levels)
{
    int level = levels->fallback;

    for (size_t i = 0; i < levels->count; i++)
        raise_level(&level, levels->rules[i].level);
    return level;
}
