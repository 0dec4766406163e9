/* Shared credentials and config files, as the SDKs' reference guide describes them. */
#include "common/aws/profile_file.h"
#include "tests/unit/cmocka_all.h"

static struct aws_profile read_profile(const char *text, const char *name, bool config)
{
    struct aws_profile profile = {.found = false};

    aws_profile_read(str_of(text), str_of(name), config, &profile);
    return profile;
}

static void assert_text(struct str text, const char *wanted) { assert_true(str_equal(text, str_of(wanted))); }

static void keys_of_a_profile_are_found(void **state)
{
    static const char text[] = "# comment\n[default]\naws_access_key_id=A\n\n[dev]\r\nAWS_ACCESS_KEY_ID = D \r\n"
                               "aws_secret_access_key = a=b/+c # why\naws_session_token\t=\tt\n; end";
    struct aws_profile profile = read_profile(text, "dev", false);

    (void)state;
    assert_true(profile.found);
    assert_text(profile.id, "D");
    assert_text(profile.secret, "a=b/+c");
    assert_text(profile.token, "t");
    profile = read_profile(text, "default", false);
    assert_text(profile.id, "A");
    assert_int_equal(profile.secret.len, 0);
    assert_false(read_profile(text, "de", false).found);
    assert_false(read_profile(text, "", false).found);
}

static void sections_of_the_config_file_have_another_title(void **state)
{
    static const char text[] =
        "[dev]\naws_access_key_id=wrong\n[profile  "
        "dev]\naws_access_key_id=right\n[default]\naws_access_key_id=first\n"
        "[profile default]\naws_access_key_id=second\n[sso-session dev]\naws_access_key_id=wrong\n";

    (void)state;
    assert_text(read_profile(text, "dev", true).id, "right");
    assert_text(read_profile(text, "default", true).id, "first");
    assert_text(read_profile(text, "dev", false).id, "wrong");
}

static void what_belongs_to_another_setting_is_not_a_key(void **state)
{
    (void)state;
    assert_int_equal(read_profile("[default]\ns3 =\n  aws_access_key_id = nested\n", "default", true).id.len, 0);
    assert_int_equal(read_profile("aws_access_key_id = early\n[default]\n", "default", true).id.len, 0);
}

static void the_first_file_counts(void **state)
{
    struct aws_profile profile = read_profile("[default]\naws_access_key_id=A", "default", false);

    (void)state;
    aws_profile_read(STR("[default]\naws_access_key_id=B\naws_secret_access_key=C\n"), STR("default"), true,
                     &profile);
    assert_text(profile.id, "A");
    assert_text(profile.secret, "C");
}

static void what_is_not_supported_is_named(void **state)
{
    (void)state;
    assert_string_equal(read_profile("[default]\ncredential_process = /bin/x\n", "default", true).other.data,
                        "credential_process");
    assert_int_equal(read_profile("[default]\nregion = x\n", "default", true).other.len, 0);
}

static void text_that_is_no_profile_has_none(void **state)
{
    static const char *const texts[] = {
        "", "\n", "[", "[default", "]", "[]\n=", "=x", "[default]=\n", "\xff\xfe", "[ ]"};

    (void)state;
    for (size_t i = 0; i < sizeof texts / sizeof *texts; i++)
        assert_int_equal(read_profile(texts[i], "default", i % 2).id.len, 0);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(keys_of_a_profile_are_found),
        cmocka_unit_test(sections_of_the_config_file_have_another_title),
        cmocka_unit_test(what_belongs_to_another_setting_is_not_a_key),
        cmocka_unit_test(the_first_file_counts),
        cmocka_unit_test(what_is_not_supported_is_named),
        cmocka_unit_test(text_that_is_no_profile_has_none),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
