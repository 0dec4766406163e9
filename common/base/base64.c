/* Base64. Pure; decoding refuses everything that is not whole groups of the alphabet with correct padding. */
#include "common/base/base64.h"

static const char alphabet[] = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";

static int value_of(char c)
{
    const char *at = c ? strchr(alphabet, c) : NULL;
    return at ? (int)(at - alphabet) : -1;
}

struct group {
    uint32_t bits;
    unsigned count, padding;
};

static int group_end(struct group *group, struct buf *buf)
{
    char bytes[3] = {(char)(group->bits >> 16), (char)(group->bits >> 8), (char)group->bits};
    int r = buf_append(buf, bytes, 3 - group->padding);
    group->bits = 0;
    group->count = 0;
    return r;
}

int base64_decode(struct str text, struct buf *buf)
{
    struct group group = {0};
    for (size_t i = 0; i < text.len; i++) {
        char c = text.data[i];
        if (c == '\n' || c == '\r')
            continue;
        int value = c == '=' ? 0 : value_of(c);
        group.padding += c == '=';
        /* After padding nothing but padding may come, and at most two of it. */
        if (value < 0 || group.padding > 2 || (group.padding && c != '='))
            return -EINVAL;
        group.bits = group.bits << 6 | (uint32_t)value;
        int r = ++group.count == 4 ? group_end(&group, buf) : 0;
        if (r < 0)
            return r;
    }
    return group.count ? -EINVAL : 0;
}

int base64_encode(struct str bytes, struct buf *buf)
{
    int r = 0;
    for (size_t i = 0; r == 0 && i < bytes.len; i += 3) {
        size_t count = bytes.len - i < 3 ? bytes.len - i : 3;
        uint32_t bits = 0;
        char digits[4] = "====";
        for (size_t j = 0; j < 3; j++)
            bits = bits << 8 | (j < count ? (unsigned char)bytes.data[i + j] : 0);
        for (size_t j = 0; j <= count; j++)
            digits[j] = alphabet[bits >> (18 - 6 * j) & 63];
        r = buf_append(buf, digits, 4);
    }
    return r;
}
