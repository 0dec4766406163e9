/* Where services are, and what names them (Q-9, S-8). */
#include "common/aws/arn.h"
#include "common/aws/endpoint.h"
#include "tests/unit/cmocka_all.h"

#include <stdio.h>

/* endpoint-rule-set.json of the SQS models, one region for each partition. */
static void each_partition_has_its_suffix(void **state)
{
    static const char *const cases[][2] = {
        {"eu-west-1", "https://sqs.eu-west-1.amazonaws.com"},
        {"us-gov-east-1", "https://sqs.us-gov-east-1.amazonaws.com"},
        {"cn-north-1", "https://sqs.cn-north-1.amazonaws.com.cn"},
        {"us-iso-east-1", "https://sqs.us-iso-east-1.c2s.ic.gov"},
        {"us-isob-east-1", "https://sqs.us-isob-east-1.sc2s.sgov.gov"},
        {"us-isof-south-1", "https://sqs.us-isof-south-1.csp.hci.ic.gov"},
        {"eu-isoe-west-1", "https://sqs.eu-isoe-west-1.cloud.adc-e.uk"},
        {"eusc-de-east-1", "https://sqs.eusc-de-east-1.amazonaws.eu"},
    };
    struct aws_endpoint endpoint;

    (void)state;
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        assert_int_equal(aws_endpoint_build("sqs", cases[i][0], &endpoint), 0);
        assert_string_equal(endpoint.url, cases[i][1]);
        assert_string_equal(aws_endpoint_host(&endpoint), cases[i][1] + 8);
    }
}

/* A region may come from a queue's URL or ARN: it must not lead to another host (S-8). */
static void a_region_that_is_none_is_refused(void **state)
{
    static const char *const cases[] = {"",
                                        "eu-west-1.evil.example/",
                                        "eu west",
                                        "EU-WEST-1",
                                        "-a",
                                        "a-",
                                        "a#",
                                        "a@b",
                                        "a:80",
                                        "a/b",
                                        "aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa"};
    struct aws_endpoint endpoint;

    (void)state;
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++)
        assert_int_equal(aws_endpoint_build("sqs", cases[i], &endpoint), -EINVAL);
    assert_int_equal(aws_endpoint_build("s/qs", "eu-west-1", &endpoint), -EINVAL);
}

static void a_configured_endpoint_is_a_place_and_nothing_more(void **state)
{
    static const struct {
        const char *text, *url, *host;
    } cases[] = {
        {"http://127.0.0.1:4566", "http://127.0.0.1:4566", "127.0.0.1:4566"},
        {"https://vpce-1.sqs.eu-west-1.vpce.amazonaws.com/", "https://vpce-1.sqs.eu-west-1.vpce.amazonaws.com",
         "vpce-1.sqs.eu-west-1.vpce.amazonaws.com"},
        {"HTTPS://host:443", "https://host", "host"},
        {"http://host:80/", "http://host", "host"},
        {"http://host:443", "http://host:443", "host:443"},
        {"http://[::1]:9324", "http://[::1]:9324", "[::1]:9324"},
        {"http://local_stack", "http://local_stack", "local_stack"},
    };
    static const char *const refused[] = {"",
                                          "host",
                                          "ftp://host",
                                          "http://",
                                          "http:///",
                                          "http://host/path",
                                          "http://host//",
                                          "http://user@host",
                                          "http://host?x",
                                          "http://host#x",
                                          "http://ho st",
                                          "http://host:",
                                          "http://host:0",
                                          "http://host:65536",
                                          "http://host:x",
                                          "http://host:80:80",
                                          "http://[::1",
                                          "http://[]",
                                          "http://[::1]x",
                                          "http://host\n"};
    struct aws_endpoint endpoint;

    (void)state;
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        assert_int_equal(aws_endpoint_parse(str_of(cases[i].text), &endpoint), 0);
        assert_string_equal(endpoint.url, cases[i].url);
        assert_string_equal(aws_endpoint_host(&endpoint), cases[i].host);
    }
    for (size_t i = 0; i < sizeof refused / sizeof *refused; i++)
        assert_int_equal(aws_endpoint_parse(str_of(refused[i]), &endpoint), -EINVAL);
}

