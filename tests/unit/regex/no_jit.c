/* Stands in for pcre2_jit_compile on a machine that forbids generated code. */
#define PCRE2_CODE_UNIT_WIDTH 8
#include <pcre2.h>

int __wrap_pcre2_jit_compile_8(pcre2_code *code, uint32_t options);

int __wrap_pcre2_jit_compile_8(pcre2_code *code, uint32_t options)
{
    (void)code;
    (void)options;
    return PCRE2_ERROR_JIT_BADOPTION;
}
