/* Randomness, digests and comparison. */
#include "common/base/secret.h"
#include "tests/unit/cmocka_all.h"
#include <stdio.h>

static void random_texts_have_their_length_and_differ(void **state)
{
    char hex[65], other[65];

    (void)state;
    random_hex(hex, 32);
    random_hex(other, 32);
    assert_int_equal(strspn(hex, "0123456789abcdef"), 64);
    assert_int_equal(hex[64], '\0');
    assert_string_not_equal(hex, other);
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

/* RFC 1321, appendix A.5. */
static void md5_gives_the_published_values(void **state)
{
    char text[MD5_TEXT_SIZE];

    (void)state;
    assert_true(md5_hex(STR("message digest"), text));
    assert_string_equal(text, "f96b697d7cb7938d525a2f31aaf161d0");
    assert_true(md5_hex(STR(""), text));
    assert_string_equal(text, "d41d8cd98f00b204e9800998ecf8427e");
}

/* RFC 4231, test case 2. */
static void hmac_sha256_gives_the_published_value(void **state)
{
    unsigned char digest[HMAC_SHA256_SIZE];
    char text[2 * HMAC_SHA256_SIZE + 1];

    (void)state;
    hmac_sha256(STR("Jefe"), STR("what do ya want for nothing?"), digest);
    hex_encode(digest, sizeof digest, text);
    assert_string_equal(text, "5bdcc146bf60754e6a042426089575c75a003f089d2739839dec58b964ec3843");
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
        cmocka_unit_test(random_texts_have_their_length_and_differ),
        cmocka_unit_test(sha256_gives_the_published_values),
        cmocka_unit_test(hmac_sha256_gives_the_published_value),
        cmocka_unit_test(md5_gives_the_published_values),
        cmocka_unit_test(the_same_name_has_the_same_uuid_for_ever),
        cmocka_unit_test(equal_secrets_are_equal),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
