/* Finding of the values. The text is first parsed as a whole; what is walked over afterwards is known to be well formed. */
#include "supervisor/split/json_names.h"

#include "common/json/json.h"

#define NAMES_MAX 64

static int parse(struct str text, size_t *ret_count)
{
    const struct json_limits limits = {.bytes_max = 128u << 10, .depth_max = 2, .values_max = NAMES_MAX + 1};
    struct json *json CLEANUP(json_freep) = NULL;
    struct json_member member;
    struct json_error error;
    int r = json_parse(text, &limits, &json, &error);
    if (r)
        return r < 0 ? r : JSON_NAMES_REFUSED;
    if (json_type(json) != JSON_OBJECT)
        return JSON_NAMES_REFUSED;
    for (json_first(json, &member); member.key; json_next(&member))
        if (json_type(member.value) != JSON_STRING)
            return JSON_NAMES_REFUSED;
    *ret_count = json_count(json);
    return 0;
}

/* From behind the quote that begins a string to the one that ends it. */
static size_t end_of_string(struct str text, size_t at)
{
    while (text.data[at] != '"')
        at += text.data[at] == '\\' ? 2 : 1;
    return at;
}

static int unescape(struct str raw, struct arena *arena, struct str *ret)
{
    void *memory = NULL;
    size_t length = 0;
    int r = arena_alloc(arena, raw.len + 1, &memory);
    char *plain = memory;
    for (size_t i = 0; r == 0 && i < raw.len; i++) {
        if (raw.data[i] == '\\' && raw.data[++i] != '/')
            return JSON_NAMES_REFUSED;
        plain[length++] = raw.data[i];
    }
    if (r == 0)
        *ret = (struct str){plain, length};
    return r;
}

int json_names_find(struct str text, struct arena *arena, struct json_name **ret, size_t *ret_count)
{
    void *memory = NULL;
    size_t count = 0, strings = 0;
    int r = parse(text, &count);
    if (r == 0)
        r = arena_alloc_array(arena, count + 1, sizeof(struct json_name), &memory);
    struct json_name *names = memory;
    /* An object of strings has nothing but them in it: keys and values in turn. */
    for (size_t at = 0; r == 0 && at < text.len; at++) {
        if (text.data[at] != '"')
            continue;
        size_t end = end_of_string(text, at + 1);
        if (strings++ % 2) {
            struct json_name *name = &names[strings / 2 - 1];
            name->end = end;
            r = unescape((struct str){text.data + at + 1, end - at - 1}, arena, &name->value);
        }
        at = end;
    }
    if (r)
        return r;
    *ret = names;
    *ret_count = count;
    return 0;
}
