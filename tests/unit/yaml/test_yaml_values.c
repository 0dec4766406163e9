/* YAML as JSON values: the core schema of YAML 1.2, anchors, streams, lines. */
#include "tests/unit/yaml/yaml_given.h"

static void plain_scalars_follow_the_core_schema(void **state)
{
    static const struct {
        const char *yaml, *json;
    } cases[] = {
        {"[~, null, Null, NULL]", "[null,null,null,null]"},
        {"[true, True, TRUE, false, False, FALSE]", "[true,true,true,false,false,false]"},
        {"[yes, on, no, off, y, n, nULL, tRUE]", "[\"yes\",\"on\",\"no\",\"off\",\"y\",\"n\",\"nULL\",\"tRUE\"]"},
        {"[0, -1, +12, 012, 0o17, 0x1F, 1_000]", "[0,-1,12,12,15,31,\"1_000\"]"},
        {"[1., .5, -1.25e3, 1e2, 1.5.2, 1:30, e5, .]", "[1.0,0.5,-1250.0,100.0,\"1.5.2\",\"1:30\",\"e5\",\".\"]"},
        {"[2001-12-14, 0o8, 0xg, -, +, -.]", "[\"2001-12-14\",\"0o8\",\"0xg\",\"-\",\"+\",\"-.\"]"},
        {"['1', \"true\", '~', '']", "[\"1\",\"true\",\"~\",\"\"]"},
        {"9223372036854775808", "9.223372036854776e+18"},
        {"a:\n- \n- b:\n", "{\"a\":[null,{\"b\":null}]}"},
        {"=", "\"=\""},
        {"key: a b  c", "{\"key\":\"a b  c\"}"},
    };

    (void)state;
    for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++)
        assert_yaml(cases[i].yaml, cases[i].json);
}

static void tags_of_the_core_schema_are_obeyed(void **state)
{
    (void)state;
    assert_yaml("[!!str 1, !!int \"12\", !!bool 'true', !!null '', !!float 1, !!str, ! 7]",
                "[\"1\",12,true,null,1.0,\"\",\"7\"]");
    assert_yaml("!!map {!!str 1: !!seq [a]}", "{\"1\":[\"a\"]}");
}

static void text_keeps_its_bytes(void **state)
{
    (void)state;
    assert_yaml("a: |\n  x\n   y\n\nb: >-\n  x\n  y\nc: \"\\x41\\u00e9\\0\\n\"\n",
                "{\"a\":\"x\\n y\\n\",\"b\":\"x y\",\"c\":\"A\xc3\xa9\\u0000\\n\"}");
    assert_yaml("\xef\xbb\xbf\xc3\xa9: \xe2\x82\xac # comment", "{\"\xc3\xa9\":\"\xe2\x82\xac\"}");
}

static void aliases_are_copies(void **state)
{
    (void)state;
    assert_yaml("a: &x {k: [1, 2]}\nb: *x\nc: [*x, &x 5, *x]\nd: &n\ne: *n\n",
                "{\"a\":{\"k\":[1,2]},\"b\":{\"k\":[1,2]},\"c\":[{\"k\":[1,2]},5,5],\"d\":null,\"e\":null}");
}

static void json_is_yaml(void **state)
{
    (void)state;
    assert_yaml("\n\t{\"a\":1,\t\"b\":[true,null,1.50,\"\\/\\ud83d\\ude00\"],\n\t\t\"c\":{}}\n",
                "{\"a\":1,\"b\":[true,null,1.50,\"/\xf0\x9f\x98\x80\"],\"c\":{}}");
    assert_yaml("[\"a\xe2\x80\xa8"
                "b\x7f\"]",
                "[\"a\xe2\x80\xa8"
                "b\x7f\"]");
    assert_yaml("\"text\"", "\"text\"");
    assert_yaml("{a: [x, {b: c}], \"d\":e}", "{\"a\":[\"x\",{\"b\":\"c\"}],\"d\":\"e\"}");
}

