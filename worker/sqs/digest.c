/* See the header. Fails only for lack of memory. */
#include "worker/sqs/digest.h"

#include "common/base/base64.h"
#include "common/base/buf.h"

#include <stdlib.h>

#define DIGEST_BYTES_MAX (4u << 20) /* of all attributes, which SQS bounds with the message at 1 MiB */

enum { TRANSPORT_STRING = 1, TRANSPORT_BINARY = 2 };

bool digest_body_fits(struct str body, struct str sum)
{
    char text[MD5_TEXT_SIZE];

    return !sum.len || !md5_hex(body, text) || str_equal(sum, str_of(text));
}

static int append_sized(struct buf *buf, struct str s)
{
    unsigned char size[4] = {(unsigned char)(s.len >> 24), (unsigned char)(s.len >> 16), (unsigned char)(s.len >> 8),
                             (unsigned char)s.len};
    int result = buf_append(buf, size, sizeof size);

    return result ? result : buf_append_str(buf, s);
}

static int append_binary(struct buf *buf, struct str base64)
{
    struct buf bytes CLEANUP(buf_deinit) = BUF_INIT(DIGEST_BYTES_MAX);
    int result = base64_decode(base64, &bytes);

    if (result == -EINVAL)
        return append_sized(buf, base64); /* the sums will differ */
    return result ? result : append_sized(buf, buf_str(&bytes));
}

static int append_attribute(struct buf *buf, const struct message_attribute *attribute)
{
    bool binary = message_attribute_is_binary(attribute);
    int result = append_sized(buf, attribute->name);

    if (!result)
        result = append_sized(buf, attribute->type);
    if (!result)
        result = buf_append_char(buf, binary ? TRANSPORT_BINARY : TRANSPORT_STRING);
    if (result)
        return result;
    return binary ? append_binary(buf, attribute->value) : append_sized(buf, attribute->value);
}

static int by_name(const void *a, const void *b)
{
    const struct message_attribute *x = *(const struct message_attribute *const *)a;
    const struct message_attribute *y = *(const struct message_attribute *const *)b;
    size_t shorter = x->name.len < y->name.len ? x->name.len : y->name.len;
    int order = memcmp(x->name.data, y->name.data, shorter);

    return order ? order : (x->name.len > y->name.len) - (x->name.len < y->name.len);
}

int digest_attributes(const struct message_attribute *attributes, size_t count, char text[MD5_TEXT_SIZE])
{
    const struct message_attribute *sorted[MESSAGE_ATTRIBUTES_MAX + 2]; /* two of ours may come to them */
    struct buf buf CLEANUP(buf_deinit) = BUF_INIT(DIGEST_BYTES_MAX);
    int result = 0;

    text[0] = '\0';
    check(count <= sizeof sorted / sizeof *sorted);
    if (!count)
        return 0;
    for (size_t i = 0; i < count; i++)
        sorted[i] = &attributes[i];
    qsort(sorted, count, sizeof *sorted, by_name);
    for (size_t i = 0; !result && i < count; i++)
        result = append_attribute(&buf, sorted[i]);
    if (!result)
        (void)!md5_hex(buf_str(&buf), text);
    return result;
}

int digest_attributes_fit(const struct message_attribute *attributes, size_t count, struct str sum,
                          struct reason *why)
{
    char text[MD5_TEXT_SIZE];
    int result = sum.len ? digest_attributes(attributes, count, text) : 0;

    if (result || !sum.len || !text[0] || str_equal(sum, str_of(text)))
        return result;
    return reason_set(why, REASON_MESSAGE_DAMAGED, MESSAGE_REFUSED,
                      "the attributes of a message have another MD5 sum than SQS says");
}
