/* MirrordKafkaClientConfig: priorities, parents, secrets (S-5) and the three lists of properties (S-3). */
#include "tests/unit/model/model_fixture.h"

#define DOCUMENTS_MAX 16

struct world {
    struct json *documents[DOCUMENTS_MAX];
    size_t count;
    struct arena arena;
    struct client_properties properties;
    struct reason why;
};

static int setup(void **state)
{
    struct world *world = calloc(1, sizeof *world);

    world->arena = ARENA_INIT(MODEL_ARENA_BYTES);
    *state = world;
    return 0;
}

static int teardown(void **state)
{
    struct world *world = *state;

    for (size_t i = 0; i < world->count; i++)
        json_free(world->documents[i]);
    arena_deinit(&world->arena);
    free(world);
    return 0;
}

static void config(struct world *world, const char *name, const char *spec)
{
    char text[2048];

    snprintf(text, sizeof text,
             "{apiVersion: queues.mirrord.metalbear.co/v1alpha, kind: MirrordKafkaClientConfig, metadata: {name: %s, "
             "namespace: mirrord}, spec: %s}",
             name, spec);
    world->documents[world->count++] = model_given(text);
}

static void secret(struct world *world, const char *namespace, const char *name, const char *rest)
{
    char text[2048];

    snprintf(text, sizeof text, "{apiVersion: v1, kind: Secret, metadata: {name: %s, namespace: %s}, %s}", name,
             namespace, rest);
    world->documents[world->count++] = model_given(text);
}

static const struct json *lookup(void *context, const struct resource_key *wanted)
{
    const struct world *world = context;

    for (size_t i = 0; i < world->count; i++) {
        struct resource_key key;
        const char *text = NULL;
        assert_int_equal(resource_key_of(world->documents[i], "default", &key, &text), 0);
        if (resource_key_equal(&key, wanted))
            return world->documents[i];
    }
    return NULL;
}

static int resolve(struct world *world, const char *name)
{
    static const char *const namespaces[] = {"shared", NULL};

    return client_config_resolve("mirrord", name, namespaces, lookup, world, &world->arena, &world->properties,
                                 &world->why);
}

/* All used properties as "name=value;" in order. */
static void expect(struct world *world, const char *name, const char *expected)
{
    char text[2048] = "";

    if (resolve(world, name) != 0)
        fail_msg("%s", world->why.text);
    for (size_t i = 0; i < world->properties.count; i++)
        snprintf(text + strlen(text), sizeof text - strlen(text), "%s=%s;", world->properties.properties[i].name,
                 world->properties.properties[i].value);
    assert_string_equal(text, expected);
}

static void expect_refused(struct world *world, const char *name, enum reason_code code, const char *part)
{
    assert_int_equal(resolve(world, name), RESOURCE_REFUSED);
    assert_reason(&world->why, code, part);
}

#define SERVERS "{name: bootstrap.servers, value: 'kafka:9092'}"

static void the_examples_that_users_have_resolve_as_documented(void **state)
{
    struct world *world = *state;

    config(world, "base-config", "{properties: [" SERVERS ", {name: message.send.max.retries, value: 4}]}");
    config(world, "with-client-id",
           "{parent: base-config, properties: [{name: client.id, value: mirrord-operator}, "
           "{name: message.send.max.retries, value: null}]}");
    expect(world, "base-config", "bootstrap.servers=kafka:9092;");
    assert_int_equal(world->properties.ignored_count, 1);
    assert_string_equal(world->properties.ignored[0], "message.send.max.retries");
    expect(world, "with-client-id", "bootstrap.servers=kafka:9092;client.id=mirrord-operator;");
    assert_int_equal(world->properties.ignored_count, 0);
}

static void child_properties_come_first_and_parent_secrets_last(void **state)
{
    struct world *world = *state;

    secret(world, "mirrord", "ps",
           "stringData: {client.id: ps, client.rack: ps, sasl.username: ps, sasl.password: ps}");
    secret(world, "mirrord", "cs", "stringData: {client.id: cs, client.rack: cs}");
    config(world, "parent",
           "{loadFromSecret: mirrord/ps, properties: [" SERVERS ", {name: client.id, value: pp}, {name: client.rack, "
           "value: pp}, {name: sasl.username, value: pp}]}");
    config(world, "child",
           "{parent: parent, loadFromSecret: mirrord/cs, properties: [{name: client.id, value: cp}]}");
    expect(world, "child",
           "bootstrap.servers=kafka:9092;client.id=cp;client.rack=cs;sasl.password=ps;sasl.username=pp;");
}