static void streams_have_documents_and_empty_ones_are_left_out(void **state)
{
    (void)state;
    CLEANUP(yaml_stream_deinit)
    struct yaml_stream stream =
        yaml_given("# head\n---\na: 1\n---\n---\n# nothing\n---\n\n- b\n...\n---\nnull\n--- {c: 1}\n");

    assert_int_equal(stream.count, 4);
    assert_int_equal(stream.documents[0].line, 3);
    assert_int_equal(stream.documents[1].line, 9);
    assert_int_equal(json_type(stream.documents[1].value), JSON_ARRAY);
    assert_non_null(stream.documents[2].value);
    assert_int_equal(json_type(stream.documents[2].value), JSON_NULL);
    assert_int_equal(stream.documents[3].line, 13);
}

static void a_text_without_documents_is_an_empty_stream(void **state)
{
    static const char *const texts[] = {"", "\n\n", "# only\n", "---\n", "---\n---\n...\n"};

    (void)state;
    for (size_t i = 0; i < sizeof(texts) / sizeof(texts[0]); i++) {
        CLEANUP(yaml_stream_deinit) struct yaml_stream stream = yaml_given(texts[i]);

        assert_int_equal(stream.count, 0);
    }
}

static void fields_have_lines(void **state)
{
    (void)state;
    CLEANUP(yaml_stream_deinit)
    struct yaml_stream stream =
        yaml_given("x: 1\n---\nmetadata:\n  annotations:\n    sluice: a\n    sluice.dev/ttl: b\n"
                   "    odd[0]: c\nspec:\n  topics:\n  - id: one\n    name: n\n  - &t\n    id: two\n"
                   "  again: *t\n");
    const struct yaml_document *document = &stream.documents[1];

    assert_int_equal(yaml_line_of(&stream.documents[0], "x"), 1);
    assert_int_equal(yaml_line_of(document, ""), 3);
    assert_int_equal(yaml_line_of(document, "spec"), 8);
    assert_int_equal(yaml_line_of(document, "spec.topics"), 9);
    assert_int_equal(yaml_line_of(document, "spec.topics[0]"), 10);
    assert_int_equal(yaml_line_of(document, "spec.topics[0].name"), 11);
    assert_int_equal(yaml_line_of(document, "spec.topics[1].id"), 13);
    assert_int_equal(yaml_line_of(document, "metadata.annotations.sluice.dev/ttl"), 6);
    assert_int_equal(yaml_line_of(document, "metadata.annotations.odd[0]"), 7);
}

static void an_absent_field_has_the_line_of_its_nearest_parent(void **state)
{
    (void)state;
    CLEANUP(yaml_stream_deinit)
    struct yaml_stream stream = yaml_given("\na:\n  b:\n  - c: 1\n  d: &x {e: 1}\n  f:\n    *x\n");
    const struct yaml_document *document = &stream.documents[0];

    assert_int_equal(yaml_line_of(document, "a.b[0].z.y"), 4);
    assert_int_equal(yaml_line_of(document, "a.b[7].c"), 3);
    assert_int_equal(yaml_line_of(document, "a.b[x]"), 3);
    assert_int_equal(yaml_line_of(document, "a.b["), 3);
    assert_int_equal(yaml_line_of(document, "zz"), 2);
    assert_int_equal(yaml_line_of(document, "a.f.e"), 6);
}

static void fields_of_json_have_lines_too(void **state)
{
    (void)state;
    CLEANUP(yaml_stream_deinit) struct yaml_stream stream = yaml_given("\n{\"a\":\n 1,\n\"b\":[2,\n{\"c\":3}]}");
    const struct yaml_document *document = &stream.documents[0];

    assert_int_equal(document->line, 2);
    assert_int_equal(yaml_line_of(document, "a"), 2);
    assert_int_equal(yaml_line_of(document, "b"), 4);
    assert_int_equal(yaml_line_of(document, "b[1].c"), 5);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(plain_scalars_follow_the_core_schema),
        cmocka_unit_test(tags_of_the_core_schema_are_obeyed),
        cmocka_unit_test(text_keeps_its_bytes),
        cmocka_unit_test(aliases_are_copies),
        cmocka_unit_test(json_is_yaml),
        cmocka_unit_test(streams_have_documents_and_empty_ones_are_left_out),
        cmocka_unit_test(a_text_without_documents_is_an_empty_stream),
        cmocka_unit_test(fields_have_lines),
        cmocka_unit_test(an_absent_field_has_the_line_of_its_nearest_parent),
        cmocka_unit_test(fields_of_json_have_lines_too),
    };

    return cmocka_run_group_tests_name("yaml_values", tests, NULL, NULL);
}
