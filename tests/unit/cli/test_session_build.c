/* The SplitSession that a run asks for: what the model accepts, from file and options. */
#include "tests/unit/cli/cli_given.h"

#include "cli/session_build.h"
#include "common/model/resource.h"

static const struct declared nothing = {.consumers = NULL};
static const struct session_owner owner = {"Jürgen.Müller@Example", "laptop"};

static void the_model_accepts_it(void **state)
{
    (void)state;
    CLEANUP(client_file_deinit)
    struct client_file file = file_given(
        "{\"target\": {\"path\": \"rollout/r/c\", \"namespace\": \"team\"}, \"feature\": {\"split_queues\": "
        "{\"a\": {\"queue_type\": \"SQS\", \"jq_filter\": \".x\"}}}}",
        CLIENT_FORMAT_JSON);
    CLEANUP(json_freep) struct json *document = NULL;
    CLEANUP(arena_deinit) struct arena arena = ARENA_INIT(1u << 20);
    struct options options = {.mode = "mirror",
                              .filters = {.items = {"b:level=^a:b=c$", "b:x=", "a:y=z"}, .count = 3}};
    struct split_session session;
    struct reason why;
    assert_int_equal(session_build(&file, &options, &owner, "default", &nothing, &document, &why), 0);
    assert_int_equal(split_session_decode(document, &arena, &session, &why), 0);
    assert_string_equal(session.key.namespace, "team");
    assert_true(str_starts_with(str_of(session.key.name), STR("j-rgen-m-ller-example-")));
    assert_string_equal(session.target_kind, "Rollout");
    assert_string_equal(session.target_container, "c");
    assert_int_equal(session.queue_count, 2);
    assert_string_equal(session.queues[0].jq_filter, ".x");
    assert_string_equal(session.queues[0].filters[0].name, "y");
    assert_int_equal(session.queues[1].type, QUEUE_TYPE_KAFKA);
    assert_true(session.queues[1].mirror);
    assert_string_equal(session.queues[1].filters[0].pattern, "^a:b=c$");
    assert_string_equal(session.queues[1].filters[1].pattern, "");
    assert_string_equal(session.owner_username, owner.username);
    assert_int_equal(strlen(session.session_key), 16);
}

static void names_are_valid_and_differ(void **state)
{
    (void)state;
    static const char *const users[] = {
        "", "---", "a", "ROOT", "0", "user_with_a_very_long_name_that_goes_on_and_on_and_on_and_on_for_ever"};
    for (size_t i = 0; i < sizeof users / sizeof users[0]; i++) {
        struct options options = {.target = "deployment/x", .filters = {.items = {"q:a=b"}, .count = 1}};
        CLEANUP(client_file_deinit) struct client_file file = {.queues = json_new_array()};
        CLEANUP(json_freep) struct json *first = NULL;
        CLEANUP(json_freep) struct json *second = NULL;
        struct session_owner named = {.username = ""};
        struct resource_key key;
        struct reason why;
        const char *text;
        assert_int_equal(str_copy(named.username, sizeof named.username, str_of(users[i])), 0);
        assert_int_equal(session_build(&file, &options, &named, "default", &nothing, &first, &why), 0);
        assert_int_equal(session_build(&file, &options, &named, "default", &nothing, &second, &why), 0);
        assert_int_equal(resource_key_of(first, "", &key, &text), 0);
        assert_string_equal(key.namespace, "default");
        assert_false(
            json_equal(json_path(first, "metadata", "name", NULL), json_path(second, "metadata", "name", NULL)));
    }
}

/* One for each header of each queue; those of the command line go before those of the file. */
static void filters_that_differ(void **state)
{
    (void)state;
    CLEANUP(client_file_deinit)
    struct client_file file = file_given("{\"feature\": {\"split_queues\": {\"a\": {\"queue_type\": \"Kafka\", "
                                         "\"message_filter\": {\"y\": \"file\", \"z\": \"file\"}}}}}",
                                         CLIENT_FORMAT_JSON);
    CLEANUP(json_freep) struct json *document = NULL;
    struct options options = {.target = "deployment/x",
                              .filters = {.items = {"a:y=1", "a:yy=2", "aa:y=3", "a:Y=4"}, .count = 4}};
    struct reason why;
    assert_int_equal(session_build(&file, &options, &owner, "default", &nothing, &document, &why), 0);
    const struct json *queues = json_path(document, "spec", "queues", NULL);
    const struct json *first = json_get(json_at(queues, 0), "messageFilter");
    assert_int_equal(json_count(first), 4);
    assert_string_equal(json_text(json_get(first, "y")), "1");
    assert_string_equal(json_text(json_get(first, "z")), "file");
    assert_int_equal(json_count(json_get(json_at(queues, 1), "messageFilter")), 1);
}

#define CONSUMER(target, id) "{\"spec\":{\"consumerName\":\"" target "\",\"topics\":[{\"id\":\"" id "\"}]}}"
#define REGISTRY(target, id, type) \
    "{\"spec\":{\"consumer\":{\"name\":\"" target "\"},\"queues\":{\"" id "\":{\"queueType\":\"" type "\"}}}}"