static void secrets_are_decoded(void **state)
{
    struct world *world = *state;

    secret(world, "mirrord", "tls", "type: Opaque, data: {ssl.key.pem: LS0tCmtleQo=, sasl.password: ''}");
    config(world, "a", "{loadFromSecret: mirrord/tls, properties: [" SERVERS "]}");
    expect(world, "a", "bootstrap.servers=kafka:9092;sasl.password=;ssl.key.pem=---\nkey\n;");
    secret(world, "mirrord", "broken", "data: {sasl.password: 'canary*77'}");
    config(world, "b", "{loadFromSecret: mirrord/broken, properties: [" SERVERS "]}");
    expect_refused(world, "b", REASON_CLIENT_CONFIG_INVALID, "sasl.password of its secret is not base64");
    assert_null(strstr(world->why.text, "canary")); /* S-4 */
}

/* S-5 */
static void secrets_come_from_listed_namespaces_only(void **state)
{
    struct world *world = *state;

    secret(world, "shared", "s", "stringData: {client.id: shared}");
    secret(world, "elsewhere", "s", "stringData: {client.id: stolen}");
    config(world, "good", "{loadFromSecret: shared/s, properties: [" SERVERS "]}");
    config(world, "bad", "{loadFromSecret: elsewhere/s, properties: [" SERVERS "]}");
    config(world, "none", "{loadFromSecret: mirrord/none, properties: [" SERVERS "]}");
    config(world, "form", "{loadFromSecret: just-a-name, properties: [" SERVERS "]}");
    expect(world, "good", "bootstrap.servers=kafka:9092;client.id=shared;");
    expect_refused(world, "bad", REASON_SECRET_NOT_ALLOWED, "elsewhere");
    expect_refused(world, "none", REASON_SECRET_NOT_FOUND, "mirrord/none");
    expect_refused(world, "form", REASON_CLIENT_CONFIG_INVALID, "<namespace>/<name>");
}

static void chains_are_at_most_four_deep_and_have_no_cycle(void **state)
{
    struct world *world = *state;

    config(world, "d", "{properties: [" SERVERS "]}");
    config(world, "c", "{parent: d}");
    config(world, "b", "{parent: c}");
    config(world, "a", "{parent: b}");
    config(world, "too-deep", "{parent: a}");
    config(world, "self", "{parent: self, properties: [" SERVERS "]}");
    config(world, "x", "{parent: y}");
    config(world, "y", "{parent: x}");
    config(world, "orphan", "{parent: nobody}");
    expect(world, "a", "bootstrap.servers=kafka:9092;");
    expect_refused(world, "too-deep", REASON_CLIENT_CONFIG_INVALID, "longer than 4");
    expect_refused(world, "self", REASON_CLIENT_CONFIG_INVALID, "cycle");
    expect_refused(world, "x", REASON_CLIENT_CONFIG_INVALID, "cycle");
    expect_refused(world, "orphan", REASON_CLIENT_CONFIG_NOT_FOUND, "nobody");
    expect_refused(world, "absent", REASON_CLIENT_CONFIG_NOT_FOUND, "absent in namespace mirrord");
}

static void null_takes_an_inherited_property_away(void **state)
{
    struct world *world = *state;

    secret(world, "mirrord", "s", "stringData: {sasl.username: u}");
    config(world, "parent", "{loadFromSecret: mirrord/s, properties: [" SERVERS ", {name: client.id, value: p}]}");
    config(world, "child", "{parent: parent, properties: [{name: client.id}, {name: sasl.username, value: null}]}");
    config(world, "nothing", "{parent: parent, properties: [{name: bootstrap.servers, value: null}]}");
    expect(world, "child", "bootstrap.servers=kafka:9092;");
    config(world, "list", "{properties: [{name: a, value: [b]}]}");
    expect_refused(world, "list", REASON_FIELD_INVALID, "must be a string, a number or a boolean");
    expect_refused(world, "nothing", REASON_CLIENT_CONFIG_INVALID, "bootstrap.servers is not set");
}

