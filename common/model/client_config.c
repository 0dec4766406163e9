/* MirrordKafkaClientConfig with its parents and secrets, resolved into the properties that a client gets.
 *
 * Pure but for the lookups that the caller gives. Values may be secrets: they are copied, never shown. */
#include "common/base/base64.h"
#include "common/model/decode.h"
#include "common/model/field.h"
#include "common/model/property.h"

#define CHAIN_MAX 4
#define PROPERTIES_MAX 256
#define SECRET_BYTES_MAX 65536

struct resolve {
    const char *operator_namespace;
    const char *const *secret_namespaces;
    resource_lookup_fn *lookup;
    void *context;
    struct arena *arena;
    struct field_report *report; /* of the config asked for */
    struct reason *why;
    struct client_property *properties;
    size_t count;
    const char **ignored;
    size_t ignored_count;
};

static int refuse(struct resolve *resolve, enum reason_code code, const char *config, const char *text)
{
    return reason_set(resolve->why, code, RESOURCE_REFUSED, "MirrordKafkaClientConfig %.253s: %s", config, text);
}

static struct client_property *find(struct resolve *resolve, const char *name)
{
    for (size_t i = 0; i < resolve->count; i++)
        if (strcmp(resolve->properties[i].name, name) == 0)
            return &resolve->properties[i];
    return NULL;
}

static int set(struct resolve *resolve, const char *config, const char *name, const char *value)
{
    struct client_property *property = find(resolve, name);
    if (!property && resolve->count == PROPERTIES_MAX)
        return refuse(resolve, REASON_CLIENT_CONFIG_INVALID, config, "more than 256 properties");
    if (!property)
        property = &resolve->properties[resolve->count++];
    property->name = name;
    property->value = value;
    return 0;
}

static void unset(struct resolve *resolve, const char *name)
{
    struct client_property *property = find(resolve, name);
    if (property)
        *property = resolve->properties[--resolve->count];
}

bool secret_namespace_allowed(const char *namespace, const char *operator_namespace,
                              const char *const *secret_namespaces)
{
    if (strcmp(namespace, operator_namespace) == 0)
        return true;
    for (size_t i = 0; secret_namespaces && secret_namespaces[i]; i++)
        if (strcmp(secret_namespaces[i], namespace) == 0)
            return true;
    return false;
}

static int add_secret_key(struct resolve *resolve, const char *config, const char *key, const struct json *value,
                          bool encoded)
{
    const char *name = NULL, *text = NULL;
    struct buf plain CLEANUP(buf_deinit) = BUF_INIT(SECRET_BYTES_MAX);
    struct str bytes = json_str(value);
    if (encoded && base64_decode(bytes, &plain) != 0)
        return reason_set(resolve->why, REASON_CLIENT_CONFIG_INVALID, RESOURCE_REFUSED,
                          "MirrordKafkaClientConfig %.253s: key %.253s of its secret is not base64", config, key);
    if (encoded)
        bytes = buf_str(&plain);
    if (bytes.len && memchr(bytes.data, '\0', bytes.len))
        return reason_set(resolve->why, REASON_CLIENT_CONFIG_INVALID, RESOURCE_REFUSED,
                          "MirrordKafkaClientConfig %.253s: key %.253s of its secret contains a NUL", config, key);
    int r = arena_str(resolve->arena, str_of(key), &name);
    if (r == 0)
        r = arena_str(resolve->arena, bytes, &text);
    return r ? r : set(resolve, config, name, text);
}

static int add_secret_map(struct resolve *resolve, const char *config, const struct json *map, bool encoded)
{
    struct json_member member;
    int r = 0;
    for (json_first(map, &member); r == 0 && member.key; json_next(&member))
        r = add_secret_key(resolve, config, member.key, member.value, encoded);
    return r;
}

