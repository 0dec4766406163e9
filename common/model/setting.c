/* Reading of the operator-wide settings. Pure but for the lookup; refuses values that a row does not allow. */
#include "common/model/setting.h"

#include "common/model/annotation.h"
#include <ctype.h>
#include <inttypes.h>
#include <stdio.h>

static int read_COUNT(const char *text, uint64_t max, struct arena *arena, int64_t *ret)
{
    uint64_t number = 0;
    (void)arena;
    if (str_to_u64(str_of(text), max, &number) != 0)
        return SETTING_REFUSED;
    *ret = (int64_t)number;
    return 0;
}

static int read_POSITIVE(const char *text, uint64_t max, struct arena *arena, int64_t *ret)
{
    int r = read_COUNT(text, max, arena, ret);
    return r == 0 && *ret == 0 ? SETTING_REFUSED : r;
}

static int read_TRUTH(const char *text, uint64_t max, struct arena *arena, bool *ret)
{
    (void)max;
    (void)arena;
    *ret = strcmp(text, "true") == 0 || strcmp(text, "1") == 0;
    return *ret || strcmp(text, "false") == 0 || strcmp(text, "0") == 0 ? 0 : SETTING_REFUSED;
}

static int read_TEXT(const char *text, uint64_t max, struct arena *arena, const char **ret)
{
    return strlen(text) > max ? SETTING_REFUSED : arena_str(arena, str_of(text), ret);
}

/* What a row takes, in words. */
#define FORM_SIZE 80
static void say_number(char form[FORM_SIZE], unsigned min, uint64_t max, const char *unit)
{
    snprintf(form, FORM_SIZE, "a whole number%s%.20s from %u to %" PRIu64, unit[0] ? " of " : "", unit, min, max);
}

static void say_COUNT(char form[FORM_SIZE], uint64_t max, const char *unit) { say_number(form, 0, max, unit); }
static void say_POSITIVE(char form[FORM_SIZE], uint64_t max, const char *unit) { say_number(form, 1, max, unit); }

static void say_TRUTH(char form[FORM_SIZE], uint64_t max, const char *unit)
{
    (void)max;
    (void)unit;
    snprintf(form, FORM_SIZE, "true or false");
}

static void say_TEXT(char form[FORM_SIZE], uint64_t max, const char *unit)
{
    (void)unit;
    snprintf(form, FORM_SIZE, "a text of at most %" PRIu64 " bytes", max);
}

static int read_rows(char *(*lookup)(const char *name), struct arena *arena, struct settings *settings,
                     struct reason *why)
{
    const char *text = NULL;
    char form[FORM_SIZE];
    int r = 0;
#define SETTING(field, helm, variable, type, fallback, max, unit, meaning)                                      \
    text = lookup(variable);                                                                                    \
    r = read_##type(text && text[0] ? text : (fallback), max, arena, &settings->field);                         \
    if (r == SETTING_REFUSED) {                                                                                 \
        say_##type(form, max, unit);                                                                            \
        return reason_set(why, REASON_FIELD_INVALID, SETTING_REFUSED,                                           \
                          "environment variable %s (%s): '%.100s' is not %s", variable, helm, text ? text : "", \
                          form);                                                                                \
    }                                                                                                           \
    if (r < 0)                                                                                                  \
        return r;
#include "common/model/setting.def"
#undef SETTING
    return 0;
}

/* The settings that resources can give as annotations have the same words here. */
static int read_split(struct settings *settings, struct reason *why)
{
    const struct {
        const char *annotation, *text;
    } words[] = {{"leftovers", settings->leftovers},
                 {"overlap", settings->overlap},
                 {"auto-offset-reset", settings->auto_offset_reset},
                 {"wait-for-pods", settings->wait_for_pods},
                 {"pin-dependents", settings->pin_dependents},
                 {"drain-timeout", settings->drain_timeout}};
    settings->split = (struct split_settings){
        .restart_timeout_ms = 60000, .ttl_ms = settings->idle_kafka_ttl_ms, .drain_timeout_ms = -1};
    for (size_t i = 0; i < sizeof words / sizeof *words; i++)
        if (words[i].text[0] && !annotation_apply(words[i].annotation, words[i].text, &settings->split))
            return reason_set(why, REASON_FIELD_INVALID, SETTING_REFUSED,
                              "the operator's setting %s: '%.20s' is not a value that it can have",
                              words[i].annotation, words[i].text);
    return 0;
}

/* What is set for all holds for SQS too, but for what is Kafka's own; leftovers go back to their queue unless somebody says
 * otherwise (C-3). */
