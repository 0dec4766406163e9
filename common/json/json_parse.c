/* The grammar of JSON (RFC 8259) over the scanner, with the limits of S-10; it makes packed values, of which json-c's are copies.
 *
 * Owns the draft until it is whole. json-c's own tokener is not used: it would need this whole check before it
 * anyway (duplicate keys, counts, places), and two parsers that disagree are a way in. Recursion is bounded by
 * depth_max. */
#include "common/json/json_draft.h"
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
    struct draft draft;
};

static int parse_value(struct parse *parse, struct packed *ret);

/* A value with the news of it. */
static int parse_observed(struct parse *parse, struct str key, size_t index, unsigned line, struct packed *ret)
{
    const struct json_observer *observer = parse->observer;
    int r = observer ? observer->enter(observer->context, key, index, line) : 0;

    if (r == 0)
        r = parse_value(parse, ret);
    if (r == 0 && observer)
        observer->leave(observer->context);
    return r;
}

/* The next string, unescaped, at the end of the draft's texts. */
static int parse_text(struct parse *parse, struct packed *ret)
{
    size_t start = parse->draft.texts.len;
    int r = scan_string(&parse->scan, &parse->draft.texts);

    return r != 0 ? r : draft_end_text(&parse->draft, start, JSON_STRING, ret);
}

static int parse_key(struct parse *parse, struct draft_keys *keys, struct packed *ret)
{
    struct scan opening = parse->scan;
    struct str key;
    int r;

    if (scan_peek(&parse->scan) != '"')
        return scan_refuse(&parse->scan, "expected a key in double quotes");
    r = parse_text(parse, ret);
    if (r != 0)
        return r;
    key = (struct str){parse->draft.texts.data + ret->whole, ret->count};
    /* Keys are NUL-terminated text in json-c and in our getters. */
    if (memchr(key.data, '\0', key.len))
        return scan_refuse(&opening, "NUL in a key");
    r = draft_keys_add(keys, &parse->draft, key.data);
    if (r != 0)
        return r < 0 ? r : scan_refuse(&opening, "duplicate key \"%s\"", json_show_key(key).text);
    r = scan_skip(&parse->scan);
    if (r == 0 && !scan_accept(&parse->scan, STR(":")))
        r = scan_refuse(&parse->scan, "expected ':' after the key");
    return r != 0 ? r : scan_skip(&parse->scan);
}

static int parse_member(struct parse *parse, struct draft_keys *keys, size_t index)
{
    unsigned line = parse->scan.line;
    struct packed key = {0}, value;
    int r = parse_key(parse, keys, &key);

    if (r == 0)
        r = parse_observed(parse, (struct str){parse->draft.texts.data + key.whole, key.count}, index, line, &value);
    return r != 0 ? r : draft_add(&parse->draft, (size_t)key.whole, &value);
}

