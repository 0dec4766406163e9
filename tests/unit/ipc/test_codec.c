/* S-13: every frame is validated by the one decoder: sender, type, sizes, trailing bytes. Each test loops over all rows. */
#include "ipc/codec.h"
#include "tests/unit/cmocka_all.h"

#define TYPE_BYTES 2
#define LENGTH_BYTES 2

static enum ipc_sender other(enum ipc_sender sender)
{
    return sender == IPC_FROM_WORKER ? IPC_FROM_SUPERVISOR : IPC_FROM_WORKER;
}

/* Every field of the row different; strings as long as they may be (full) or empty. */
static struct ipc_message sample(enum ipc_type type, bool full)
{
    const struct ipc_row *row = ipc_row(type);
    struct ipc_message message = {.type = type};
    char *body = ipc_body(&message);
    for (size_t i = 0; i < row->field_count; i++) {
        const struct ipc_field *field = &row->fields[i];
        if (field->kind == IPC_FIELD_STR)
            memset(body + field->offset, full ? (int)('a' + i) : 0, field->bytes_max);
        else
            memset(body + field->offset, (int)(0x81 + i), field->bytes_max);
    }
    return message;
}

static void assert_messages_equal(const struct ipc_message *a, const struct ipc_message *b)
{
    const struct ipc_row *row = ipc_row(a->type);
    assert_int_equal(a->type, b->type);
    for (size_t i = 0; i < row->field_count; i++) {
        size_t size = row->fields[i].bytes_max + (row->fields[i].kind == IPC_FIELD_STR ? 1 : 0);
        assert_memory_equal((const char *)ipc_body_const(a) + row->fields[i].offset,
                            (const char *)ipc_body_const(b) + row->fields[i].offset, size);
    }
}

typedef void row_fn(enum ipc_type type, const struct ipc_row *row);
static void each_row(row_fn *test)
{
    size_t rows = 0;
    for (int type = IPC_NONE + 1; type < IPC_TYPE_COUNT; type++, rows++)
        test((enum ipc_type)type, ipc_row((enum ipc_type)type));
    assert_true(rows > 10);
}

static void round_trip(enum ipc_type type, const struct ipc_row *row)
{
    for (int full = 0; full < 2; full++) {
        struct ipc_message before = sample(type, full), after;
        struct ipc_frame frame;
        memset(&after, 0xee, sizeof after);
        codec_encode(&before, &frame);
        assert_int_equal(codec_decode(ipc_frame_str(&frame), row->sender, &after), 0);
        assert_messages_equal(&before, &after);
    }
}
static void every_message_comes_out_as_it_went_in(void **state)
{
    (void)state;
    each_row(round_trip);
}

static void truncations(enum ipc_type type, const struct ipc_row *row)
{
    struct ipc_message before = sample(type, true), after;
    struct ipc_frame frame;
    memset(&after, 0xee, sizeof after);
    struct ipc_message untouched = after;
    codec_encode(&before, &frame);
    for (size_t len = 0; len < frame.len; len++) {
        int r = codec_decode((struct str){(const char *)frame.data, len}, row->sender, &after);
        assert_int_equal(r, CODEC_SHORT);
        assert_memory_equal(&after, &untouched, sizeof after);
    }
}
static void S_13_a_frame_cut_at_any_byte_is_refused(void **state)
{
    (void)state;
    each_row(truncations);
}

static void trailing(enum ipc_type type, const struct ipc_row *row)
{
    struct ipc_message before = sample(type, true), after;
    struct ipc_frame frame;
    codec_encode(&before, &frame);
    frame.data[frame.len++] = 0;
    assert_int_equal(codec_decode(ipc_frame_str(&frame), row->sender, &after), CODEC_TRAILING);
}
static void S_13_a_trailing_byte_is_refused(void **state)
{
    (void)state;
    each_row(trailing);
}

static void wrong_sender(enum ipc_type type, const struct ipc_row *row)
{
    struct ipc_message before = sample(type, true), after;
    struct ipc_frame frame;
    codec_encode(&before, &frame);
    assert_int_equal(codec_decode(ipc_frame_str(&frame), other(row->sender), &after), CODEC_SENDER);
}
static void S_13_what_the_other_side_may_say_is_refused(void **state)
{
    (void)state;
    each_row(wrong_sender);
}

/* Where the nth field begins in a frame of empty strings. */
static size_t field_begin(const struct ipc_row *row, size_t number)
{
    size_t begin = TYPE_BYTES;
    for (size_t i = 0; i < number; i++)
        begin += row->fields[i].kind == IPC_FIELD_STR ? LENGTH_BYTES : row->fields[i].bytes_max;
    return begin;
}

