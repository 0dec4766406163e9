/* The door of PCRE2 (S-1, S-10): a line with a pattern, and the rest as the subject. What the door accepts means what plain PCRE2
 * makes of it, and no search takes long. */
#include "common/regex/regex.h"
#include "tests/fuzz/fuzz.h"
#include "tests/fuzz/plain_regex.h"
#include <time.h>

/* Far above REGEX_TIME_LIMIT_US, so that a busy machine and the sanitizers are no finding. */
#define SEARCH_CPU_MS_MAX 500

static int64_t cpu_ms(void)
{
    struct timespec t;

    clock_gettime(CLOCK_THREAD_CPUTIME_ID, &t);
    return (int64_t)t.tv_sec * 1000 + t.tv_nsec / 1000000;
}

static void check_search(struct str pattern, const struct regex *regex, struct str subject)
{
    CLEANUP(regex_scratch_freep) struct regex_scratch *scratch = NULL;
    CLEANUP(plain_regex_freep) struct plain_regex *plain = plain_regex_new(pattern);
    int64_t begin;
    int r;

    check(plain);
    check(regex_scratch_new(&scratch) == 0);
    begin = cpu_ms();
    r = regex_search(regex, scratch, subject);
    check(cpu_ms() - begin < SEARCH_CPU_MS_MAX);
    check(r == 0 || r == REGEX_MATCH || r == REGEX_LIMIT);
    if (r == REGEX_LIMIT)
        return;
    switch (plain_regex_search(plain, subject)) {
    case PLAIN_NO:
        check(r == 0);
        break;
    case PLAIN_YES:
        check(r == REGEX_MATCH);
        break;
    case PLAIN_UNKNOWN:
        break;
    }
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    CLEANUP(regex_freep) struct regex *regex = NULL;
    const uint8_t *end = size ? memchr(data, '\n', size) : NULL;
    struct str pattern = {(const char *)data, end ? (size_t)(end - data) : size};
    struct str subject = {end ? (const char *)end + 1 : "", end ? size - pattern.len - 1 : 0};
    struct reason why = {.code = REASON_NONE};
    int r;

    if (size == 0)
        pattern.data = "";
    r = regex_compile(pattern, &regex, &why);
    check(r == 0 || (r == REGEX_REFUSED && why.code == REASON_FILTER_INVALID && why.text[0]));
    if (r == 0)
        check_search(pattern, regex, subject);
    return 0;
}