static int read_sqs_split(struct settings *settings, struct reason *why)
{
    uint64_t linger_ms = 0;
    settings->sqs_split = settings->split;
    settings->sqs_split.restart_timeout_ms = 120000;
    settings->sqs_split.ttl_ms = 0;
    if (!settings->leftovers[0])
        settings->sqs_split.leftovers = LEFTOVERS_RETURN;
    if (!settings->sqs_linger[0])
        return 0;
    if (str_to_u64(str_of(settings->sqs_linger), 31536000000, &linger_ms) != 0)
        return reason_set(why, REASON_FIELD_INVALID, SETTING_REFUSED,
                          "OPERATOR_SQS_SPLITTING_LINGER_TIMEOUT: '%.20s' is not a number of milliseconds",
                          settings->sqs_linger);
    settings->sqs_split.drain_timeout_ms = (int64_t)linger_ms;
    settings->sqs_split.leftovers = LEFTOVERS_DISCARD;
    return 0;
}

/* "scheme://host[:port]" and nothing else: it is where credentials go. */
static int check_endpoint(const char *endpoint, struct reason *why)
{
    struct str rest = str_of(endpoint);
    struct str scheme = str_starts_with(rest, STR("https://")) ? STR("https://") : STR("http://");
    bool right = str_starts_with(rest, scheme) && rest.len > scheme.len;
    for (size_t i = scheme.len; right && i < rest.len; i++)
        right = isalnum((unsigned char)rest.data[i]) || strchr(".-:[]", rest.data[i]);
    if (!endpoint[0] || right)
        return 0;
    return reason_set(why, REASON_FIELD_INVALID, SETTING_REFUSED,
                      "OPERATOR_AWS_ENDPOINT: '%.255s' has not the form scheme://host[:port]", endpoint);
}

static const char *const topic_variables[] = {"{{RANDOM}}", "{{FALLBACK}}", "{{ORIGINAL_TOPIC}}"};
#define TOPIC_VARIABLE_COUNT (sizeof topic_variables / sizeof *topic_variables)

static size_t topic_variable_length(struct str rest)
{
    for (size_t i = 0; i < TOPIC_VARIABLE_COUNT; i++)
        if (str_starts_with(rest, str_of(topic_variables[i])))
            return strlen(topic_variables[i]);
    return 0;
}

/* Beside the variables, only what Kafka allows in the name of a topic. */
static int check_topic_characters(struct str rest, struct reason *why)
{
    while (rest.len) {
        size_t length = topic_variable_length(rest);
        char c = rest.data[0];
        if (!length && !isalnum((unsigned char)c) && c != '.' && c != '_' && c != '-')
            return reason_set(why, REASON_FIELD_INVALID, SETTING_REFUSED,
                              "OPERATOR_KAFKA_SPLITTING_TOPIC_FORMAT: at '%.*s': not allowed in the name of a topic",
                              (int)rest.len, rest.data);
        rest = (struct str){rest.data + (length ? length : 1), rest.len - (length ? length : 1)};
    }
    return 0;
}

static int check_topic_format(const char *format, struct reason *why)
{
    for (size_t i = 0; i < TOPIC_VARIABLE_COUNT; i++)
        if (str_find(str_of(format), str_of(topic_variables[i])) < 0)
            return reason_set(why, REASON_FIELD_INVALID, SETTING_REFUSED,
                              "OPERATOR_KAFKA_SPLITTING_TOPIC_FORMAT: '%.249s' does not hold %s", format,
                              topic_variables[i]);
    return check_topic_characters(str_of(format), why);
}

static struct str trim(struct str s)
{
    while (s.len && s.data[0] == ' ')
        s = (struct str){s.data + 1, s.len - 1};
    while (s.len && s.data[s.len - 1] == ' ')
        s.len--;
    return s;
}

static int split_names(const char *text, struct arena *arena, const char *const **ret)
{
    struct str rest = str_of(text);
    void *memory = NULL;
    size_t count = 0;
    int r = arena_alloc_array(arena, rest.len / 2 + 2, sizeof(char *), &memory);
    const char **list = memory;
    while (r == 0 && rest.len) {
        ptrdiff_t comma = str_find(rest, STR(","));
        size_t length = comma < 0 ? rest.len : (size_t)comma;
        struct str name = trim((struct str){rest.data, length});
        if (name.len)
            r = arena_str(arena, name, &list[count++]);
        rest.data += comma < 0 ? length : length + 1;
        rest.len -= comma < 0 ? length : length + 1;
    }
    *ret = list;
    return r;
}

int settings_read(char *(*lookup)(const char *name), struct arena *arena, struct settings *ret, struct reason *why)
{
    struct settings settings = {.topic_format = NULL};
    int r = read_rows(lookup, arena, &settings, why);
    if (r == 0)
        r = check_topic_format(settings.topic_format, why);
    if (r == 0)
        r = read_split(&settings, why);
    if (r == 0)
        r = read_sqs_split(&settings, why);
    if (r == 0)
        r = check_endpoint(settings.aws_endpoint, why);
    if (r == 0)
        r = split_names(settings.secret_namespaces, arena, &settings.secret_namespace_list);
    if (r == 0)
        r = split_names(settings.namespaces, arena, &settings.namespace_list);
    if (r == 0)
        *ret = settings;
    return r;
}
