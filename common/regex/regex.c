/* Compiles and searches with PCRE2, and holds it to the limits of S-1.
 *
 * Owns compiled patterns and the working memory of one thread. Never anchors, never logs, never shows a subject.
 * Compiling may be refused (the pattern) or fail for lack of memory; a search cannot fail, it can hit a limit.
 *
 * PCRE2 applies its match limit afresh at every position where a match could start, and a single step may read the
 * whole subject. So two limits stand beside it: the match limit shrinks with the length of long subjects, and a
 * callout in front of each compiled pattern, reached once a start position, ends a search that used up its time. */
#define PCRE2_CODE_UNIT_WIDTH 8
#include "common/regex/regex.h"
#include "common/regex/dialect.h"
#include <pcre2.h>
#include <time.h>

/* What the pattern is given in front; errors are reported at positions without it. */
#define GUARD "(?C1)"
#define GUARD_LEN (sizeof GUARD - 1)
#define GUARD_CALLOUT 1
/* Looks at the clock at every fourth position: cheap for harmless patterns, near enough for the others. */
#define GUARD_INTERVAL_MASK 3u
/* Up to here the full match limit; beyond, limit x length stays the same. */
#define FULL_LIMIT_BYTES 4096
#define TIME_LIMIT_NS (REGEX_TIME_LIMIT_US * UINT64_C(1000))
#define JIT_STACK_START_BYTES (32 * 1024)
#define JIT_STACK_MAX_BYTES (512 * 1024)

_Static_assert(JIT_STACK_MAX_BYTES <= REGEX_HEAP_LIMIT_KIB * 1024, "the stack of compiled code counts as heap");

struct regex {
    pcre2_code *code;
};

struct regex_scratch {
    pcre2_match_data *data;
    pcre2_match_context *context;
    pcre2_jit_stack *jit_stack;
    uint64_t wall_deadline_ns; /* of this search; 0 before the first look at the clock */
    uint64_t cpu_deadline_ns;  /* set when the wall time was over */
    uint32_t positions;        /* start positions tried in this search */
};

/* Through our own functions, so that tests can make each allocation fail. */
static void *memory_get(size_t size, void *unused)
{
    (void)unused;
    return malloc(size);
}

static void memory_put(void *data, void *unused)
{
    (void)unused;
    free(data);
}

static void compile_context_freep(pcre2_compile_context **slot) { pcre2_compile_context_free(*slot); }
static void general_context_freep(pcre2_general_context **slot) { pcre2_general_context_free(*slot); }

static uint64_t clock_ns(clockid_t clock)
{
    struct timespec t;
    clock_gettime(clock, &t);
    return (uint64_t)t.tv_sec * 1000000000u + (uint64_t)t.tv_nsec;
}

/* Wall time is cheap to read but also passes while another thread runs, which must not cost a match: when it is
 * over, as much processor time is granted, and that decides. */
static int guard_reached(pcre2_callout_block *block, void *data)
{
    struct regex_scratch *scratch = data;
    uint64_t now_ns;

    (void)block;
    if ((scratch->positions++ & GUARD_INTERVAL_MASK) != 0)
        return 0;
    if (scratch->cpu_deadline_ns != 0)
        return clock_ns(CLOCK_THREAD_CPUTIME_ID) >= scratch->cpu_deadline_ns ? PCRE2_ERROR_CALLOUT : 0;
    now_ns = clock_ns(CLOCK_MONOTONIC);
    if (scratch->wall_deadline_ns == 0)
        scratch->wall_deadline_ns = now_ns + TIME_LIMIT_NS;
    else if (now_ns >= scratch->wall_deadline_ns)
        scratch->cpu_deadline_ns = clock_ns(CLOCK_THREAD_CPUTIME_ID) + TIME_LIMIT_NS;
    return 0;
}

static int callout_count(pcre2_callout_enumerate_block *block, void *data)
{
    (void)block;
    ++*(size_t *)data;
    return 0;
}

static int refuse(struct reason *why, size_t position, const char *cause)
{
    return reason_set(why, REASON_FILTER_INVALID, REGEX_REFUSED, "The pattern is refused at position %zu: %s.",
                      position, cause);
}

static int refuse_error(struct reason *why, int error, PCRE2_SIZE offset)
{
    PCRE2_UCHAR text[256] = "invalid";
    if (error == PCRE2_ERROR_HEAP_FAILED)
        return -ENOMEM;
    (void)pcre2_get_error_message(error, text, sizeof text);
    return refuse(why, offset > GUARD_LEN ? offset - GUARD_LEN : 0, (const char *)text);
}

/* Options that make a pattern mean what Rust's engine makes of it: $ only at the very end, (?m)^ behind the last newline
 * too, Unicode classes, \n as the only line end; and a subject that is not UTF-8 is searched as far as it is. */
