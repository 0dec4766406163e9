/* The one encoder and the one decoder (S-13). Owns nothing, never logs. Whatever is not exactly as the row says is an
 * outcome, and the whole frame is refused. */
#include "ipc/codec.h"

#define TYPE_BYTES 2
#define LENGTH_BYTES 2

static void put(struct ipc_frame *frame, uint64_t value, size_t bytes)
{
    check(frame->len + bytes <= sizeof frame->data);
    for (size_t i = 0; i < bytes; i++)
        frame->data[frame->len++] = (unsigned char)(value >> (8 * i));
}

static void put_str(struct ipc_frame *frame, const char *text, size_t bytes_max)
{
    size_t len = strnlen(text, bytes_max + 1);
    check(len <= bytes_max);
    put(frame, len, LENGTH_BYTES);
    check(frame->len + len <= sizeof frame->data);
    memcpy(frame->data + frame->len, text, len);
    frame->len += len;
}

static void put_u64s(struct ipc_frame *frame, size_t count, const char *values)
{
    for (size_t i = 0; i < count; i++) {
        uint64_t value;
        memcpy(&value, values + i * sizeof value, sizeof value);
        put(frame, value, sizeof value);
    }
}

static void put_field(struct ipc_frame *frame, const struct ipc_field *field, const char *body)
{
    uint32_t u32;
    uint64_t u64;
    switch (field->kind) {
    case IPC_FIELD_STR:
        put_str(frame, body + field->offset, field->bytes_max);
        break;
    case IPC_FIELD_U32:
        memcpy(&u32, body + field->offset, sizeof u32);
        put(frame, u32, sizeof u32);
        break;
    case IPC_FIELD_U64:
        memcpy(&u64, body + field->offset, sizeof u64);
        put(frame, u64, sizeof u64);
        break;
    case IPC_FIELD_U64S:
        put_u64s(frame, field->bytes_max / sizeof u64, body + field->offset);
        break;
    }
}

void codec_encode(const struct ipc_message *message, struct ipc_frame *ret_frame)
{
    const struct ipc_row *row = ipc_row(message->type);
    check(row);
    ret_frame->len = 0;
    put(ret_frame, message->type, TYPE_BYTES);
    for (size_t i = 0; i < row->field_count; i++)
        put_field(ret_frame, &row->fields[i], ipc_body_const(message));
}

/* Takes a little-endian number off the front. */
static int get(struct str *rest, size_t bytes, uint64_t *ret_value)
{
    if (rest->len < bytes)
        return CODEC_SHORT;
    uint64_t value = 0;
    for (size_t i = 0; i < bytes; i++)
        value |= (uint64_t)(unsigned char)rest->data[i] << (8 * i);
    rest->data += bytes;
    rest->len -= bytes;
    *ret_value = value;
    return 0;
}

static int get_str(struct str *rest, size_t bytes_max, char *text)
{
    uint64_t len;
    int r = get(rest, LENGTH_BYTES, &len);
    if (r)
        return r;
    if (len > bytes_max)
        return CODEC_LONG;
    if (len > rest->len)
        return CODEC_SHORT;
    if (memchr(rest->data, 0, len))
        return CODEC_NUL;
    memcpy(text, rest->data, len);
    text[len] = 0;
    rest->data += len;
    rest->len -= len;
    return 0;
}

static int get_u64s(struct str *rest, size_t count, char *values)
{
    int r = 0;
    for (size_t i = 0; !r && i < count; i++) {
        uint64_t value;
        r = get(rest, sizeof value, &value);
        if (!r)
            memcpy(values + i * sizeof value, &value, sizeof value);
    }
    return r;
}

static int get_field(struct str *rest, const struct ipc_field *field, char *body)
{
    if (field->kind == IPC_FIELD_U64S)
        return get_u64s(rest, field->bytes_max / sizeof(uint64_t), body + field->offset);
    if (field->kind == IPC_FIELD_STR)
        return get_str(rest, field->bytes_max, body + field->offset);
    uint64_t value;
    int r = get(rest, field->bytes_max, &value);
    if (r)
        return r;
    uint32_t u32 = (uint32_t)value;
    if (field->kind == IPC_FIELD_U32)
        memcpy(body + field->offset, &u32, sizeof u32);
    else
        memcpy(body + field->offset, &value, sizeof value);
    return 0;
}

int codec_decode(struct str frame, enum ipc_sender sender, struct ipc_message *ret_message)
{
    uint64_t type;
    int r = get(&frame, TYPE_BYTES, &type);
    if (r)
        return r;
    const struct ipc_row *row = type < IPC_TYPE_COUNT ? ipc_row((enum ipc_type)type) : NULL;
    if (!row)
        return CODEC_TYPE;
    if (row->sender != sender)
        return CODEC_SENDER;
    struct ipc_message message = {.type = (enum ipc_type)type};
    for (size_t i = 0; !r && i < row->field_count; i++)
        r = get_field(&frame, &row->fields[i], ipc_body(&message));
    if (!r && frame.len)
        r = CODEC_TRAILING;
    if (!r)
        *ret_message = message;
    return r;
}
