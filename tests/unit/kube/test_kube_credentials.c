/* When credentials are read and fetched again, on a clock of our own. S-9. */
#include "common/kube/client.h"
#include "common/kube/credentials.h"
#include "tests/unit/base/scratch.h"

static int64_t now_ms;
struct mono __wrap_mono_now(void);
int64_t __wrap_wall_now_ms(void);
struct mono __wrap_mono_now(void) { return (struct mono){now_ms}; }
int64_t __wrap_wall_now_ms(void) { return now_ms; }

/* What the HTTP client was told last. */
static char told_ca[64], told_certificate[64];
static int told_count;
int __wrap_http_client_set_tls(struct http_client *client, const struct http_tls *tls);
int __wrap_http_client_set_tls(struct http_client *client, const struct http_tls *tls)
{
    (void)client;
    told_count++;
    snprintf(told_ca, sizeof told_ca, "%.*s", STR_ARG(tls->ca));
    snprintf(told_certificate, sizeof told_certificate, "%.*s", STR_ARG(tls->certificate));
    return 0;
}

static int fetches, fetched_told, cancels;
static kube_fetched_fn *waiting;
static void *waiting_context;

static int fetch(void *context, kube_fetched_fn *done, void *done_context)
{
    (void)context;
    fetches++;
    waiting = done;
    waiting_context = done_context;
    return 0;
}

static void cancel(void *context)
{
    (void)context;
    cancels++;
}

static void on_fetched(void *context)
{
    (void)context;
    fetched_told++;
}

struct bench {
    void *scratch;
    struct kube_access access;
    struct kube_credentials credentials;
};

static int bench_setup(void **state)
{
    struct bench *bench = calloc(1, sizeof *bench);
    assert_int_equal(scratch_setup(&bench->scratch), 0);
    bench->access = kube_access_empty();
    now_ms = 1000;
    told_count = fetches = fetched_told = cancels = 0;
    *state = bench;
    return 0;
}

static int bench_teardown(void **state)
{
    struct bench *bench = *state;
    kube_credentials_deinit(&bench->credentials);
    kube_access_deinit(&bench->access);
    int r = scratch_teardown(&bench->scratch);
    free(bench);
    return r;
}

static void begin(struct bench *bench)
{
    assert_int_equal(kube_credentials_init(&bench->access, NULL, on_fetched, NULL, &bench->credentials), 0);
}

static char *file_of(const struct bench *bench, const char *name)
{
    char path[128];
    snprintf(path, sizeof path, "%s/%s", ((const struct scratch *)bench->scratch)->path, name);
    return strdup(path);
}

static void expect_token(struct bench *bench, const char *header)
{
    const char *headers[KUBE_HEADERS_MAX + 2];
    struct reason why;
    assert_int_equal(kube_credentials_look(&bench->credentials, &why), 0);
    kube_credentials_headers(&bench->credentials, headers);
    assert_string_equal(headers[0], header);
}

static void files_are_read_again_every_minute(void **state)
{
    struct bench *bench = *state;
    bench->access.token_file = file_of(bench, "token");
    bench->access.ca.file = file_of(bench, "ca");
    scratch_put(bench->scratch, "token", STR("one\n"));
    scratch_put(bench->scratch, "ca", STR("first"));
    begin(bench);
    expect_token(bench, "Authorization: Bearer one");
    assert_string_equal(told_ca, "first");
    scratch_put(bench->scratch, "token", STR("two"));
    scratch_put(bench->scratch, "ca", STR("second"));
    now_ms += KUBE_CREDENTIALS_AGE_MS - 1;
    expect_token(bench, "Authorization: Bearer one");
    now_ms += 1;
    expect_token(bench, "Authorization: Bearer two");
    assert_string_equal(told_ca, "second");
    now_ms += KUBE_CREDENTIALS_AGE_MS; /* nothing new: connections stay as they are */
    expect_token(bench, "Authorization: Bearer two");
    assert_int_equal(told_count, 2);
}

/* It may be about to be replaced. */
static void a_file_that_is_away_keeps_its_contents(void **state)
{
    struct bench *bench = *state;
    bench->access.token_file = file_of(bench, "token");
    scratch_put(bench->scratch, "token", STR("one"));
    begin(bench);
    expect_token(bench, "Authorization: Bearer one");
    assert_int_equal(unlink(bench->access.token_file), 0);
    now_ms += KUBE_CREDENTIALS_AGE_MS;
    expect_token(bench, "Authorization: Bearer one");
}

static void refused_ones_are_read_again_at_once(void **state)
{
    struct bench *bench = *state;
    bench->access.token_file = file_of(bench, "token");
    scratch_put(bench->scratch, "token", STR("one"));
    begin(bench);
    expect_token(bench, "Authorization: Bearer one");
    unsigned generation = bench->credentials.generation;
    scratch_put(bench->scratch, "token", STR("two"));
    assert_true(kube_credentials_refused(&bench->credentials, generation));
    expect_token(bench, "Authorization: Bearer two");
    /* Another request that was sent with the old one: the new one need not be doubted. */
    scratch_put(bench->scratch, "token", STR("three"));
    assert_true(kube_credentials_refused(&bench->credentials, generation));
    expect_token(bench, "Authorization: Bearer two");
}

