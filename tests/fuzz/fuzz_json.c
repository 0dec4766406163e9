/* json_parse: whatever is accepted can be written, and what was written is the same document again; the patches take any
 * pair of documents. */
#include "common/json/json.h"
#include "common/json/json_patch.h"
#include "tests/fuzz/fuzz.h"

static void check_round_trip(const struct json *json, enum json_style style)
{
    CLEANUP(buf_deinit) struct buf text = BUF_INIT(64u << 20);
    CLEANUP(json_freep) struct json *again = NULL;
    struct json_limits limits = JSON_LIMITS_DOCUMENT;
    struct json_error error;

    limits.bytes_max = text.max_bytes;
    check(json_write(json, style, &text) == 0);
    check(json_parse(buf_str(&text), &limits, &again, &error) == 0);
    check(json_equal(json, again));
}

static void check_patches(const struct json *json)
{
    CLEANUP(json_freep) struct json *target = NULL;
    CLEANUP(json_freep) struct json *before = NULL;
    struct json_error error;

    check(json_dup(json, &target) == 0);
    if (json_merge_patch(target, json_get(json, "merge")) == 0)
        check(json_type(target) == JSON_OBJECT);
    check(json_dup(target, &before) == 0);
    if (json_patch(target, json_get(json, "patch"), &error) != 0)
        check(json_equal(target, before));
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    struct str text = {(const char *)data, size};
    struct json_limits limits = JSON_LIMITS_DOCUMENT;

    for (int comments = 0; comments < 2; comments++) {
        CLEANUP(json_freep) struct json *json = NULL;
        struct json_error error = {0};
        int r;

        limits.comments = comments == 1;
        r = json_parse(text, &limits, &json, &error);
        check(r == 0 || (r == JSON_REFUSED && error.line > 0 && error.column > 0 && error.text[0]));
        if (r != 0)
            continue;
        check_round_trip(json, JSON_COMPACT);
        check_round_trip(json, JSON_PRETTY);
        check_patches(json);
    }
    return 0;
}
