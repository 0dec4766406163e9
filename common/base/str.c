/* Operations on borrowed runs of bytes. Owns nothing except what str_dup hands out; never reads past len. */
#include "common/base/str.h"
#include <stdlib.h>

bool str_equal(struct str a, struct str b)
{
    return a.len == b.len && (a.len == 0 || memcmp(a.data, b.data, a.len) == 0);
}

bool str_starts_with(struct str s, struct str prefix)
{
    return s.len >= prefix.len && str_equal((struct str){s.data, prefix.len}, prefix);
}

bool str_ends_with(struct str s, struct str suffix)
{
    if (s.len < suffix.len)
        return false;
    return suffix.len == 0 || memcmp(s.data + s.len - suffix.len, suffix.data, suffix.len) == 0;
}

ptrdiff_t str_find(struct str s, struct str needle)
{
    if (needle.len == 0)
        return 0;
    if (s.len < needle.len)
        return -1;
    const char *hit = memmem(s.data, s.len, needle.data, needle.len);
    return hit ? hit - s.data : -1;
}

/* Length that the lead byte announces, and the range of the byte after it (Unicode 15, table 3-7): the range is what
 * keeps out overlong forms, surrogates and everything above U+10FFFF. */
static size_t utf8_lead(unsigned char lead, unsigned char *ret_low, unsigned char *ret_high)
{
    *ret_low = lead == 0xE0 ? 0xA0 : lead == 0xF0 ? 0x90 : 0x80;
    *ret_high = lead == 0xED ? 0x9F : lead == 0xF4 ? 0x8F : 0xBF;
    if (lead < 0x80)
        return 1;
    if (lead >= 0xC2 && lead <= 0xDF)
        return 2;
    if (lead >= 0xE0 && lead <= 0xEF)
        return 3;
    return lead >= 0xF0 && lead <= 0xF4 ? 4 : 0;
}

size_t str_utf8_first(struct str s)
{
    unsigned char low, high;

    if (s.len == 0)
        return 0;
    size_t len = utf8_lead((unsigned char)s.data[0], &low, &high);
    if (len == 0 || len > s.len)
        return 0;
    for (size_t i = 1; i < len; i++) {
        unsigned char c = (unsigned char)s.data[i];
        if (c < low || c > high)
            return 0;
        low = 0x80;
        high = 0xBF;
    }
    return len;
}

/* Bytes of ASCII at the front, in whole words: most texts are nothing else. */
static size_t ascii_words(struct str s)
{
    uint64_t word;
    size_t len = 0;

    for (; s.len - len >= sizeof word; len += sizeof word) {
        memcpy(&word, s.data + len, sizeof word);
        if (word & UINT64_C(0x8080808080808080))
            break;
    }
    return len;
}

bool str_is_utf8(struct str s)
{
    while (s.len > 0) {
        size_t len = ascii_words(s);
        if (len == 0)
            len = str_utf8_first(s);
        if (len == 0)
            return false;
        s = (struct str){s.data + len, s.len - len};
    }
    return true;
}

int str_copy(char *dst, size_t size, struct str s)
{
    check(size > 0);
    dst[0] = '\0';
    if (s.len >= size)
        return -E2BIG;
    if (s.len == 0)
        return 0;
    if (memchr(s.data, '\0', s.len))
        return -EINVAL;
    memcpy(dst, s.data, s.len);
    dst[s.len] = '\0';
    return 0;
}

void str_trim_cut(char *text)
{
    size_t len = strlen(text), start = len;

    while (start > 0 && len - start < 3 && ((unsigned char)text[start - 1] & 0xC0) == 0x80)
        start--;
    if (start > 0 && (unsigned char)text[start - 1] >= 0xC0 &&
        str_utf8_first((struct str){text + start - 1, len - start + 1}) == 0)
        text[start - 1] = '\0';
}

void str_copy_cut(char *dst, size_t size, struct str s)
{
    size_t len = s.len < size ? s.len : size - 1;

    check(size > 0);
    if (len > 0)
        memcpy(dst, s.data, len);
    dst[len] = '\0';
    if (len < s.len)
        str_trim_cut(dst);
}

int str_dup(struct str s, char **ret)
{
    char *copy = malloc(s.len + 1);

    if (!copy)
        return -ENOMEM;
    if (s.len > 0)
        memcpy(copy, s.data, s.len);
    copy[s.len] = '\0';
    *ret = copy;
    return 0;
}

int str_to_u64(struct str s, uint64_t max, uint64_t *ret)
{
    uint64_t value = 0;

    if (s.len == 0)
        return -EINVAL;
    for (size_t i = 0; i < s.len; i++)
        if (s.data[i] < '0' || s.data[i] > '9')
            return -EINVAL;
    for (size_t i = 0; i < s.len; i++)
        if (__builtin_mul_overflow(value, 10, &value) ||
            __builtin_add_overflow(value, (uint64_t)(s.data[i] - '0'), &value))
            return -ERANGE;
    if (value > max)
        return -ERANGE;
    *ret = value;
    return 0;
}
