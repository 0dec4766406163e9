/* The grammar of JSON (RFC 8259) over the scanner, with the limits of S-10; values are json-c's.
 *
 * Owns the half-built tree until it is whole. json-c's own tokener is not used: it would need this whole check before it
 * anyway (duplicate keys, counts, places), and two parsers that disagree are a way in. Recursion is bounded by
 * depth_max. */
#include "common/json/json_internal.h"
#include "common/json/json_scan.h"

#include <errno.h>
#include <math.h>

struct parse {
    struct scan scan;
    const struct json_limits *limits;
    const struct json_observer *observer; /* or NULL */
    unsigned depth;
    unsigned values;
};

static int parse_value(struct parse *parse, struct json **ret);

/* A value with the news of it. */
static int parse_observed(struct parse *parse, struct str key, size_t index, unsigned line, struct json **ret)
{
    const struct json_observer *observer = parse->observer;
    int r = observer ? observer->enter(observer->context, key, index, line) : 0;

    if (r == 0)
        r = parse_value(parse, ret);
    if (r == 0 && observer)
        observer->leave(observer->context);
    return r;
}

static int parse_key(struct parse *parse, const struct json *object, struct buf *ret)
{
    struct scan opening = parse->scan;
    int r;

    if (scan_peek(&parse->scan) != '"')
        return scan_refuse(&parse->scan, "expected a key in double quotes");
    r = scan_string(&parse->scan, ret);
    if (r != 0)
        return r;
    /* Keys are NUL-terminated text in json-c and in our getters. */
    if (memchr(buf_str(ret).data, '\0', ret->len))
        return scan_refuse(&opening, "NUL in a key");
    if (json_get(object, buf_str(ret).data))
        return scan_refuse(&opening, "duplicate key \"%s\"", json_show_key(buf_str(ret)).text);
    r = scan_skip(&parse->scan);
    if (r == 0 && !scan_accept(&parse->scan, STR(":")))
        r = scan_refuse(&parse->scan, "expected ':' after the key");
    return r != 0 ? r : scan_skip(&parse->scan);
}

static int parse_member(struct parse *parse, struct json *object, size_t index)
{
    CLEANUP(buf_deinit) struct buf key = BUF_INIT(parse->limits->bytes_max + 1);
    CLEANUP(json_freep) struct json *value = NULL;
    unsigned line = parse->scan.line;
    int r = parse_key(parse, object, &key);

    if (r == 0)
        r = parse_observed(parse, buf_str(&key), index, line, &value);
    return r != 0 ? r : json_set_take(object, buf_str(&key).data, TAKE(value));
}

static int parse_element(struct parse *parse, struct json *array, size_t index)
{
    CLEANUP(json_freep) struct json *value = NULL;
    int r = parse_observed(parse, (struct str){NULL, 0}, index, parse->scan.line, &value);

    return r != 0 ? r : json_append_take(array, TAKE(value));
}

/* After an item: 0 and whether the container goes on. */
static int parse_comma(struct parse *parse, char close, bool *ret_more)
{
    struct scan *scan = &parse->scan;
    int r = scan_skip(scan);

    if (r != 0)
        return r;
    *ret_more = scan_accept(scan, STR(","));
    if (!*ret_more)
        return scan_peek(scan) == close ? 0 : scan_refuse(scan, "expected ',' or '%c'", close);
    r = scan_skip(scan);
    if (r == 0 && scan_peek(scan) == close) {
        if (!scan->comments)
            return scan_refuse(scan, "comma before '%c'", close);
        *ret_more = false;
    }
    return r;
}

/* What stands between the brackets, and the closing one. */
static int parse_items(struct parse *parse, struct json *container, char close)
{
    int r = scan_skip(&parse->scan);
    bool more = r == 0 && scan_peek(&parse->scan) != close;

    for (size_t index = 0; r == 0 && more; index++) {
        r = close == '}' ? parse_member(parse, container, index) : parse_element(parse, container, index);
        if (r == 0)
            r = parse_comma(parse, close, &more);
    }
    if (r == 0)
        parse->scan.at++;
    return r;
}

