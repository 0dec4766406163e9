/* Forms of a target (docs/cli.md). */
#include "tests/unit/cmocka_all.h"

#include "cli/target_ref.h"

static void accepted_forms(void **state)
{
    (void)state;
    static const struct {
        const char *text, *kind, *name, *container;
    } rows[] = {
        {"deployment/meme-app", "Deployment", "meme-app", ""},
        {"deployment/meme-app/main", "Deployment", "meme-app", "main"},
        {"deployment/meme-app/container/main", "Deployment", "meme-app", "main"},
        {"deployment/meme-app/container", "Deployment", "meme-app", "container"},
        {"deployment/meme-app/container/container", "Deployment", "meme-app", "container"},
        {"statefulset/a.b", "StatefulSet", "a.b", ""},
        {"rollout/r", "Rollout", "r", ""},
        {"localservice/l/c", "LocalService", "l", "c"},
    };
    for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
        struct target_ref target;
        struct reason why;
        assert_int_equal(target_parse(str_of(rows[i].text), &target, &why), 0);
        assert_string_equal(target.kind, rows[i].kind);
        assert_string_equal(target.name, rows[i].name);
        assert_string_equal(target.container, rows[i].container);
    }
}

static void refused_forms(void **state)
{
    (void)state;
    static const struct {
        const char *text, *says;
    } rows[] = {
        {"", "is none of"},
        {"deployment", "is none of"},
        {"deployment/", "is none of"},
        {"deployment/a/", "is none of"},
        {"deployment/a/container/", "is none of"},
        {"deployment/a/b/c", "is none of"},
        {"deployment/a/container/b/c", "is none of"},
        {"deployment/A", "is none of"},
        {"Deployment/a", "is none of"},
        {"cluster/a", "is none of"},
        {"pod/a", "name the workload"},
        {"job/a", "restarted"},
        {"cronjob/a", "restarted"},
        {"service/a", "workload behind it"},
        {"targetless", "a split needs a workload"},
    };
    for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
        struct target_ref target = {.kind = "untouched"};
        struct reason why;
        assert_int_equal(target_parse(str_of(rows[i].text), &target, &why), TARGET_INVALID);
        assert_non_null(strstr(why.text, rows[i].says));
        assert_string_equal(target.kind, "untouched");
    }
}

static void long_names(void **state)
{
    (void)state;
    char text[600] = "deployment/";
    struct target_ref target;
    struct reason why;
    memset(text + 11, 'a', 254);
    assert_int_equal(target_parse(str_of(text), &target, &why), TARGET_INVALID);
    assert_non_null(strstr(why.text, "too long"));
    text[11 + 253] = '\0';
    assert_int_equal(target_parse(str_of(text), &target, &why), 0);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(accepted_forms),
        cmocka_unit_test(refused_forms),
        cmocka_unit_test(long_names),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