static int compile_guarded(struct str pattern, pcre2_general_context *memory, pcre2_code **ret, struct reason *why)
{
    const uint32_t options = PCRE2_UTF | PCRE2_UCP | PCRE2_MATCH_INVALID_UTF | PCRE2_DOLLAR_ENDONLY |
                             PCRE2_ALT_CIRCUMFLEX | PCRE2_NEVER_BACKSLASH_C | PCRE2_NO_DOTSTAR_ANCHOR;
    CLEANUP(compile_context_freep) pcre2_compile_context *context = pcre2_compile_context_create(memory);
    unsigned char guarded[GUARD_LEN + REGEX_PATTERN_BYTES_MAX];
    PCRE2_SIZE offset = 0;
    int error = 0;

    if (!context)
        return -ENOMEM;
    (void)pcre2_set_newline(context, PCRE2_NEWLINE_LF);
    memcpy(guarded, GUARD, GUARD_LEN);
    if (pattern.len > 0)
        memcpy(guarded + GUARD_LEN, pattern.data, pattern.len);
    *ret = pcre2_compile(guarded, GUARD_LEN + pattern.len, options, &error, &offset, context);
    return *ret ? 0 : refuse_error(why, error, offset);
}

int regex_compile(struct str pattern, struct regex **ret, struct reason *why)
{
    CLEANUP(regex_freep) struct regex *regex = NULL;
    CLEANUP(general_context_freep) pcre2_general_context *memory = NULL;
    struct dialect_issue issue;
    size_t callouts = 0;
    int r;

    if (pattern.len > REGEX_PATTERN_BYTES_MAX)
        return refuse(why, REGEX_PATTERN_BYTES_MAX, "longer than 1024 bytes");
    issue = dialect_check(pattern);
    if (issue.cause)
        return refuse(why, issue.position, issue.cause);
    memory = pcre2_general_context_create(memory_get, memory_put, NULL);
    regex = calloc(1, sizeof *regex);
    if (!memory || !regex)
        return -ENOMEM;
    r = compile_guarded(pattern, memory, &regex->code, why);
    if (r != 0)
        return r;
    (void)pcre2_callout_enumerate(regex->code, callout_count, &callouts);
    if (callouts != 1)
        return refuse(why, 0, "callouts (?C) are not supported");
    /* Where no code can be generated, PCRE2 interprets the pattern under the same limits. */
    (void)pcre2_jit_compile(regex->code, PCRE2_JIT_COMPLETE);
    *ret = TAKE(regex);
    return 0;
}

void regex_free(struct regex *regex)
{
    if (!regex)
        return;
    pcre2_code_free(regex->code);
    free(regex);
}

int regex_scratch_new(struct regex_scratch **ret)
{
    CLEANUP(regex_scratch_freep) struct regex_scratch *scratch = calloc(1, sizeof *scratch);
    CLEANUP(general_context_freep) pcre2_general_context *memory = NULL;

    memory = pcre2_general_context_create(memory_get, memory_put, NULL);
    if (!scratch || !memory)
        return -ENOMEM;
    scratch->data = pcre2_match_data_create(1, memory);
    scratch->context = pcre2_match_context_create(memory);
    scratch->jit_stack = pcre2_jit_stack_create(JIT_STACK_START_BYTES, JIT_STACK_MAX_BYTES, memory);
    if (!scratch->data || !scratch->context || !scratch->jit_stack)
        return -ENOMEM;
    (void)pcre2_set_heap_limit(scratch->context, REGEX_HEAP_LIMIT_KIB);
    (void)pcre2_set_depth_limit(scratch->context, REGEX_MATCH_LIMIT);
    (void)pcre2_set_callout(scratch->context, guard_reached, scratch);
    pcre2_jit_stack_assign(scratch->context, NULL, scratch->jit_stack);
    *ret = TAKE(scratch);
    return 0;
}

void regex_scratch_free(struct regex_scratch *scratch)
{
    if (!scratch)
        return;
    pcre2_match_data_free(scratch->data);
    pcre2_match_context_free(scratch->context);
    pcre2_jit_stack_free(scratch->jit_stack);
    free(scratch);
}

int regex_search(const struct regex *regex, struct regex_scratch *scratch, struct str subject)
{
    uint32_t match_limit = REGEX_MATCH_LIMIT;
    int rc;

    if (subject.len > REGEX_SUBJECT_BYTES_MAX)
        return REGEX_LIMIT;
    if (subject.len > FULL_LIMIT_BYTES)
        match_limit = (uint32_t)(REGEX_MATCH_LIMIT * (size_t)FULL_LIMIT_BYTES / subject.len);
    (void)pcre2_set_match_limit(scratch->context, match_limit);
    scratch->wall_deadline_ns = scratch->cpu_deadline_ns = 0;
    scratch->positions = 0;
    rc = pcre2_match(regex->code, (PCRE2_SPTR)(subject.data ? subject.data : ""), subject.len, 0, 0, scratch->data,
                     scratch->context);
    if (rc >= 0)
        return REGEX_MATCH;
    return rc == PCRE2_ERROR_NOMATCH ? 0 : REGEX_LIMIT;
}