static int parse_container(struct parse *parse, char close, struct json **ret)
{
    CLEANUP(json_freep) struct json *container = NULL;
    int r;

    if (parse->depth == parse->limits->depth_max)
        return scan_refuse(&parse->scan, "nested deeper than the limit of %u levels", parse->limits->depth_max);
    container = close == '}' ? json_new_object() : json_new_array();
    if (!container)
        return -ENOMEM;
    parse->scan.at++;
    parse->depth++;
    r = parse_items(parse, container, close);
    parse->depth--;
    if (r == 0)
        *ret = TAKE(container);
    return r;
}

static int parse_string(struct parse *parse, struct json **ret)
{
    CLEANUP(buf_deinit) struct buf text = BUF_INIT(parse->limits->bytes_max + 1);
    int r = scan_string(&parse->scan, &text);

    if (r != 0)
        return r;
    *ret = json_new_str(buf_str(&text));
    return *ret ? 0 : -ENOMEM;
}

static int parse_number(struct parse *parse, struct json **ret)
{
    CLEANUP(cleanup_freep) char *text = NULL;
    struct scan start = parse->scan;
    struct str digits;
    bool is_whole;
    double number;
    int r = scan_number(&parse->scan, &digits, &is_whole);

    if (r == 0)
        r = str_dup(digits, &text);
    if (r != 0)
        return r;
    errno = 0;
    if (is_whole) {
        int64_t whole = strtoll(text, NULL, 10);

        if (errno == 0) {
            *ret = json_new_int(whole);
            return *ret ? 0 : -ENOMEM;
        }
    }
    number = strtod(text, NULL);
    if (!isfinite(number))
        return scan_refuse(&start, "number too large");
    *ret = json_new_number(number, text);
    return *ret ? 0 : -ENOMEM;
}

static int parse_word(struct parse *parse, struct json **ret)
{
    struct scan *scan = &parse->scan;

    if (scan_accept(scan, STR("true")))
        *ret = json_new_bool(true);
    else if (scan_accept(scan, STR("false")))
        *ret = json_new_bool(false);
    else if (scan_accept(scan, STR("null")))
        *ret = json_new_null();
    else if (scan->at == scan->end)
        return scan_refuse(scan, "expected a value, but the text ends");
    else
        return scan_refuse(scan, "expected a value");
    return *ret ? 0 : -ENOMEM;
}

static int parse_value(struct parse *parse, struct json **ret)
{
    int next = scan_peek(&parse->scan);

    if (parse->values == parse->limits->values_max)
        return scan_refuse(&parse->scan, "more than the limit of %u values", parse->limits->values_max);
    parse->values++;
    if (next == '{')
        return parse_container(parse, '}', ret);
    if (next == '[')
        return parse_container(parse, ']', ret);
    if (next == '"')
        return parse_string(parse, ret);
    if (next == '-' || (next >= '0' && next <= '9'))
        return parse_number(parse, ret);
    return parse_word(parse, ret);
}

int json_parse_observed(struct str text, const struct json_limits *limits, const struct json_observer *observer,
                        struct json **ret, struct json_error *error)
{
    CLEANUP(json_freep) struct json *root = NULL;
    struct parse parse = {.limits = limits, .observer = observer};
    int r = json_text_check(text, limits, error);

    if (r != 0)
        return r;
    scan_init(&parse.scan, text, limits->comments, error);
    r = scan_skip(&parse.scan);
    if (r == 0)
        r = parse_observed(&parse, (struct str){NULL, 0}, 0, parse.scan.line, &root);
    if (r == 0)
        r = scan_skip(&parse.scan);
    if (r == 0 && parse.scan.at != parse.scan.end)
        r = scan_refuse(&parse.scan, "unexpected text after the document");
    if (r == 0)
        *ret = TAKE(root);
    return r;
}

int json_parse(struct str text, const struct json_limits *limits, struct json **ret, struct json_error *error)
{
    return json_parse_observed(text, limits, NULL, ret, error);
}