/* RESOURCE_REFUSED: it has another form than <namespace>/<name>. */
static int secret_referred(const char *reference, struct resource_key *ret)
{
    struct resource_key key = {.kind = KIND_SECRET};
    const char *slash = strchr(reference, '/');
    if (!slash ||
        str_copy(key.namespace, sizeof key.namespace, (struct str){reference, (size_t)(slash - reference)}) ||
        str_copy(key.name, sizeof key.name, str_of(slash + 1)) || !key.name[0])
        return RESOURCE_REFUSED;
    *ret = key;
    return 0;
}

bool client_config_secret(const struct json *document, struct resource_key *ret)
{
    return secret_referred(json_text(json_path(document, "spec", "loadFromSecret", NULL)), ret) == 0;
}

static int add_secret(struct resolve *resolve, const char *config, const char *reference)
{
    struct resource_key key;
    if (secret_referred(reference, &key) != 0)
        return refuse(resolve, REASON_CLIENT_CONFIG_INVALID, config,
                      "spec.loadFromSecret must have the form <namespace>/<name>");
    if (!secret_namespace_allowed(key.namespace, resolve->operator_namespace, resolve->secret_namespaces))
        return reason_set(resolve->why, REASON_SECRET_NOT_ALLOWED, RESOURCE_REFUSED,
                          "MirrordKafkaClientConfig %.200s: secrets are not read from namespace %s", config,
                          key.namespace);
    const struct json *secret = resolve->lookup(resolve->context, &key);
    if (!secret)
        return reason_set(resolve->why, REASON_SECRET_NOT_FOUND, RESOURCE_REFUSED,
                          "MirrordKafkaClientConfig %.200s: there is no Secret %.250s", config, reference);
    struct field_report report;
    int r = field_check(KIND_SECRET, secret, NULL, resolve->arena, &report, resolve->why);
    if (r == 0)
        r = add_secret_map(resolve, config, json_get(secret, "data"), true);
    return r ? r : add_secret_map(resolve, config, json_get(secret, "stringData"), false);
}

static int add_properties(struct resolve *resolve, const char *config, const struct json *list)
{
    int r = 0;
    for (size_t i = 0; r == 0 && i < json_count(list); i++) {
        const char *name = NULL, *value = NULL;
        r = decode_text_or_empty(resolve->arena, json_get(json_at(list, i), "name"), &name);
        if (r == 0)
            r = decode_text(resolve->arena, json_get(json_at(list, i), "value"), &value);
        if (r == 0 && value)
            r = set(resolve, config, name, value);
        else if (r == 0)
            unset(resolve, name);
    }
    return r;
}

static int add_config(struct resolve *resolve, const char *name, unsigned depth);

static int add_document(struct resolve *resolve, const char *name, const struct json *document, unsigned depth)
{
    const struct json *spec = json_get(document, "spec");
    const char *parent = NULL, *secret = NULL;
    int r = decode_text(resolve->arena, json_get(spec, "parent"), &parent);
    if (r == 0)
        r = decode_text(resolve->arena, json_get(spec, "loadFromSecret"), &secret);
    if (r == 0 && json_type(json_get(spec, "authenticationExtra")) == JSON_OBJECT)
        r = refuse(resolve, REASON_NOT_YET_SUPPORTED, name, "spec.authenticationExtra is not supported yet");
    /* Lowest priority first: parent secret, parent properties, own secret, own properties. */
    if (r == 0 && parent)
        r = add_config(resolve, parent, depth + 1);
    if (r == 0 && secret)
        r = add_secret(resolve, name, secret);
    return r ? r : add_properties(resolve, name, json_get(spec, "properties"));
}

