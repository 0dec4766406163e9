/* Signatures against published values (Q-11, S-10). */
#include "common/aws/sigv4.h"
#include "common/base/secret.h"
#include "tests/unit/aws/sigv4_vectors.h"
#include "tests/unit/cmocka_all.h"

#include <stdio.h>

static const struct str suite_secret = {"wJalrXUtnFEMI/K7MDENG+bPxRfiCYEXAMPLEKEY", 40};
static const struct aws_scope suite_scope = {"service", "us-east-1", 1440938160000};

static size_t count_of(const struct aws_pair *pairs)
{
    size_t count = 0;

    while (count < VECTOR_PAIRS && pairs[count].name.len > 0)
        count++;
    return count;
}

/* What the vector asks for, in reverse: the order is not the caller's business. */
static struct aws_request request_of(const struct vector *vector, const struct aws_pair *headers,
                                     struct aws_pair *turned, char payload[SHA256_TEXT_SIZE])
{
    size_t count = count_of(headers);

    for (size_t i = 0; i < count; i++)
        turned[i] = headers[count - 1 - i];
    sha256_hex(str_of(vector->body), payload);
    return (struct aws_request){.method = vector->method,
                                .path = str_of(vector->path),
                                .query = vector->query,
                                .query_count = count_of(vector->query),
                                .headers = turned,
                                .header_count = count,
                                .payload = payload};
}

/* The vector signed in its header's form or, with expires_s, in its URL's: the whole text. */
static void sign_vector(const struct vector *vector, const struct aws_pair *headers, unsigned expires_s,
                        struct buf *text)
{
    const struct aws_keys keys = {STR("AKIDEXAMPLE"), suite_secret, str_of(vector->token)};
    struct aws_pair turned[VECTOR_PAIRS];
    char payload[SHA256_TEXT_SIZE];
    const struct aws_request request = request_of(vector, headers, turned, payload);

    print_message("  %s\n", vector->name);
    assert_int_equal(expires_s > 0 ? aws_presign(&keys, &suite_scope, &request, expires_s, text)
                                   : aws_sign(&keys, &suite_scope, &request, text),
                     0);
}

static void headers_are_signed_as_the_suite_says(void **state)
{
    (void)state;
    for (size_t i = 0; i < sizeof vectors / sizeof *vectors; i++) {
        CLEANUP(buf_deinit) struct buf text = BUF_INIT(4096);

        sign_vector(&vectors[i], vectors[i].headers, 0, &text);
        assert_string_equal(strstr(text.data, "Signature=") + 10, vectors[i].signature);
        assert_true(str_starts_with(
            buf_str(&text),
            STR("AWS4-HMAC-SHA256 Credential=AKIDEXAMPLE/20150830/us-east-1/service/aws4_request, SignedHeaders=")));
    }
}

static void urls_are_signed_as_the_suite_says(void **state)
{
    (void)state;
    for (size_t i = 0; i < sizeof vectors / sizeof *vectors; i++) {
        CLEANUP(buf_deinit) struct buf text = BUF_INIT(4096);

        if (!vectors[i].url_signature)
            continue;
        assert_true(vectors[i].expires_s > 0);
        sign_vector(&vectors[i], vectors[i].url_headers, vectors[i].expires_s, &text);
        assert_string_equal(strstr(text.data, "X-Amz-Signature=") + 16, vectors[i].url_signature);
    }
}

/* IAM user guide, "Create a signed AWS API request": the ListUsers example of the suite's date. */
static void the_documented_request_to_iam_has_its_signature(void **state)
{
    static const struct aws_pair query[] = {{{"Version", 7}, {"2010-05-08", 10}}, {{"Action", 6}, {"ListUsers", 9}}};
    const struct aws_pair headers[] = {{STR("content-type"), STR("application/x-www-form-urlencoded; charset=utf-8")},
                                       {STR("host"), STR("iam.amazonaws.com")},
                                       {STR("x-amz-date"), STR("20150830T123600Z")}};
    const struct aws_keys keys = {STR("AKIDEXAMPLE"), {"wJalrXUtnFEMI/K7MDENG+bPxRfiCYEXAMPLEKEY", 40}, STR("")};
    const struct aws_scope scope = {"iam", "us-east-1", 1440938160000};
    CLEANUP(buf_deinit) struct buf text = BUF_INIT(4096);
    char payload[SHA256_TEXT_SIZE];

    (void)state;
    sha256_hex(STR(""), payload);
    const struct aws_request request = {.method = "GET",
                                        .path = STR("/"),
                                        .query = query,
                                        .query_count = 2,
                                        .headers = headers,
                                        .header_count = 3,
                                        .payload = payload};
    assert_int_equal(aws_sign(&keys, &scope, &request, &text), 0);
    assert_string_equal(text.data, "AWS4-HMAC-SHA256 Credential=AKIDEXAMPLE/20150830/us-east-1/iam/aws4_request, "
                                   "SignedHeaders=content-type;host;x-amz-date, "
                                   "Signature=5d672d79c15b13162d9279b0855cfba6789a8edb4c82c400e06b5924a6f2b5d7");
}