static const struct {
    const char *consumers, *registries, *filter, *expected; /* NULL: refused */
} types[] = {
    {"[]", "[" REGISTRY("x", "a", "SQS") "]", "a:n=v", "SQS"},
    {"[]", "[" REGISTRY("other", "a", "SQS") "," REGISTRY("x", "b", "SQS") "," REGISTRY("x", "a", "RMQ") "]", "a:n=v",
     "RMQ"},
    {"[" CONSUMER("x", "a") "]", "[" REGISTRY("other", "a", "SQS") "]", "a:n=v", "Kafka"},
    {"[]", "[" REGISTRY("x", "b", "SQS") "]", "a:n=v", "Kafka"}, /* the supervisor says which there are */
    {"[]", "[" REGISTRY("x", "b", "odd") "]", "b:n=v", "SQS"},   /* the same */
    {"[]", "[" REGISTRY("x", "b", "SQS") "]", "*:n=v", "SQS"},
    {"[" CONSUMER("other", "a") "]", "[" REGISTRY("x", "b", "SQS") "]", "*:n=v", "SQS"},
    {"[" CONSUMER("x", "a") "]", "[" REGISTRY("other", "b", "SQS") "]", "*:n=v", "Kafka"},
    {"[]", "[]", "*:n=v", "Kafka"},
    {"[" CONSUMER("x", "a") "]", "[" REGISTRY("x", "b", "SQS") "]", "*:n=v", NULL},
    {"[" CONSUMER("x", "a") "]", "[" REGISTRY("x", "a", "SQS") "]", "a:n=v", NULL},
};

/* of an id that only an option names the resources of the target say the type. */
static void types_come_from_the_resources(void **state)
{
    const struct json_limits limits = JSON_LIMITS_DOCUMENT;
    (void)state;
    for (size_t i = 0; i < sizeof types / sizeof *types; i++) {
        CLEANUP(client_file_deinit) struct client_file file = {.queues = json_new_array()};
        CLEANUP(json_freep) struct json *consumers = NULL;
        CLEANUP(json_freep) struct json *registries = NULL;
        CLEANUP(json_freep) struct json *document = NULL;
        struct options options = {.target = "deployment/x", .filters = {.items = {types[i].filter}, .count = 1}};
        struct json_error error;
        struct reason why;
        assert_int_equal(json_parse(str_of(types[i].consumers), &limits, &consumers, &error), 0);
        assert_int_equal(json_parse(str_of(types[i].registries), &limits, &registries, &error), 0);
        const struct declared declared = {consumers, registries};
        assert_true(session_needs_types(&file, &options));
        int r = session_build(&file, &options, &owner, "default", &declared, &document, &why);
        assert_int_equal(r, types[i].expected ? 0 : SESSION_BUILD_REFUSED);
        const struct json *queue = json_at(json_path(document, "spec", "queues", NULL), 0);
        if (types[i].expected)
            assert_string_equal(json_text(json_get(queue, "type")), types[i].expected);
        else
            assert_non_null(strstr(why.text, "queues of several"));
    }
}

static void the_type_of_the_file_counts(void **state)
{
    (void)state;
    CLEANUP(client_file_deinit)
    struct client_file file =
        file_given("{\"feature\": {\"split_queues\": {\"a\": {\"queue_type\": \"SQS\"}}}}", CLIENT_FORMAT_JSON);
    struct options options = {.target = "deployment/x", .filters = {.items = {"a:n=v"}, .count = 1}};
    assert_false(session_needs_types(&file, &options));
}

static void wrong_options(void **state)
{
    (void)state;
    static const struct {
        struct options options;
        const char *says;
    } rows[] = {
        {{.filters = {.items = {"q:a=b"}, .count = 1}}, "no target"},
        {{.target = "deployment/x"}, "nothing to split"},
        {{.target = "pod/x", .filters = {.items = {"q:a=b"}, .count = 1}}, "single pod"},
        {{.target = "deployment/x", .filters = {.items = {":a=b"}, .count = 1}}, "QUEUE:NAME=REGEX"},
        {{.target = "deployment/x", .filters = {.items = {"q:=b"}, .count = 1}}, "QUEUE:NAME=REGEX"},
        {{.target = "deployment/x", .filters = {.items = {"q=a:b"}, .count = 1}}, "QUEUE:NAME=REGEX"},
        {{.target = "deployment/x", .filters = {.items = {"q:a=x", "q:b=x", "q:a=y=x"}, .count = 3}},
         "header 'a' of queue 'q' is given twice"},
        {{.target = "deployment/x", .filters = {.items = {"q:a=b"}, .count = 1}, .mode = "x"}, "steal, mirror"},
        {{.target = "deployment/x", .filters = {.items = {"q:a=b"}, .count = 1}, .key = ""}, "--key"},
    };
    for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
        CLEANUP(client_file_deinit) struct client_file file = {.queues = json_new_array()};
        struct json *document = NULL;
        struct reason why;
        assert_int_equal(session_build(&file, &rows[i].options, &owner, "default", &nothing, &document, &why),
                         SESSION_BUILD_REFUSED);
        assert_non_null(strstr(why.text, rows[i].says));
        assert_null(document);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(the_model_accepts_it),        cmocka_unit_test(names_are_valid_and_differ),
        cmocka_unit_test(filters_that_differ),         cmocka_unit_test(types_come_from_the_resources),
        cmocka_unit_test(the_type_of_the_file_counts), cmocka_unit_test(wrong_options),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