static int add_config(struct resolve *resolve, const char *name, unsigned depth)
{
    struct resource_key key = {.kind = KIND_KAFKA_CLIENT_CONFIG};
    struct field_report inherited;
    if (depth == CHAIN_MAX)
        return refuse(resolve, REASON_CLIENT_CONFIG_INVALID, name,
                      "the chain of parents is a cycle or longer than 4 configs");
    if (str_copy(key.namespace, sizeof key.namespace, str_of(resolve->operator_namespace)) ||
        str_copy(key.name, sizeof key.name, str_of(name)))
        return refuse(resolve, REASON_CLIENT_CONFIG_NOT_FOUND, name, "the name is too long");
    const struct json *document = resolve->lookup(resolve->context, &key);
    if (!document)
        return reason_set(resolve->why, REASON_CLIENT_CONFIG_NOT_FOUND, RESOURCE_REFUSED,
                          "there is no MirrordKafkaClientConfig %.253s in namespace %s", name,
                          resolve->operator_namespace);
    int r = field_check(KIND_KAFKA_CLIENT_CONFIG, document, NULL, resolve->arena,
                        depth ? &inherited : resolve->report, resolve->why);
    return r ? r : add_document(resolve, name, document, depth);
}

static int compare(const void *a, const void *b)
{
    const struct client_property *left = a, *right = b;
    return strcmp(left->name, right->name);
}

/* Keeps what the client gets, in the order of names; the rest is told or refused. */
static int judge(struct resolve *resolve)
{
    size_t kept = 0;
    qsort(resolve->properties, resolve->count, sizeof *resolve->properties, compare);
    for (size_t i = 0; i < resolve->count; i++) {
        struct client_property property = resolve->properties[i];
        enum property_list list = property_judge(property.name, property.value, resolve->why);
        if (list == PROPERTY_REFUSED)
            return RESOURCE_REFUSED;
        if (list == PROPERTY_USED)
            resolve->properties[kept++] = property;
        else
            resolve->ignored[resolve->ignored_count++] = property.name;
    }
    resolve->count = kept;
    return 0;
}

static int resolve_all(struct resolve *resolve, const char *name)
{
    void *properties = NULL, *ignored = NULL;
    int r = arena_alloc_array(resolve->arena, PROPERTIES_MAX, sizeof(struct client_property), &properties);
    if (r == 0)
        r = arena_alloc_array(resolve->arena, PROPERTIES_MAX, sizeof(char *), &ignored);
    if (r < 0)
        return r;
    resolve->properties = properties;
    resolve->ignored = ignored;
    r = add_config(resolve, name, 0);
    return r ? r : judge(resolve);
}

static struct client_properties result_of(const struct resolve *resolve)
{
    return (struct client_properties){resolve->properties, resolve->count, resolve->ignored, resolve->ignored_count};
}

int client_config_judge(const char *operator_namespace, const char *name, const char *const *secret_namespaces,
                        resource_lookup_fn *lookup, void *context, struct arena *arena, struct client_properties *ret,
                        struct field_report *report, struct reason *why)
{
    struct resolve resolve = {.operator_namespace = operator_namespace,
                              .secret_namespaces = secret_namespaces,
                              .lookup = lookup,
                              .context = context,
                              .arena = arena,
                              .report = report,
                              .why = why};
    *report = (struct field_report){.unknown = NULL};
    int r = resolve_all(&resolve, name);
    if (r == 0)
        *ret = result_of(&resolve);
    return r;
}

int client_config_resolve(const char *operator_namespace, const char *name, const char *const *secret_namespaces,
                          resource_lookup_fn *lookup, void *context, struct arena *arena,
                          struct client_properties *ret, struct reason *why)
{
    struct field_report report;
    struct resolve resolve = {.operator_namespace = operator_namespace,
                              .secret_namespaces = secret_namespaces,
                              .lookup = lookup,
                              .context = context,
                              .arena = arena,
                              .report = &report,
                              .why = why};
    int r = resolve_all(&resolve, name);
    if (r == 0 && !find(&resolve, "bootstrap.servers") && !find(&resolve, "metadata.broker.list"))
        r = refuse(&resolve, REASON_CLIENT_CONFIG_INVALID, name, "bootstrap.servers is not set");
    if (r == 0)
        *ret = result_of(&resolve);
    return r;
}