static int parse_element(struct parse *parse, size_t index)
{
    struct packed value;
    int r = parse_observed(parse, (struct str){NULL, 0}, index, parse->scan.line, &value);

    return r != 0 ? r : draft_add(&parse->draft, 0, &value);
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
static int parse_items(struct parse *parse, char close, size_t *ret_count)
{
    struct draft_keys keys CLEANUP(draft_keys_deinit);
    int r = scan_skip(&parse->scan);
    bool more = r == 0 && scan_peek(&parse->scan) != close;
    size_t index = 0;

    draft_keys_init(&parse->draft, &keys);
    for (; r == 0 && more; index++) {
        r = close == '}' ? parse_member(parse, &keys, index) : parse_element(parse, index);
        if (r == 0)
            r = parse_comma(parse, close, &more);
    }
    if (r != 0)
        return r;
    parse->scan.at++;
    *ret_count = index;
    return 0;
}

static int parse_container(struct parse *parse, char close, struct packed *ret)
{
    size_t count;
    int r;

    if (parse->depth == parse->limits->depth_max)
        return scan_refuse(&parse->scan, "nested deeper than the limit of %u levels", parse->limits->depth_max);
    parse->scan.at++;
    parse->depth++;
    r = parse_items(parse, close, &count);
    parse->depth--;
    return r != 0 ? r : draft_close(&parse->draft, close == '}' ? JSON_OBJECT : JSON_ARRAY, count, ret);
}

static int parse_number(struct parse *parse, struct packed *ret)
{
    struct buf *texts = &parse->draft.texts;
    size_t start = texts->len;
    struct scan opening = parse->scan;
    struct str digits;
    bool is_whole;
    int r = scan_number(&parse->scan, &digits, &is_whole);

    if (r == 0)
        r = buf_append_str(texts, digits);
    if (r != 0)
        return r;
    errno = 0;
    if (is_whole) {
        int64_t whole = strtoll(texts->data + start, NULL, 10);

        if (errno == 0) {
            texts->len = start;
            *ret = (struct packed){.type = JSON_INT, .whole = whole};
            return 0;
        }
    }
    if (!isfinite(strtod(texts->data + start, NULL)))
        return scan_refuse(&opening, "number too large");
    return draft_end_text(&parse->draft, start, JSON_DOUBLE, ret);
}

static int parse_word(struct parse *parse, struct packed *ret)
{
    struct scan *scan = &parse->scan;

    if (scan_accept(scan, STR("true")))
        *ret = (struct packed){.type = JSON_BOOL, .count = 1, .whole = 0};
    else if (scan_accept(scan, STR("false")))
        *ret = (struct packed){.type = JSON_BOOL, .whole = 0};
    else if (scan_accept(scan, STR("null")))
        *ret = (struct packed){.type = JSON_NULL, .whole = 0};
    else if (scan->at == scan->end)
        return scan_refuse(scan, "expected a value, but the text ends");
    else
        return scan_refuse(scan, "expected a value");
    return 0;
}

static int parse_value(struct parse *parse, struct packed *ret)
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
        return parse_text(parse, ret);
    if (next == '-' || (next >= '0' && next <= '9'))
        return parse_number(parse, ret);
    return parse_word(parse, ret);
}

/* The text has the right size and encoding. */
static int parse_document(struct parse *parse, struct packed *ret)
{
    int r = scan_skip(&parse->scan);

    if (r == 0)
        r = parse_observed(parse, (struct str){NULL, 0}, 0, parse->scan.line, ret);
    if (r == 0)
        r = scan_skip(&parse->scan);
    if (r == 0 && parse->scan.at != parse->scan.end)
        r = scan_refuse(&parse->scan, "unexpected text after the document");
    return r;
}

static int parse_packed(struct str text, const struct json_limits *limits, const struct json_observer *observer,
                        const struct json **ret, struct json_error *error)
{
    struct parse parse = {.limits = limits, .observer = observer};
    struct packed root;
    int r = json_text_check(text, limits, error);

    if (r != 0)
        return r;
    scan_init(&parse.scan, text, limits->comments, error);
    r = draft_init(&parse.draft, text.len, limits->values_max);
    if (r == 0)
        r = parse_document(&parse, &root);
    if (r == 0)
        r = draft_finish(&parse.draft, &root, ret);
    draft_deinit(&parse.draft);
    return r;
}

int json_parse_observed(struct str text, const struct json_limits *limits, const struct json_observer *observer,
                        struct json **ret, struct json_error *error)
{
    CLEANUP(json_packed_freep) const struct json *packed = NULL;
    int r = parse_packed(text, limits, observer, &packed, error);

    return r != 0 ? r : json_dup(packed, ret);
}

int json_parse(struct str text, const struct json_limits *limits, struct json **ret, struct json_error *error)
{
    return json_parse_observed(text, limits, NULL, ret, error);
}

int json_parse_packed(struct str text, const struct json_limits *limits, const struct json **ret,
                      struct json_error *error)
{
    return parse_packed(text, limits, NULL, ret, error);
}
