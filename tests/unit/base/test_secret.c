/* Secrets, randomness and digests. */
#include "common/base/secret.h"
#include "tests/unit/cmocka_all.h"
#include <stdio.h>

static void a_secret_holds_any_bytes(void **state)
{
    CLEANUP(secret_freep) struct secret *secret = NULL;
    CLEANUP(secret_freep) struct secret *empty = NULL;

    (void)state;
    assert_int_equal(secret_new(STR("a\0b"), &secret), 0);
    assert_true(str_equal(secret_bytes(secret), STR("a\0b")));
    assert_int_equal(secret_bytes(secret).data[3], '\0');
    assert_int_equal(secret_new((struct str){NULL, 0}, &empty), 0);
    assert_int_equal(secret_bytes(empty).len, 0);
    secret_free(NULL);
}

/* The kernel's flags of the pages that hold address. */
static void read_page_flags(const void *address, char *flags, size_t size)
{
    FILE *maps = fopen("/proc/self/smaps", "re");
    char line[512];
    bool inside = false;
    unsigned long start, end;

    assert_non_null(maps);
    flags[0] = '\0';
    while (fgets(line, sizeof line, maps)) {
        if (sscanf(line, "%lx-%lx", &start, &end) == 2)
            inside = (uintptr_t)address >= start && (uintptr_t)address < end;
        if (inside && strncmp(line, "VmFlags:", 8) == 0)
            snprintf(flags, size, "%s", line);
    }
    fclose(maps);
}

static void S_4_a_secret_stays_out_of_core_files(void **state)
{
    CLEANUP(secret_freep) struct secret *secret = NULL;
    char flags[512];

    (void)state;
    assert_int_equal(secret_new(STR("password"), &secret), 0);
    read_page_flags(secret_bytes(secret).data, flags, sizeof flags);
    assert_non_null(strstr(flags, " dd"));
}

static void random_texts_have_their_length_and_alphabet(void **state)
{
    char digits[101], hex[65], other[65];
    size_t seen[10] = {0};

    (void)state;
    for (int i = 0; i < 100; i++) {
        random_digits(digits, 100);
        assert_int_equal(strspn(digits, "0123456789"), 100);
        for (size_t k = 0; k < 100; k++)
            seen[digits[k] - '0']++;
    }
    for (size_t d = 0; d < 10; d++)
        assert_in_range(seen[d], 800, 1200); /* 1000 expected, more than six deviations of slack */
    random_hex(hex, 32);
    random_hex(other, 32);
    assert_int_equal(strspn(hex, "0123456789abcdef"), 64);
    assert_int_equal(hex[64], '\0');
    assert_string_not_equal(hex, other);
    random_digits(digits, 0);
    assert_string_equal(digits, "");
}

/* FIPS 180-2, appendix B.1, and the digest of nothing. */
static void sha256_gives_the_published_values(void **state)
{
    char text[SHA256_TEXT_SIZE];

    (void)state;
    sha256_hex(STR("abc"), text);
    assert_string_equal(text, "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad");
    sha256_hex((struct str){NULL, 0}, text);
    assert_string_equal(text, "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855");
}

/* The value was computed with another implementation (Python's uuid.uuid5). A change would give every resource of
 * every installation a new identity. */
static void the_same_name_has_the_same_uuid_for_ever(void **state)
{
    char text[UUID_TEXT_SIZE];

    (void)state;
    uuid5(STR("MirrordSplitConfig/default/orders"), text);
    assert_string_equal(text, "1e53b80f-15b7-55b3-a0ca-00f55e22a069");
}

static void equal_secrets_are_equal(void **state)
{
    (void)state;
    assert_true(secret_equal("token-1", "token-1", 7));
    assert_false(secret_equal("token-1", "token-2", 7));
    assert_true(secret_equal("a", "b", 0));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_secret_holds_any_bytes),
        cmocka_unit_test(S_4_a_secret_stays_out_of_core_files),
        cmocka_unit_test(random_texts_have_their_length_and_alphabet),
        cmocka_unit_test(sha256_gives_the_published_values),
        cmocka_unit_test(the_same_name_has_the_same_uuid_for_ever),
        cmocka_unit_test(equal_secrets_are_equal),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
