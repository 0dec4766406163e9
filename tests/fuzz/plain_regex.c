/* Owns a compiled pattern and its match data. A pattern that is refused is no failure; lack of memory ends the process. */
#define PCRE2_CODE_UNIT_WIDTH 8
#include "tests/fuzz/plain_regex.h"
#include <pcre2.h>

#define STEPS_MAX 200000 /* per start position: far more than the door grants */
#define HEAP_MAX_KIB (64u << 10)

struct plain_regex {
    pcre2_code *code;
    pcre2_match_data *data;
    pcre2_match_context *context;
};

struct plain_regex *plain_regex_new(struct str pattern)
{
    const uint32_t options = PCRE2_UTF | PCRE2_UCP | PCRE2_MATCH_INVALID_UTF | PCRE2_DOLLAR_ENDONLY |
                             PCRE2_NEVER_BACKSLASH_C | PCRE2_NO_DOTSTAR_ANCHOR;
    CLEANUP(plain_regex_freep) struct plain_regex *plain = calloc(1, sizeof *plain);
    pcre2_compile_context *context = pcre2_compile_context_create(NULL);
    PCRE2_SIZE offset;
    int error;

    check(plain && context);
    (void)pcre2_set_newline(context, PCRE2_NEWLINE_LF);
    plain->code = pcre2_compile((PCRE2_SPTR)pattern.data, pattern.len, options, &error, &offset, context);
    pcre2_compile_context_free(context);
    if (!plain->code)
        return NULL;
    (void)pcre2_jit_compile(plain->code, PCRE2_JIT_COMPLETE);
    plain->data = pcre2_match_data_create(1, NULL);
    plain->context = pcre2_match_context_create(NULL);
    check(plain->data && plain->context);
    (void)pcre2_set_match_limit(plain->context, STEPS_MAX);
    (void)pcre2_set_heap_limit(plain->context, HEAP_MAX_KIB);
    return TAKE(plain);
}

void plain_regex_free(struct plain_regex *plain)
{
    if (!plain)
        return;
    pcre2_code_free(plain->code);
    pcre2_match_data_free(plain->data);
    pcre2_match_context_free(plain->context);
    free(plain);
}

/* Interpreted, so that another engine than the door's answers. But before bytes that begin no character the interpreter never looks
 * for a start, and ^ matches nowhere in them; there the compiled code is right (a value without valid UTF-8 is bytes, C-15). */
enum plain_answer plain_regex_search(const struct plain_regex *plain, struct str subject)
{
    uint32_t engine = str_is_utf8(subject) ? PCRE2_NO_JIT : 0;
    int rc = pcre2_match(plain->code, (PCRE2_SPTR)subject.data, subject.len, 0, engine, plain->data, plain->context);

    if (rc >= 0)
        return PLAIN_YES;
    return rc == PCRE2_ERROR_NOMATCH ? PLAIN_NO : PLAIN_UNKNOWN;
}
