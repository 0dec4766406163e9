/* Values for tests of the command line. */
#pragma once

#include "tests/unit/cmocka_all.h"

#include "cli/client_file.h"
#include "cli/options.h"
#include <stdio.h>

/* A client file that must parse. */
static inline struct client_file file_given(const char *text, enum client_format format)
{
    struct client_file file = {.queues = NULL};
    struct reason why = {.code = REASON_NONE};
    if (client_file_parse(str_of(text), format, "mirrord.json", &file, &why) != 0)
        fail_msg("%s in %s", why.text, text);
    return file;
}

static inline void assert_json(const struct json *json, const char *text)
{
    CLEANUP(buf_deinit) struct buf buf = BUF_INIT(1u << 20);
    assert_int_equal(json_write(json, JSON_COMPACT, &buf), 0);
    assert_string_equal(buf.data, text);
}
