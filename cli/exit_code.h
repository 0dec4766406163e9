/* The exit statuses of sluice, which scripts rely on. The table is exit_code.def. */
#pragma once

enum exit_code {
#define EXIT(code, number, meaning) EXIT_CODE_##code = (number),
#include "cli/exit_code.def"
#undef EXIT
    EXIT_CODE_SIGNAL = 128 /* plus the number of the signal */
};