/* Gives the field at begin, an empty string, len bytes of filler. */
static void string_swell(struct ipc_frame *frame, size_t begin, size_t len, int filler)
{
    size_t rest = frame->len - begin - LENGTH_BYTES;
    assert_true(frame->len + len <= sizeof frame->data);
    memmove(frame->data + begin + LENGTH_BYTES + len, frame->data + begin + LENGTH_BYTES, rest);
    memset(frame->data + begin + LENGTH_BYTES, filler, len);
    frame->data[begin] = (unsigned char)len;
    frame->data[begin + 1] = (unsigned char)(len >> 8);
    frame->len += len;
}

static void long_strings(enum ipc_type type, const struct ipc_row *row)
{
    for (size_t i = 0; i < row->field_count; i++) {
        if (row->fields[i].kind != IPC_FIELD_STR)
            continue;
        struct ipc_message before = sample(type, false), after;
        struct ipc_frame exact, over, nul;
        codec_encode(&before, &exact);
        over = nul = exact;
        string_swell(&exact, field_begin(row, i), row->fields[i].bytes_max, 'x');
        assert_int_equal(codec_decode(ipc_frame_str(&exact), row->sender, &after), 0);
        string_swell(&over, field_begin(row, i), row->fields[i].bytes_max + 1, 'x');
        assert_int_equal(codec_decode(ipc_frame_str(&over), row->sender, &after), CODEC_LONG);
        string_swell(&nul, field_begin(row, i), 1, 0);
        assert_int_equal(codec_decode(ipc_frame_str(&nul), row->sender, &after), CODEC_NUL);
    }
}
static void S_13_strings_over_their_limit_or_with_NUL_are_refused(void **state)
{
    (void)state;
    each_row(long_strings);
}

static void S_13_a_length_beyond_the_frame_is_refused(void **state)
{
    (void)state;
    struct ipc_message before = {.type = IPC_REFUSED}, after;
    struct ipc_frame frame;
    codec_encode(&before, &frame);
    frame.data[TYPE_BYTES] = 200;
    assert_int_equal(codec_decode(ipc_frame_str(&frame), IPC_FROM_SUPERVISOR, &after), CODEC_SHORT);
    frame.data[TYPE_BYTES + 1] = 0xff;
    assert_int_equal(codec_decode(ipc_frame_str(&frame), IPC_FROM_SUPERVISOR, &after), CODEC_LONG);
}

static void S_13_unknown_types_are_refused(void **state)
{
    (void)state;
    const unsigned types[] = {IPC_NONE, IPC_TYPE_COUNT, 255, 256 + IPC_HELLO, 65535};
    for (size_t i = 0; i < sizeof types / sizeof *types; i++) {
        const char frame[] = {(char)types[i], (char)(types[i] >> 8), 0, 0};
        struct ipc_message after;
        assert_int_equal(codec_decode((struct str){frame, sizeof frame}, IPC_FROM_WORKER, &after), CODEC_TYPE);
    }
}

static void longest(enum ipc_type type, const struct ipc_row *row)
{
    size_t bytes = TYPE_BYTES;
    (void)type;
    for (size_t i = 0; i < row->field_count; i++)
        bytes += row->fields[i].bytes_max + (row->fields[i].kind == IPC_FIELD_STR ? LENGTH_BYTES : 0);
    assert_true(bytes <= IPC_FRAME_BYTES_MAX);
}
static void no_row_is_longer_than_a_frame(void **state)
{
    (void)state;
    each_row(longest);
}

/* The wire is a contract with workers that run already: its bytes may not change by accident. */
static void numbers_are_little_endian(void **state)
{
    (void)state;
    struct ipc_message message = {.type = IPC_HEARTBEAT, .heartbeat = {.sequence = 0x0102030405060708}};
    const unsigned char expected[] = {IPC_HEARTBEAT, 0, 8, 7, 6, 5, 4, 3, 2, 1};
    struct ipc_frame frame;
    codec_encode(&message, &frame);
    assert_int_equal(IPC_HEARTBEAT, 4);
    assert_int_equal(frame.len, sizeof expected);
    assert_memory_equal(frame.data, expected, sizeof expected);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(every_message_comes_out_as_it_went_in),
        cmocka_unit_test(S_13_a_frame_cut_at_any_byte_is_refused),
        cmocka_unit_test(S_13_a_trailing_byte_is_refused),
        cmocka_unit_test(S_13_what_the_other_side_may_say_is_refused),
        cmocka_unit_test(S_13_strings_over_their_limit_or_with_NUL_are_refused),
        cmocka_unit_test(S_13_a_length_beyond_the_frame_is_refused),
        cmocka_unit_test(S_13_unknown_types_are_refused),
        cmocka_unit_test(no_row_is_longer_than_a_frame),
        cmocka_unit_test(numbers_are_little_endian),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