static void a_url_is_a_place_and_a_path(void **state)
{
    static const char *const refused[] = {
        "",      "http://h?x", "http://h#x", "http://h/a b", "http://h/a\x7f", "http://h/a#b", "http://h/\xc3\xa4",
        "/path", "://h/"};
    struct aws_endpoint endpoint;
    const char *path;

    (void)state;
    assert_int_equal(aws_url_split("http://169.254.170.23/v1/credentials?a=b", &endpoint, &path), 0);
    assert_string_equal(endpoint.url, "http://169.254.170.23");
    assert_string_equal(path, "/v1/credentials?a=b");
    assert_int_equal(aws_url_split("https://host:8443", &endpoint, &path), 0);
    assert_string_equal(path, "/");
    for (size_t i = 0; i < sizeof refused / sizeof *refused; i++)
        assert_int_equal(aws_url_split(refused[i], &endpoint, &path), -EINVAL);
}

/* S-8. */
static void secrets_in_plain_stay_on_the_machine(void **state)
{
    static const struct {
        const char *text;
        bool safe;
    } cases[] = {
        {"https://any.example", true},
        {"http://127.0.0.1:80", true},
        {"http://127.9.9.9", true},
        {"http://[::1]:8080", true},
        {"http://localhost:1", true},
        {"http://169.254.170.2", true},
        {"http://169.254.170.23", true},
        {"http://169.254.169.254", true},
        {"http://[fd00:ec2::23]", true},
        {"http://[fd00:ec2::254]:80", true},
        {"http://169.254.169.253", false},
        {"http://10.0.0.1", false},
        {"http://any.example", false},
        {"http://127.0.0.1.example", false},
        {"http://localhost.example", false},
        {"http://169.254.170.230", false},
        {"http://127.1", false},
        {"http://0177.0.0.1", false},
        {"http://[fd00:ec2::2]", false},
        {"http://128.0.0.1", false},
    };
    struct aws_endpoint endpoint;

    (void)state;
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        assert_int_equal(aws_endpoint_parse(str_of(cases[i].text), &endpoint), 0);
        assert_int_equal(aws_endpoint_is_safe(&endpoint), cases[i].safe);
    }
}

static void an_arn_has_six_parts(void **state)
{
    static const char *const refused[] = {"",
                                          "arn",
                                          "arn:aws:sqs:eu-west-1:1",
                                          "arn:aws:sqs:eu-west-1:1:",
                                          "arn::sqs:r:1:q",
                                          "arn:aws::r:1:q",
                                          "urn:aws:sqs:r:1:q",
                                          "arn:aws:sqs:r:1:q q",
                                          "arn:aws:sqs:r:1:q\n"};
    static char long_text[AWS_ARN_BYTES_MAX + 2];
    struct aws_arn arn;

    (void)state;
    assert_int_equal(aws_arn_parse(STR("arn:aws:sqs:eu-west-1:123456789012:orders.fifo"), &arn), 0);
    assert_true(str_equal(arn.partition, STR("aws")) && str_equal(arn.service, STR("sqs")));
    assert_true(str_equal(arn.region, STR("eu-west-1")) && str_equal(arn.account, STR("123456789012")));
    assert_true(str_equal(arn.resource, STR("orders.fifo")));
    assert_int_equal(aws_arn_parse(STR("arn:aws:iam::123456789012:role/path/x:y"), &arn), 0);
    assert_true(arn.region.len == 0 && str_equal(arn.resource, STR("role/path/x:y")));
    for (size_t i = 0; i < sizeof refused / sizeof *refused; i++)
        assert_int_equal(aws_arn_parse(str_of(refused[i]), &arn), -EINVAL);
    snprintf(long_text, sizeof long_text, "arn:aws:sqs:r:1:%0*d", AWS_ARN_BYTES_MAX - 16, 0);
    assert_int_equal(aws_arn_parse(str_of(long_text), &arn), 0);
    long_text[AWS_ARN_BYTES_MAX] = 'x';
    assert_int_equal(aws_arn_parse(str_of(long_text), &arn), -EINVAL);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(each_partition_has_its_suffix),
        cmocka_unit_test(a_region_that_is_none_is_refused),
        cmocka_unit_test(a_configured_endpoint_is_a_place_and_nothing_more),
        cmocka_unit_test(a_url_is_a_place_and_a_path),
        cmocka_unit_test(secrets_in_plain_stay_on_the_machine),
        cmocka_unit_test(an_arn_has_six_parts),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
