/* Making and using of origins. */
#include "supervisor/target/patch_origin.h"

#include "common/base/buf.h"

#define VALUE_BYTES_MAX (1u << 20)
#define SWAPPED_BYTES_MIN 16 /* shorter texts may stand in a value by chance */

static const char *text_of(const struct json *object, const char *name) { return json_text(json_get(object, name)); }

/* {name, value} and nothing else: what can be kept without its value. */
static bool is_plain(const struct json *entry)
{
    return json_count(entry) == 2 && json_type(json_get(entry, "value")) == JSON_STRING;
}

static bool is_inside_character(char c) { return ((unsigned char)c & 0xc0) == 0x80; }

/* Bytes that both begin with, and then end with, never cutting a character. */
static size_t common_start(const char *a, const char *b)
{
    size_t length = 0;
    while (a[length] && a[length] == b[length])
        length++;
    while (length > 0 && (is_inside_character(a[length]) || is_inside_character(b[length])))
        length--;
    return length;
}

static size_t common_end(const char *a, size_t a_length, const char *b, size_t b_length)
{
    size_t length = 0;
    while (length < a_length && length < b_length && a[a_length - length - 1] == b[b_length - length - 1])
        length++;
    while (length > 0 && is_inside_character(a[a_length - length]))
        length--;
    return length;
}

static int set_swap(struct json *origin, const char *before, const char *after)
{
    char hash[SHA256_TEXT_SIZE];
    size_t at = common_start(before, after);
    size_t before_length = strlen(before) - at, after_length = strlen(after) - at;
    size_t end = common_end(before + at, before_length, after + at, after_length);
    int r = json_set_text(origin, "form", "Value");
    if (r == 0)
        r = json_set_int(origin, "at", (int64_t)at);
    if (r == 0)
        r = json_set_take(origin, "from", json_new_str((struct str){before + at, before_length - end}));
    if (r == 0)
        r = json_set_take(origin, "to", json_new_str((struct str){after + at, after_length - end}));
    sha256_hex(str_of(before), hash);
    return r ? r : json_set_text(origin, "sha256", hash);
}

static int set_whole(struct json *origin, const struct json *entry)
{
    struct json *copy = NULL;
    int r = json_set_text(origin, "form", "Whole");
    if (r == 0)
        r = json_dup(entry, &copy);
    return r ? r : json_set_take(origin, "entry", copy);
}

static int set_absent(struct json *origin, bool no_list)
{
    int r = json_set_text(origin, "form", "Absent");
    return r || !no_list ? r : json_set_bool(origin, "noList", true);
}

static int begin(const char *container, const char *variable, const char *value, struct json **ret)
{
    struct json *origin CLEANUP(json_freep) = json_new_object();
    char hash[SHA256_TEXT_SIZE];
    int r = origin ? json_set_text(origin, "container", container) : -ENOMEM;
    if (r == 0)
        r = json_set_text(origin, "variable", variable);
    sha256_hex(str_of(value), hash);
    if (r == 0)
        r = json_set_text(origin, "written", hash);
    if (r == 0)
        *ret = TAKE(origin);
    return r;
}

int origin_new(const char *container, const char *variable, const struct json *present, bool no_list,
               const char *value, struct json **ret)
{
    struct json *origin CLEANUP(json_freep) = NULL;
    int r = begin(container, variable, value, &origin);
    if (r == 0 && !present)
        r = set_absent(origin, no_list);
    else if (r == 0 && is_plain(present))
        r = set_swap(origin, text_of(present, "value"), value);
    else if (r == 0)
        r = set_whole(origin, present);
    if (r == 0)
        *ret = TAKE(origin);
    return r;
}

/* The value as it was: the record has the whole, where it holds nothing but names; else it is this one with the one name in place of
 * the other. Proven by its hash. */
static int value_of_record(const struct target_entry *entry, struct buf *value)
{
    const char *temporary = text_of(entry->original, "temporaryName"), *before = text_of(entry->original, "value");
    struct str whole = str_of(entry->value);
    char hash[SHA256_TEXT_SIZE];
    ptrdiff_t at = temporary[0] ? str_find(whole, str_of(temporary)) : -1;
    if (at < 0)
        return ORIGIN_UNKNOWN;
    int r = buf_append(value, whole.data, before[0] ? 0 : (size_t)at);
    if (r == 0)
        r = buf_append_str(value, str_of(before[0] ? before : text_of(entry->original, "name")));
    if (r == 0 && !before[0])
        r = buf_append_str(value, str_of(whole.data + at + strlen(temporary)));
    if (r < 0)
        return r;
    sha256_hex(buf_str(value), hash);
    return strcmp(hash, text_of(entry->original, "sha256")) == 0 ? 0 : ORIGIN_UNKNOWN;
}

