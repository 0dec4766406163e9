/* Blanks, comments, words and numbers of a JSON text (RFC 8259), with the place for errors.
 *
 * Owns nothing, never allocates; fails only by refusing. */
#include "common/json/json_scan.h"

void scan_init(struct scan *scan, struct str text, bool comments, struct json_error *error)
{
    const char *start = text.data ? text.data : "";

    *scan = (struct scan){start, start + text.len, start, 1, comments, error};
    /* Editors on Windows put a byte order mark into files that people write, never programs into what they send. */
    if (comments)
        scan_accept(scan, STR("\xef\xbb\xbf"));
}

bool scan_accept(struct scan *scan, struct str word)
{
    if (!str_starts_with((struct str){scan->at, (size_t)(scan->end - scan->at)}, word))
        return false;
    scan->at += word.len;
    return true;
}

static void next_byte(struct scan *scan)
{
    if (*scan->at++ == '\n') {
        scan->line++;
        scan->line_start = scan->at;
    }
}

static int skip_comment(struct scan *scan)
{
    struct scan opening = *scan;

    if (!scan->comments)
        return scan_refuse(scan, "comments are not accepted here");
    if (scan_accept(scan, STR("//"))) {
        while (scan->at < scan->end && *scan->at != '\n')
            scan->at++;
        return 0;
    }
    if (!scan_accept(scan, STR("/*")))
        return scan_refuse(scan, "unexpected '/'");
    while (scan->at < scan->end) {
        if (scan_accept(scan, STR("*/")))
            return 0;
        next_byte(scan);
    }
    return scan_refuse(&opening, "comment without end");
}

int scan_skip(struct scan *scan)
{
    int r = 0;

    while (r == 0 && scan->at < scan->end) {
        switch (*scan->at) {
        case ' ':
        case '\t':
        case '\r':
        case '\n':
            next_byte(scan);
            break;
        case '/':
            r = skip_comment(scan);
            break;
        default:
            return 0;
        }
    }
    return r;
}

static size_t skip_digits(struct scan *scan)
{
    const char *start = scan->at;

    while (scan->at < scan->end && *scan->at >= '0' && *scan->at <= '9')
        scan->at++;
    return (size_t)(scan->at - start);
}

static int skip_whole(struct scan *scan)
{
    bool zero = scan_peek(scan) == '0';
    size_t digits = skip_digits(scan);

    if (digits == 0)
        return scan_refuse(scan, "expected a digit");
    if (zero && digits > 1)
        return scan_refuse(scan, "number with a leading zero");
    return 0;
}

static int skip_fraction(struct scan *scan, bool *ret_is_whole)
{
    if (scan_accept(scan, STR("."))) {
        *ret_is_whole = false;
        if (skip_digits(scan) == 0)
            return scan_refuse(scan, "expected a digit after the point");
    }
    if (scan_accept(scan, STR("e")) || scan_accept(scan, STR("E"))) {
        *ret_is_whole = false;
        if (!scan_accept(scan, STR("-")))
            scan_accept(scan, STR("+"));
        if (skip_digits(scan) == 0)
            return scan_refuse(scan, "expected a digit in the exponent");
    }
    return 0;
}

int scan_number(struct scan *scan, struct str *ret, bool *ret_is_whole)
{
    const char *start = scan->at;
    bool is_whole = true;
    int r;

    scan_accept(scan, STR("-"));
    r = skip_whole(scan);
    if (r == 0)
        r = skip_fraction(scan, &is_whole);
    if (r != 0)
        return r;
    *ret = (struct str){start, (size_t)(scan->at - start)};
    *ret_is_whole = is_whole;
    return 0;
}
