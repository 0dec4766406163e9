/* Memory freed at once: its limit (S-10), alignment, and what a failure leaves. */
#include "common/base/arena.h"
#include "common/base/cleanup.h"
#include "tests/unit/alloc_fail.h"
#include "tests/unit/cmocka_all.h"
#include <stdlib.h>

static void memory_is_zeroed_aligned_and_apart(void **state)
{
    CLEANUP(arena_deinit) struct arena arena = ARENA_INIT(1 << 20);
    unsigned char *pieces[200];

    (void)state;
    for (size_t i = 0; i < 200; i++) {
        size_t size = i * 17 % 3000;
        void *piece;
        assert_int_equal(arena_alloc(&arena, size, &piece), 0);
        assert_int_equal((uintptr_t)piece % _Alignof(max_align_t), 0);
        pieces[i] = piece;
        for (size_t k = 0; k < size; k++)
            assert_int_equal(pieces[i][k], 0);
        memset(pieces[i], (int)i, size);
    }
    for (size_t i = 0; i < 200; i++)
        for (size_t k = 0; k < i * 17 % 3000; k++)
            assert_int_equal(pieces[i][k], i);
}

static void S_10_the_limit_is_kept_to_the_byte(void **state)
{
    CLEANUP(arena_deinit) struct arena arena = ARENA_INIT(64);
    void *piece = NULL;
    const char *text = NULL;

    (void)state;
    assert_int_equal(arena_alloc(&arena, 65, &piece), -ENOBUFS);
    assert_int_equal(arena_alloc(&arena, SIZE_MAX, &piece), -ENOBUFS);
    assert_int_equal(arena_alloc_array(&arena, SIZE_MAX / 2, 3, &piece), -ENOBUFS);
    assert_null(piece);
    assert_int_equal(arena.used_bytes, 0);
    assert_int_equal(arena_alloc_array(&arena, 3, 16, &piece), 0);
    assert_int_equal(arena_str(&arena, STR("sixteen bytes ..16"), &text), -ENOBUFS);
    assert_int_equal(arena_printf(&arena, &text, "%20d", 1), -ENOBUFS);
    assert_null(text);
    assert_int_equal(arena_str(&arena, STR("fifteen bytes.."), &text), 0);
    assert_string_equal(text, "fifteen bytes..");
    assert_int_equal(arena_alloc(&arena, 0, &piece), -ENOBUFS);
}

static void a_freed_arena_can_be_used_again(void **state)
{
    struct arena arena = ARENA_INIT(32);
    const char *text;

    (void)state;
    for (int i = 0; i < 3; i++) {
        assert_int_equal(arena_printf(&arena, &text, "%s-%d", "try", i), 0);
        assert_int_equal(text[4], '0' + i);
        assert_int_equal(arena_str(&arena, (struct str){NULL, 0}, &text), 0);
        assert_string_equal(text, "");
        arena_deinit(&arena);
    }
}

static int use_arena(void *context)
{
    CLEANUP(arena_deinit) struct arena arena = ARENA_INIT(100000);
    void *piece;
    const char *text;
    int r = 0;

    (void)context;
    for (size_t i = 0; i < 20 && r == 0; i++) {
        size_t before = arena.used_bytes;
        r = i % 2 ? arena_alloc(&arena, 900, &piece) : arena_printf(&arena, &text, "%2000d", 1);
        if (r < 0)
            assert_int_equal(arena.used_bytes, before);
    }
    return r;
}

static void failing_memory_leaves_the_arena_as_it_was(void **state)
{
    (void)state;
    assert_in_range(alloc_fail_each(use_arena, NULL), 10, 20);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(memory_is_zeroed_aligned_and_apart),
        cmocka_unit_test(S_10_the_limit_is_kept_to_the_byte),
        cmocka_unit_test(a_freed_arena_can_be_used_again),
        cmocka_unit_test(failing_memory_leaves_the_arena_as_it_was),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