static int whole_of_record(const struct target_entry *entry, struct json **ret)
{
    struct json *object CLEANUP(json_freep) = json_new_object(), *from = NULL;
    int r = object ? json_set_text(object, "name", entry->variable) : -ENOMEM;
    if (r == 0)
        r = json_dup(json_get(entry->original, "valueFrom"), &from);
    if (r == 0)
        r = json_set_take(object, "valueFrom", from);
    if (r == 0)
        *ret = TAKE(object);
    return r;
}

static int plain_entry(const char *variable, const char *value, struct json **ret)
{
    struct json *object CLEANUP(json_freep) = json_new_object();
    int r = object ? json_set_text(object, "name", variable) : -ENOMEM;
    if (r == 0)
        r = json_set_text(object, "value", value);
    if (r == 0)
        *ret = TAKE(object);
    return r;
}

int origin_of_record(const struct target_entry *entry, struct json **ret)
{
    const char *form = text_of(entry->original, "form");
    struct json *present CLEANUP(json_freep) = NULL;
    struct buf value CLEANUP(buf_deinit) = BUF_SECRET_INIT(VALUE_BYTES_MAX);
    int r = ORIGIN_UNKNOWN;
    if (strcmp(form, "Absent") == 0 || strcmp(form, "EnvFrom") == 0)
        r = 0;
    else if (strcmp(form, "ValueFrom") == 0 && json_get(entry->original, "valueFrom"))
        r = whole_of_record(entry, &present);
    else if (strcmp(form, "Value") == 0)
        r = value_of_record(entry, &value);
    if (r == 0 && value.data)
        r = plain_entry(entry->variable, value.data, &present);
    return r ? r : origin_new(entry->container, entry->variable, present, false, entry->value, ret);
}

bool origin_is_of(const struct json *origin, const char *container, const char *variable)
{
    return strcmp(text_of(origin, "container"), container) == 0 && strcmp(text_of(origin, "variable"), variable) == 0;
}

bool origin_is_exact(const struct json *origin, const struct json *entry)
{
    char hash[SHA256_TEXT_SIZE];
    if (json_type(json_get(entry, "value")) != JSON_STRING)
        return false;
    sha256_hex(json_str(json_get(entry, "value")), hash);
    return strcmp(hash, text_of(origin, "written")) == 0;
}

/* Where what was exchanged stands in a value that somebody else changed around it; -1: nowhere, or it is not sure. */
static ptrdiff_t place_of_swap(const struct json *origin, const char *value)
{
    struct str to = json_str(json_get(origin, "to")), whole = str_of(value);
    if (to.len < SWAPPED_BYTES_MIN)
        return -1;
    ptrdiff_t at = str_find(whole, to);
    bool again = at >= 0 && str_find(str_of(value + at + to.len), to) >= 0;
    return again ? -1 : at;
}

static ptrdiff_t swap_at(const struct json *origin, const struct json *entry)
{
    const char *value = text_of(entry, "value");
    struct str to = json_str(json_get(origin, "to"));
    int64_t at = 0;
    if (strcmp(text_of(origin, "form"), "Value") != 0 || !to.data)
        return -1;
    if (!origin_is_exact(origin, entry))
        return place_of_swap(origin, value);
    if (json_int(json_get(origin, "at"), &at) < 0 || at < 0 || (size_t)at > strlen(value))
        return -1;
    return str_starts_with(str_of(value + at), to) ? (ptrdiff_t)at : -1;
}

bool origin_fits(const struct json *origin, const struct json *entry)
{
    if (strcmp(text_of(origin, "variable"), text_of(entry, "name")) != 0)
        return false;
    if (strcmp(text_of(origin, "form"), "Value") == 0)
        return swap_at(origin, entry) >= 0;
    return origin_is_exact(origin, entry);
}

static int swap_back(const struct json *origin, const struct json *entry, struct json **ret)
{
    struct buf value CLEANUP(buf_deinit) = BUF_SECRET_INIT(VALUE_BYTES_MAX);
    const char *live = text_of(entry, "value");
    ptrdiff_t at = swap_at(origin, entry);
    check(at >= 0); /* it fits */
    int r = buf_append(&value, live, (size_t)at);
    if (r == 0)
        r = buf_append_str(&value, json_str(json_get(origin, "from")));
    if (r == 0)
        r = buf_append_str(&value, str_of(live + at + json_str(json_get(origin, "to")).len));
    return r ? r : plain_entry(text_of(entry, "name"), value.data ? value.data : "", ret);
}

int origin_restore(const struct json *origin, const struct json *entry, struct json **ret)
{
    const char *form = text_of(origin, "form");
    *ret = NULL;
    if (strcmp(form, "Value") == 0)
        return swap_back(origin, entry, ret);
    return strcmp(form, "Whole") == 0 ? json_dup(json_get(origin, "entry"), ret) : 0;
}

bool origin_had_no_list(const struct json *origin)
{
    bool no_list = false;
    return json_bool(json_get(origin, "noList"), &no_list) == 0 && no_list;
}
