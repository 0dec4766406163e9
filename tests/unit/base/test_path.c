/* Paths that are written differently. */
#include "common/base/path.h"
#include "tests/unit/cmocka_all.h"

#include <string.h>

static void one_path_has_many_spellings(void **state)
{
    (void)state;
    assert_true(path_same("/a/b", "/a/b"));
    assert_true(path_same("/a/b", "//a/.//c/../b/"));
    assert_true(path_same("/b", "/../a/../../b"));
    assert_true(path_same("/", "/a/.."));
    assert_false(path_same("/a/b", "/a/b.."));
    assert_false(path_same("/a/.b", "/a/b"));
    assert_false(path_same("/a/b", "/a"));
    assert_false(path_same("/ab", "/a/b"));
}

static void what_is_no_path_is_compared_as_it_is(void **state)
{
    char text[5000] = "/";
    (void)state;
    assert_false(path_same("a", "/a"));
    assert_false(path_same("a", "./a"));
    assert_true(path_same("", ""));
    assert_false(path_same("", "/"));
    memset(text + 1, 'a', sizeof text - 2);
    assert_true(path_same(text, text));
    assert_false(path_same(text, "/a"));
    text[4095] = '\0';
    assert_true(path_same(text, text));
}

int main(void)
{
    const struct CMUnitTest tests[] = {cmocka_unit_test(one_path_has_many_spellings),
                                       cmocka_unit_test(what_is_no_path_is_compared_as_it_is)};
    return cmocka_run_group_tests(tests, NULL, NULL);
}