/* S3 API reference, "Authenticating Requests: Using Query Parameters": the presigned GET of test.txt. */
static void the_documented_url_of_s3_has_its_signature(void **state)
{
    const struct aws_pair headers[] = {{STR("host"), STR("examplebucket.s3.amazonaws.com")}};
    const struct aws_keys keys = {
        STR("AKIAIOSFODNN7EXAMPLE"), {"wJalrXUtnFEMI/K7MDENG/bPxRfiCYEXAMPLEKEY", 40}, STR("")};
    const struct aws_scope scope = {"s3", "us-east-1", 1369353600000};
    const struct aws_request request = {.method = "GET",
                                        .path = STR("/test.txt"),
                                        .path_once = true,
                                        .headers = headers,
                                        .header_count = 1,
                                        .payload = AWS_UNSIGNED_PAYLOAD};
    CLEANUP(buf_deinit) struct buf text = BUF_INIT(4096);

    (void)state;
    assert_int_equal(aws_presign(&keys, &scope, &request, 86400, &text), 0);
    assert_string_equal(
        text.data,
        "/test.txt?X-Amz-Algorithm=AWS4-HMAC-SHA256&X-Amz-Credential=AKIAIOSFODNN7EXAMPLE%2F20130524%2Fus-east-1"
        "%2Fs3%2Faws4_request&X-Amz-Date=20130524T000000Z&X-Amz-Expires=86400&X-Amz-SignedHeaders=host"
        "&X-Amz-Signature=aeeed9bbccd4d02ee5c0109b86d86835f995330da4c265957d157751f604d404");
}

/* The same reference, "Authenticating Requests: Using the Authorization Header": PUT test$file.text. */
static void a_path_of_s3_is_not_escaped_twice(void **state)
{
    const struct aws_pair headers[] = {
        {STR("date"), STR("Fri, 24 May 2013 00:00:00 GMT")},
        {STR("host"), STR("examplebucket.s3.amazonaws.com")},
        {STR("x-amz-content-sha256"), STR("44ce7dd67c959e0d3524ffac1771dfbba87d2b6b4b4e99e42034a8b803f8b072")},
        {STR("x-amz-date"), STR("20130524T000000Z")},
        {STR("x-amz-storage-class"), STR("REDUCED_REDUNDANCY")}};
    const struct aws_keys keys = {
        STR("AKIAIOSFODNN7EXAMPLE"), {"wJalrXUtnFEMI/K7MDENG/bPxRfiCYEXAMPLEKEY", 40}, STR("")};
    const struct aws_scope scope = {"s3", "us-east-1", 1369353600000};
    CLEANUP(buf_deinit) struct buf text = BUF_INIT(4096);
    char payload[SHA256_TEXT_SIZE];

    (void)state;
    sha256_hex(STR("Welcome to Amazon S3."), payload);
    const struct aws_request request = {.method = "PUT",
                                        .path = STR("/test%24file.text"),
                                        .path_once = true,
                                        .headers = headers,
                                        .header_count = 5,
                                        .payload = payload};
    assert_int_equal(aws_sign(&keys, &scope, &request, &text), 0);
    assert_string_equal(strstr(text.data, "Signature=") + 10,
                        "98ad721746da40c64f1a55b78f14c238d841ea1380cd77a1b5971af0ece108bd");
}

static void what_is_too_long_is_refused(void **state)
{
    static struct aws_pair many[AWS_PAIRS_MAX + 1];
    static char long_text[AWS_SIGNED_BYTES_MAX + 1];
    const struct aws_pair wide = {STR("x"), {long_text, sizeof long_text}};
    const struct aws_keys keys = {STR("id"), STR("secret"), STR("")};
    struct aws_request request = {
        .method = "GET", .path = STR("/"), .headers = many, .header_count = AWS_PAIRS_MAX + 1, .payload = ""};
    CLEANUP(buf_deinit) struct buf text = BUF_INIT(1 << 20);

    (void)state;
    memset(long_text, 'a', sizeof long_text);
    assert_int_equal(aws_sign(&keys, &suite_scope, &request, &text), -ENOBUFS);
    request.header_count = 0;
    request.query = &wide;
    request.query_count = 1;
    assert_int_equal(aws_sign(&keys, &suite_scope, &request, &text), -ENOBUFS);
    request.query = many;
    request.query_count = AWS_PAIRS_MAX - 5;
    assert_int_equal(aws_presign(&keys, &suite_scope, &request, 60, &text), -ENOBUFS);
    assert_int_equal(text.len, 0);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(headers_are_signed_as_the_suite_says),
        cmocka_unit_test(urls_are_signed_as_the_suite_says),
        cmocka_unit_test(the_documented_request_to_iam_has_its_signature),
        cmocka_unit_test(the_documented_url_of_s3_has_its_signature),
        cmocka_unit_test(a_path_of_s3_is_not_escaped_twice),
        cmocka_unit_test(what_is_too_long_is_refused),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
