/* What AWS and its agents answer, and files that hold keys (S-10): the first byte says what the rest is. What is accepted has keys that
 * can stand in a header; what is refused says why. */
#include "common/aws/answer.h"
#include "common/aws/arn.h"
#include "common/aws/endpoint.h"
#include "common/aws/profile_file.h"
#include "common/aws/provider.h"
#include "tests/fuzz/fuzz.h"

#include <stdlib.h>

static void check_clean(struct str text)
{
    for (size_t i = 0; i < text.len; i++)
        check((unsigned char)text.data[i] > 0x20 && text.data[i] != 0x7F);
}

static void read_found(struct str text, int (*read)(struct aws_fetch *fetch, struct str body))
{
    struct aws_fetch fetch = {.found = AWS_CREDENTIAL_INIT};
    int r = read(&fetch, text);

    check(r == 0 || (r == AWS_FETCH_FAILED && fetch.why.text[0]));
    if (r == 0) {
        check(fetch.found.id.len > 0 && fetch.found.secret.len > 0 && fetch.found.expires_wall_ms > 0);
        check_clean(buf_str(&fetch.found.id));
        check_clean(buf_str(&fetch.found.token));
    }
    aws_credential_deinit(&fetch.found);
}

static void read_error(struct str text)
{
    struct aws_error error;

    aws_error_read(text, NULL, &error);
    check_clean(str_of(error.code));
    check(str_is_utf8(str_of(error.message)));
    (void)aws_error_kind_of(str_of(error.code));
}

static void read_profile(struct str text, bool config)
{
    struct aws_profile profile = {.found = false};

    aws_profile_read(text, STR("dev"), config, &profile);
    check(profile.found || (profile.id.len == 0 && profile.secret.len == 0 && profile.other.len == 0));
    check(profile.id.len <= text.len && !memchr(profile.id.len ? profile.id.data : "", '\n', profile.id.len));
}

static void read_arn(struct str text)
{
    struct aws_arn arn;

    if (aws_arn_parse(text, &arn) == 0)
        check(arn.partition.len + arn.service.len + arn.region.len + arn.account.len + arn.resource.len + 8 ==
              text.len);
}

static void read_url(struct str text)
{
    CLEANUP(cleanup_freep) char *copy = NULL;
    struct aws_endpoint endpoint;
    const char *path;

    check(str_dup(text, &copy) == 0);
    if (aws_url_split(copy, &endpoint, &path) < 0)
        return;
    check(path[0] == '/' && endpoint.host_at < sizeof endpoint.url && aws_endpoint_host(&endpoint)[0]);
    check_clean(str_of(endpoint.url));
    check_clean(str_of(path));
    (void)aws_endpoint_is_safe(&endpoint);
    check(aws_endpoint_parse(str_of(endpoint.url), &endpoint) == 0);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    struct str text = {(const char *)data + 1, size - 1};

    if (size == 0)
        return 0;
    if (data[0] == 'j')
        read_found(text, aws_fetch_found_json);
    else if (data[0] == 'x')
        read_found(text, aws_fetch_found_xml);
    else if (data[0] == 'p' || data[0] == 'c')
        read_profile(text, data[0] == 'c');
    else if (data[0] == 'a')
        read_arn(text);
    else if (data[0] == 'u')
        read_url(text);
    else
        read_error(text);
    return 0;
}
