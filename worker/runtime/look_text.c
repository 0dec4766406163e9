/* See the header. Cannot fail. */
#include "worker/runtime/look_text.h"

#include "ipc/look.h"
#include <stdio.h>

#define CUT "..."
#define PIECE_BYTES_MAX 4

/* C1 controls (U+0080 to U+009F) move cursors as well, and the marks of direction reorder what stands beside them. */
static bool is_printable(const unsigned char *bytes, size_t len)
{
    if (len == 1)
        return bytes[0] >= 0x20 && bytes[0] != 0x7f && bytes[0] != '\\';
    if (len == 2)
        return bytes[0] != 0xc2 || bytes[1] >= 0xa0;
    if (len == 3 && bytes[0] == 0xe2)
        return !(bytes[1] == 0x80 &&
                 ((bytes[2] >= 0x8b && bytes[2] <= 0x8f) || (bytes[2] >= 0xa8 && bytes[2] <= 0xae))) &&
               !(bytes[1] == 0x81 && bytes[2] >= 0xa0 && bytes[2] <= 0xaf);
    return true;
}

/* What the text begins with, as it is shown; how many of its bytes that is. */
static size_t piece_of(struct str text, char piece[PIECE_BYTES_MAX + 1])
{
    size_t len = str_utf8_first(text);
    if (len > 0 && is_printable((const unsigned char *)text.data, len)) {
        memcpy(piece, text.data, len);
        piece[len] = 0;
        return len;
    }
    if (text.data[0] == '\\')
        snprintf(piece, PIECE_BYTES_MAX + 1, "\\\\");
    else
        snprintf(piece, PIECE_BYTES_MAX + 1, "\\x%02x", (unsigned char)text.data[0]);
    return 1;
}

void look_text(struct str text, char *dst, size_t size)
{
    size_t at = 0, used = 0, bytes = text.len < LOOK_VALUE_BYTES_MAX ? text.len : LOOK_VALUE_BYTES_MAX;
    char piece[PIECE_BYTES_MAX + 1];
    check(size > sizeof CUT);
    while (used < bytes) {
        size_t taken = piece_of((struct str){text.data + used, bytes - used}, piece), len = strlen(piece);
        if (at + len + sizeof CUT > size)
            break;
        memcpy(dst + at, piece, len);
        at += len;
        used += taken;
    }
    memcpy(dst + at, used < text.len ? CUT : "", used < text.len ? sizeof CUT : 1);
}