static void values_may_be_numbers_and_truths(void **state)
{
    struct world *world = *state;

    config(world, "a",
           "{properties: [" SERVERS
           ", {name: socket.keepalive.enable, value: true}, {name: socket.timeout.ms, value: "
           "30000}]}");
    expect(world, "a", "bootstrap.servers=kafka:9092;socket.keepalive.enable=true;socket.timeout.ms=30000;");
}

/* S-3 */
static void dangerous_properties_are_refused_by_name(void **state)
{
    static const char *const refused[] = {"plugin.library.paths",
                                          "sasl.kerberos.kinit.cmd",
                                          "ssl.key.location",
                                          "ssl.keystore.location",
                                          "ssl.ca.location",
                                          "test.mock.num.brokers",
                                          "enable.ssl.certificate.verification"};
    struct world *world = *state;

    for (size_t i = 0; i < sizeof refused / sizeof *refused; i++) {
        char spec[256];
        world->count = 0;
        snprintf(spec, sizeof spec, "{properties: [" SERVERS ", {name: %s, value: canary-55}]}", refused[i]);
        config(world, "a", spec);
        expect_refused(world, "a", REASON_PROPERTY_REFUSED, refused[i]);
        assert_null(strstr(world->why.text, "canary-55")); /* S-4 */
        json_free(world->documents[0]);
        world->count = 0;
    }
}

/* S-3 */
static void tuning_and_what_is_ours_is_ignored_and_told(void **state)
{
    struct world *world = *state;

    config(
        world, "a",
        "{properties: [" SERVERS ", {name: group.id, value: g}, {name: acks, value: 0}, {name: retries, value: 1}, "
        "{name: transactional.id, value: t}, {name: auto.offset.reset, value: latest}, {name: linger.ms, value: 5}, "
        "{name: enable.ssl.certificate.verification, value: true}]}");
    expect(world, "a", "bootstrap.servers=kafka:9092;");
    assert_int_equal(world->properties.ignored_count, 7);
}

/* S-3 */
static void some_values_have_ranges_and_the_systems_bundle_is_allowed(void **state)
{
    struct world *world = *state;

    config(world, "a", "{properties: [" SERVERS ", {name: socket.timeout.ms, value: 60001}]}");
    config(world, "b",
           "{properties: [" SERVERS ", {name: ssl.ca.location, value: /etc/ssl/certs/ca-certificates.crt}]}");
    expect_refused(world, "a", REASON_PROPERTY_REFUSED, "socket.timeout.ms: its value is out of range");
    expect(world, "b", "bootstrap.servers=kafka:9092;ssl.ca.location=/etc/ssl/certs/ca-certificates.crt;");
}

static void what_is_not_built_yet_is_said(void **state)
{
    struct world *world = *state;

    config(world, "msk", "{authenticationExtra: {kind: MSK_IAM, awsRegion: eu-south-1}, properties: []}");
    config(world, "wrong", "{properties: [{value: 7}]}");
    expect_refused(world, "msk", REASON_NOT_YET_SUPPORTED, "authenticationExtra");
    expect_refused(world, "wrong", REASON_FIELD_MISSING, "spec.properties[0].name: missing");
}

#define WORLD_TEST(name) cmocka_unit_test_setup_teardown(name, setup, teardown)

int main(void)
{
    const struct CMUnitTest tests[] = {
        WORLD_TEST(the_examples_that_users_have_resolve_as_documented),
        WORLD_TEST(child_properties_come_first_and_parent_secrets_last),
        WORLD_TEST(secrets_are_decoded),
        WORLD_TEST(secrets_come_from_listed_namespaces_only),
        WORLD_TEST(chains_are_at_most_four_deep_and_have_no_cycle),
        WORLD_TEST(null_takes_an_inherited_property_away),
        WORLD_TEST(values_may_be_numbers_and_truths),
        WORLD_TEST(dangerous_properties_are_refused_by_name),
        WORLD_TEST(tuning_and_what_is_ours_is_ignored_and_told),
        WORLD_TEST(some_values_have_ranges_and_the_systems_bundle_is_allowed),
        WORLD_TEST(what_is_not_built_yet_is_said),
    };

    return cmocka_run_group_tests_name("client_config", tests, NULL, NULL);
}
