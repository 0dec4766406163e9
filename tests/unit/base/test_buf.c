/* The growing buffer: its limit (S-10), what a failure leaves, and the hand-over of its memory. */
#include "common/base/buf.h"
#include "tests/unit/alloc_fail.h"
#include "tests/unit/cmocka_all.h"
#include <malloc.h>

static void assert_holds(const struct buf *buf, struct str expected)
{
    assert_true(str_equal(buf_str(buf), expected));
    if (buf->data)
        assert_int_equal(buf->data[buf->len], '\0');
}

static void S_10_appending_stops_at_the_limit_and_changes_nothing(void **state)
{
    CLEANUP(buf_deinit) struct buf buf = BUF_INIT(5);

    (void)state;
    assert_int_equal(buf_append(&buf, "abcdef", 6), -ENOBUFS);
    assert_null(buf.data);
    assert_int_equal(buf_append_str(&buf, STR("abc")), 0);
    assert_int_equal(buf_printf(&buf, "%s", "def"), -ENOBUFS);
    assert_holds(&buf, STR("abc"));
    assert_int_equal(buf_printf(&buf, "%d", 42), 0);
    assert_int_equal(buf_append_char(&buf, 'x'), -ENOBUFS);
    assert_int_equal(buf_append(&buf, NULL, 0), 0);
    assert_holds(&buf, STR("abc42"));
    assert_int_equal(buf.capacity, 6);
}

static void S_10_a_length_near_the_end_of_the_number_range_is_refused(void **state)
{
    CLEANUP(buf_deinit) struct buf buf = BUF_INIT(100);
    char *end = NULL;

    (void)state;
    assert_int_equal(buf_append_char(&buf, 'x'), 0);
    assert_int_equal(buf_reserve(&buf, SIZE_MAX, &end), -ENOBUFS);
    assert_int_equal(buf_reserve(&buf, SIZE_MAX - 1, &end), -ENOBUFS);
    assert_null(end);
}

static void growth_keeps_every_byte(void **state)
{
    CLEANUP(buf_deinit) struct buf buf = BUF_INIT(100000);

    (void)state;
    for (int i = 0; i < 100000; i++)
        assert_int_equal(buf_append_char(&buf, (char)(i % 251)), 0);
    for (int i = 0; i < 100000; i++)
        assert_int_equal(buf.data[i], (char)(i % 251));
    assert_int_equal(buf.capacity, 100001);
}

static void consumed_bytes_go_from_the_front(void **state)
{
    CLEANUP(buf_deinit) struct buf buf = BUF_INIT(10);

    (void)state;
    buf_consume(&buf, 0);
    assert_int_equal(buf_append_str(&buf, STR("abcdef")), 0);
    buf_consume(&buf, 4);
    assert_holds(&buf, STR("ef"));
    buf_consume(&buf, 2);
    assert_holds(&buf, STR(""));
    assert_int_equal(buf_append_str(&buf, STR("0123456789")), 0);
    buf_clear(&buf);
    assert_holds(&buf, STR(""));
}

static void reserved_room_is_the_callers_to_fill(void **state)
{
    CLEANUP(buf_deinit) struct buf buf = BUF_INIT(10);
    CLEANUP(cleanup_freep) char *taken = NULL;
    char *end;

    (void)state;
    assert_int_equal(buf_append_char(&buf, 'a'), 0);
    assert_int_equal(buf_reserve(&buf, 9, &end), 0);
    memset(end, 'z', 9);
    buf.len += 2;
    assert_int_equal(buf_take(&buf, &taken), 0);
    assert_string_equal(taken, "azz");
    assert_null(buf.data);
    assert_int_equal(buf.max_bytes, 10);
}

static void an_empty_buffer_gives_an_empty_text(void **state)
{
    CLEANUP(buf_deinit) struct buf buf = BUF_INIT(10);
    CLEANUP(cleanup_freep) char *taken = NULL;

    (void)state;
    assert_string_equal(buf_str(&buf).data, "");
    assert_int_equal(buf_take(&buf, &taken), 0);
    assert_string_equal(taken, "");
}

static int fill_and_take(void *context)
{
    CLEANUP(buf_deinit) struct buf buf = BUF_INIT(1000);
    CLEANUP(cleanup_freep) char *taken = NULL;
    CLEANUP(cleanup_freep) char *nothing = NULL;
    int r;

    (void)context;
    for (int i = 0; i < 100; i++) {
        size_t before = buf.len;
        r = buf_printf(&buf, "%04d,", i);
        if (r < 0) {
            assert_int_equal(buf.len, before);
            assert_holds(&buf, buf_str(&buf));
            return r;
        }
    }
    r = buf_take(&buf, &taken);
    if (r < 0)
        return r;
    assert_memory_equal(taken + 495, "0099,", 6);
    return buf_take(&buf, &nothing);
}

static void failing_memory_leaves_the_buffer_as_it_was(void **state)
{
    (void)state;
    /* 64, 128, 256, 512 bytes, and the empty text of the second take. */
    assert_int_equal(alloc_fail_each(fill_and_take, NULL), 5);
}

/* Whether memory was given back with the word in it. */
static bool word_left;

void __real_free(void *memory);
void __wrap_free(void *memory);
void __wrap_free(void *memory)
{
    if (memory && memmem(memory, malloc_usable_size(memory), "pass-word", 9))
        word_left = true;
    __real_free(memory);
}

static void fill_and_free(struct buf buf)
{
    char *taken = NULL;

    word_left = false;
    for (int i = 0; i < 100; i++) /* grows, and is in more than one place */
        assert_int_equal(buf_append_str(&buf, STR("pass-word ")), 0);
    buf_consume(&buf, 500);
    buf_deinit(&buf);
    assert_int_equal(buf_append_str(&buf, STR("pass-word")), 0);
    assert_int_equal(buf_take(&buf, &taken), 0);
    assert_string_equal(taken, "pass-word");
    explicit_bzero(taken, strlen(taken));
    free(taken);
    assert_int_equal(buf_append_str(&buf, STR("pass-word")), 0);
    buf_deinit(&buf);
}

static void S_4_a_buffer_for_secrets_gives_back_zeroed_memory(void **state)
{
    (void)state;
    fill_and_free(BUF_INIT(4096));
    assert_true(word_left);
    fill_and_free(BUF_SECRET_INIT(4096));
    assert_false(word_left);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(S_10_appending_stops_at_the_limit_and_changes_nothing),
        cmocka_unit_test(S_10_a_length_near_the_end_of_the_number_range_is_refused),
        cmocka_unit_test(growth_keeps_every_byte),
        cmocka_unit_test(consumed_bytes_go_from_the_front),
        cmocka_unit_test(reserved_room_is_the_callers_to_fill),
        cmocka_unit_test(an_empty_buffer_gives_an_empty_text),
        cmocka_unit_test(failing_memory_leaves_the_buffer_as_it_was),
        cmocka_unit_test(S_4_a_buffer_for_secrets_gives_back_zeroed_memory),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
