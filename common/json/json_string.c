/* Strings of a JSON text, unescaped (RFC 8259, section 7).
 *
 * Owns nothing; appends to the caller's buffer. Refuses raw control characters, unknown escapes and surrogates without their
 * other half, which no UTF-8 can say. */
#include "common/json/json_scan.h"

static int hex_value(char c)
{
    if (c >= '0' && c <= '9')
        return c - '0';
    if (c >= 'a' && c <= 'f')
        return c - 'a' + 10;
    if (c >= 'A' && c <= 'F')
        return c - 'A' + 10;
    return -1;
}

/* The four digits after \u. */
static int scan_hex4(struct scan *scan, uint32_t *ret)
{
    uint32_t unit = 0;

    for (int i = 0; i < 4; i++) {
        int digit = scan->at < scan->end ? hex_value(*scan->at) : -1;

        if (digit < 0)
            return scan_refuse(scan, "expected four hexadecimal digits after \\u");
        unit = unit << 4 | (uint32_t)digit;
        scan->at++;
    }
    *ret = unit;
    return 0;
}

static int append_rune(struct buf *buf, uint32_t rune)
{
    char bytes[4];
    size_t len = rune < 0x80 ? 1 : rune < 0x800 ? 2 : rune < 0x10000 ? 3 : 4;
    static const unsigned char lead[] = {0, 0, 0xc0, 0xe0, 0xf0};

    for (size_t i = len - 1; i > 0; i--) {
        bytes[i] = (char)(0x80 | (rune & 0x3f));
        rune >>= 6;
    }
    bytes[0] = (char)(lead[len] | rune);
    return buf_append(buf, bytes, len);
}

static int scan_rune(struct scan *scan, struct buf *ret)
{
    uint32_t high = 0, low = 0;
    int r = scan_hex4(scan, &high);

    if (r != 0)
        return r;
    if (high < 0xd800 || high > 0xdfff)
        return append_rune(ret, high);
    if (high >= 0xdc00 || !scan_accept(scan, STR("\\u")))
        return scan_refuse(scan, "surrogate without its other half");
    r = scan_hex4(scan, &low);
    if (r != 0)
        return r;
    if (low < 0xdc00 || low > 0xdfff)
        return scan_refuse(scan, "surrogate without its other half");
    return append_rune(ret, 0x10000 + ((high - 0xd800) << 10) + (low - 0xdc00));
}

static int scan_escape(struct scan *scan, struct buf *ret)
{
    static const char names[] = "\"\\/bfnrt", values[] = "\"\\/\b\f\n\r\t";
    const char *name;

    scan->at++;
    if (scan_accept(scan, STR("u")))
        return scan_rune(scan, ret);
    name = scan->at < scan->end && *scan->at ? strchr(names, *scan->at) : NULL;
    if (!name)
        return scan_refuse(scan, "unknown escape in a string");
    scan->at++;
    return buf_append_char(ret, values[name - names]);
}

/* The bytes up to the next quote, escape or control character. */
static int scan_run(struct scan *scan, struct buf *ret)
{
    const char *start = scan->at;

    while (scan->at < scan->end && (unsigned char)*scan->at >= 0x20 && *scan->at != '"' && *scan->at != '\\')
        scan->at++;
    return scan->at == start ? 0 : buf_append(ret, start, (size_t)(scan->at - start));
}

int scan_string(struct scan *scan, struct buf *ret)
{
    struct scan opening = *scan;
    int r;

    scan->at++;
    for (;;) {
        r = scan_run(scan, ret);
        if (r != 0)
            return r;
        if (scan->at == scan->end)
            return scan_refuse(&opening, "string without end");
        if (*scan->at == '"')
            break;
        if (*scan->at != '\\')
            return scan_refuse(scan, "control character in a string");
        r = scan_escape(scan, ret);
        if (r != 0)
            return r;
    }
    scan->at++;
    return 0;
}