static void given_ones_cannot_be_read_again(void **state)
{
    struct bench *bench = *state;
    assert_int_equal(buf_append_str(&bench->access.token, STR("one")), 0);
    begin(bench);
    expect_token(bench, "Authorization: Bearer one");
    assert_false(kube_credentials_refused(&bench->credentials, bench->credentials.generation));
}

static void come(const char *token, const char *certificate, int64_t expires_ms)
{
    const struct kube_credential credential = {.token = str_of(token),
                                               .certificate = str_of(certificate),
                                               .key = str_of(certificate),
                                               .expires_wall_ms = expires_ms};
    waiting(waiting_context, 0, &credential, NULL);
}

static void fetched_ones_count_until_they_expire(void **state)
{
    struct bench *bench = *state;
    struct reason why;
    bench->access.fetcher = (struct kube_fetcher){fetch, cancel, NULL};
    begin(bench);
    assert_int_equal(kube_credentials_look(&bench->credentials, &why), KUBE_CREDENTIALS_WAIT);
    assert_int_equal(kube_credentials_look(&bench->credentials, &why), KUBE_CREDENTIALS_WAIT);
    assert_int_equal(fetches, 1); /* one at a time */
    come("one", "mine", now_ms + 5000);
    assert_int_equal(fetched_told, 1);
    expect_token(bench, "Authorization: Bearer one");
    assert_string_equal(told_certificate, "mine");
    now_ms += KUBE_CREDENTIALS_AGE_MS; /* the files are read again, and do not take the place of what was fetched */
    assert_int_equal(kube_credentials_look(&bench->credentials, &why), KUBE_CREDENTIALS_WAIT);
    come("two", "", 0);
    expect_token(bench, "Authorization: Bearer two");
    assert_string_equal(told_certificate, "mine");
    now_ms += 1000 * KUBE_CREDENTIALS_AGE_MS; /* for ever */
    expect_token(bench, "Authorization: Bearer two");
    assert_int_equal(fetches, 2);
}

/* Of a clock that goes wrong there would be no end of fetches, and no request. */
static void what_comes_expired_is_used_for_a_while(void **state)
{
    struct bench *bench = *state;
    struct reason why;
    bench->access.fetcher = (struct kube_fetcher){fetch, cancel, NULL};
    begin(bench);
    assert_int_equal(kube_credentials_look(&bench->credentials, &why), KUBE_CREDENTIALS_WAIT);
    come("one", "", now_ms - 1);
    expect_token(bench, "Authorization: Bearer one");
    now_ms += KUBE_CREDENTIALS_FETCHED_MIN_MS - 1;
    expect_token(bench, "Authorization: Bearer one");
    assert_int_equal(fetches, 1);
    now_ms += 1;
    assert_int_equal(kube_credentials_look(&bench->credentials, &why), KUBE_CREDENTIALS_WAIT);
}

static void a_token_of_no_use_is_never_left_out(void **state)
{
    struct bench *bench = *state;
    struct reason why;
    bench->access.token_file = file_of(bench, "token");
    scratch_put(bench->scratch, "token", STR("one\ntwo"));
    begin(bench);
    for (int i = 0; i < 2; i++) {
        assert_int_equal(kube_credentials_look(&bench->credentials, &why), -ENOKEY);
        assert_non_null(strstr(why.text, "more than one line"));
    }
    scratch_put(bench->scratch, "token", STR("three"));
    expect_token(bench, "Authorization: Bearer three");
}

static void a_failed_fetch_is_told_and_cancelled_with_us(void **state)
{
    struct bench *bench = *state;
    struct reason why, given = {.code = REASON_KUBE_ACCESS_INVALID, .text = "no login"};
    bench->access.fetcher = (struct kube_fetcher){fetch, cancel, NULL};
    begin(bench);
    assert_int_equal(kube_credentials_look(&bench->credentials, &why), KUBE_CREDENTIALS_WAIT);
    waiting(waiting_context, -ENOKEY, NULL, &given);
    assert_int_equal(kube_credentials_look(&bench->credentials, &why), -ENOKEY);
    assert_string_equal(why.text, "no login");
    bench->credentials.failure = 0; /* as the client does once it was told */
    assert_int_equal(kube_credentials_look(&bench->credentials, &why), KUBE_CREDENTIALS_WAIT);
    assert_int_equal(fetches, 2);
    kube_credentials_deinit(&bench->credentials);
    assert_int_equal(cancels, 1);
    begin(bench); /* for the teardown */
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(files_are_read_again_every_minute, bench_setup, bench_teardown),
        cmocka_unit_test_setup_teardown(a_file_that_is_away_keeps_its_contents, bench_setup, bench_teardown),
        cmocka_unit_test_setup_teardown(refused_ones_are_read_again_at_once, bench_setup, bench_teardown),
        cmocka_unit_test_setup_teardown(given_ones_cannot_be_read_again, bench_setup, bench_teardown),
        cmocka_unit_test_setup_teardown(fetched_ones_count_until_they_expire, bench_setup, bench_teardown),
        cmocka_unit_test_setup_teardown(what_comes_expired_is_used_for_a_while, bench_setup, bench_teardown),
        cmocka_unit_test_setup_teardown(a_token_of_no_use_is_never_left_out, bench_setup, bench_teardown),
        cmocka_unit_test_setup_teardown(a_failed_fetch_is_told_and_cancelled_with_us, bench_setup, bench_teardown),
    };
    return cmocka_run_group_tests_name("kube_credentials", tests, NULL, NULL);
}
