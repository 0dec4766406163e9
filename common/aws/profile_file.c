/* One profile of a shared file. What is not understood is passed over, as the SDKs do. */
#include "common/aws/profile_file.h"

#include <strings.h>

static bool is_blank(char c) { return c == ' ' || c == '\t' || c == '\r'; }

static struct str trim(struct str text)
{
    while (text.len > 0 && is_blank(text.data[text.len - 1]))
        text.len--;
    while (text.len > 0 && is_blank(text.data[0]))
        text = (struct str){text.data + 1, text.len - 1};
    return text;
}

static struct str take_line(struct str *rest)
{
    const char *end = memchr(rest->data, '\n', rest->len);
    struct str line = {rest->data, end ? (size_t)(end - rest->data) : rest->len};
    size_t used = line.len + (end != NULL);

    *rest = (struct str){rest->data + used, rest->len - used};
    return line;
}

/* Without a comment that begins after a blank. */
static struct str without_comment(struct str value)
{
    for (size_t i = 1; i < value.len; i++)
        if ((value.data[i] == '#' || value.data[i] == ';') && is_blank(value.data[i - 1]))
            return trim((struct str){value.data, i});
    return value;
}

static bool is_name(struct str text, const char *name)
{
    return text.len == strlen(name) && strncasecmp(text.data, name, text.len) == 0;
}

/* "[default]", "[profile name]" */
static bool is_section(struct str line, struct str name, bool config)
{
    const char *end = memchr(line.data, ']', line.len);

    if (!end)
        return false;
    struct str title = trim((struct str){line.data + 1, (size_t)(end - line.data) - 1});
    if (config && title.len > 8 && str_starts_with(title, STR("profile")) && is_blank(title.data[7]))
        return str_equal(trim((struct str){title.data + 7, title.len - 7}), name);
    return str_equal(title, name) && (!config || str_equal(name, STR("default")));
}

static void take_setting(struct str line, struct aws_profile *profile)
{
    static const char *const others[] = {
        "role_arn",    "source_profile", "credential_source",      "credential_process",
        "sso_session", "sso_start_url",  "web_identity_token_file"};
    const char *equals = memchr(line.data, '=', line.len);

    if (!equals)
        return;
    struct str name = trim((struct str){line.data, (size_t)(equals - line.data)});
    struct str value = without_comment(trim((struct str){equals + 1, line.len - (size_t)(equals + 1 - line.data)}));
    struct str *slot = is_name(name, "aws_access_key_id")       ? &profile->id
                       : is_name(name, "aws_secret_access_key") ? &profile->secret
                       : is_name(name, "aws_session_token")     ? &profile->token
                                                                : NULL;
    if (slot && slot->len == 0)
        *slot = value;
    for (size_t i = 0; i < sizeof others / sizeof *others; i++)
        if (is_name(name, others[i]))
            profile->other = str_of(others[i]);
}

void aws_profile_read(struct str text, struct str name, bool config, struct aws_profile *profile)
{
    bool inside = false;

    while (text.len > 0) {
        struct str line = take_line(&text);
        bool nested = line.len > 0 && is_blank(line.data[0]); /* belongs to the setting before it */
        line = trim(line);
        if (line.len == 0 || line.data[0] == '#' || line.data[0] == ';')
            continue;
        if (line.data[0] == '[') {
            inside = is_section(line, name, config);
            profile->found = profile->found || inside;
        } else if (inside && !nested) {
            take_setting(line, profile);
        }
    }
}
