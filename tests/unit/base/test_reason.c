/* Rows of reason.def, and how a reason is filled. */
#include "common/base/reason.h"
#include "tests/unit/cmocka_all.h"

static void every_row_has_a_name_of_its_own_and_a_next_step(void **state)
{
    (void)state;
    for (unsigned code = REASON_NONE + 1; code < REASON_COUNT; code++) {
        const char *name = reason_name((enum reason_code)code);
        const char *step = reason_next_step((enum reason_code)code);
        assert_true(name[0] >= 'A' && name[0] <= 'Z');
        assert_int_equal(step[strlen(step) - 1], '.');
        assert_int_equal(reason_from_name(str_of(name)), code);
    }
    assert_string_equal(reason_name(REASON_ORIGINAL_IN_USE), "OriginalInUse");
    assert_string_equal(reason_name(REASON_NONE), "");
    assert_int_equal(reason_from_name(STR("NoSuchReason")), REASON_NONE);
    assert_int_equal(reason_from_name(STR("")), REASON_NONE);
}

static void setting_a_reason_gives_the_outcome_back(void **state)
{
    struct reason why = {0};

    (void)state;
    assert_int_equal(reason_set(&why, REASON_FIELD_INVALID, 3, "spec.%s: %d", "ttl", -1), 3);
    assert_int_equal(why.code, REASON_FIELD_INVALID);
    assert_string_equal(why.text, "spec.ttl: -1");
    assert_int_equal(reason_set(NULL, REASON_FIELD_INVALID, -EINVAL, "%s", "x"), -EINVAL);
}

static void a_long_text_is_cut_between_characters(void **state)
{
    char text[600];
    struct reason why = {0};

    (void)state;
    for (size_t offset = 0; offset < 4; offset++) {
        memset(text, 'a', offset);
        for (size_t i = offset; i + 4 < sizeof text; i += 4)
            memcpy(text + i, "\xf0\x9f\x98\x80", 5);
        reason_set(&why, REASON_FIELD_INVALID, 1, "%s", text);
        assert_true(str_is_utf8(str_of(why.text)));
        assert_in_range(strlen(why.text), REASON_TEXT_SIZE - 4, REASON_TEXT_SIZE - 1);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(every_row_has_a_name_of_its_own_and_a_next_step),
        cmocka_unit_test(setting_a_reason_gives_the_outcome_back),
        cmocka_unit_test(a_long_text_is_cut_between_characters),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
