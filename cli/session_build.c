/* See session_build.h. What the file holds is checked already; whatever an option adds is checked here. */
#include "cli/session_build.h"
#include "common/base/secret.h"
#include "common/model/resource.h"

#include <pwd.h>
#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

enum {
    NAME_USER_BYTES_MAX = 40, /* of the user's name in a session's name */
    NAME_RANDOM_BYTES = 4,
    KEY_RANDOM_BYTES = 8,
    KEY_BYTES_MAX = 128,
    PASSWD_BYTES_MAX = 4096,
    ID_SIZE = 254, /* field.def: spec.queues[].id */
};

void session_owner_read(struct session_owner *ret)
{
    struct passwd entry, *found = NULL;
    char memory[PASSWD_BYTES_MAX], hostname[256] = "";
    *ret = (struct session_owner){.username = ""};
    if (gethostname(hostname, sizeof hostname - 1) < 0 ||
        str_copy(ret->hostname, sizeof ret->hostname, str_of(hostname)) < 0)
        ret->hostname[0] = '\0';
    if (getpwuid_r(geteuid(), &entry, memory, sizeof memory, &found) != 0 || !found ||
        str_copy(ret->username, sizeof ret->username, str_of(entry.pw_name)) < 0)
        snprintf(ret->username, sizeof ret->username, "%u", (unsigned)geteuid());
}

/* "<user>-<8 hex>", as names of resources must be (RFC 1123). */
static void make_name(const char *username, char name[NAMESPACE_SIZE])
{
    static const char lower[] = "abcdefghijklmnopqrstuvwxyz0123456789", upper[] = "ABCDEFGHIJKLMNOPQRSTUVWXYZ";
    char user[NAME_USER_BYTES_MAX + 1] = "", hex[2 * NAME_RANDOM_BYTES + 1];
    size_t len = 0;
    for (const char *c = username; *c && len < NAME_USER_BYTES_MAX; c++) {
        const char *big = strchr(upper, *c), *plain = big ? &lower[big - upper] : strchr(lower, *c);
        if (plain)
            user[len++] = *plain;
        else if (len > 0 && user[len - 1] != '-')
            user[len++] = '-';
    }
    while (len > 0 && user[len - 1] == '-')
        len--;
    user[len] = '\0';
    random_hex(hex, NAME_RANDOM_BYTES);
    snprintf(name, NAMESPACE_SIZE, "%s-%s", len ? user : "session", hex);
}

const char *session_namespace(const struct client_file *file, const struct options *options,
                              const char *default_namespace)
{
    if (options->namespace)
        return options->namespace;
    return file->namespace[0] ? file->namespace : default_namespace;
}

int session_target(const struct client_file *file, const struct options *options, struct target_ref *ret,
                   struct reason *why)
{
    if (options->target)
        return target_parse(str_of(options->target), ret, why) ? SESSION_BUILD_REFUSED : 0;
    if (!file->target.kind)
        return reason_set(why, REASON_FIELD_MISSING, SESSION_BUILD_REFUSED,
                          "no target: give -t deployment/NAME, or target in the client file");
    *ret = file->target;
    return 0;
}

/* NULL: none has that id. */
static const struct json *find_queue(const struct json *queues, const char *id)
{
    for (size_t i = 0; i < json_count(queues); i++)
        if (strcmp(json_text(json_get(json_at(queues, i), "id")), id) == 0)
            return json_at(queues, i);
    return NULL;
}

bool session_needs_types(const struct client_file *file, const struct options *options)
{
    for (size_t i = 0; i < options->filters.count; i++) {
        const char *text = options->filters.items[i];
        char id[ID_SIZE];
        if (str_copy(id, sizeof id, (struct str){text, strcspn(text, ":")}) == 0 && !find_queue(file->queues, id))
            return true;
    }
    return false;
}

static int append_queue(struct json *queues, const char *id, const char *type, struct json **ret)
{
    struct json *queue CLEANUP(json_freep) = json_new_object();
    int r = queue ? json_set_text(queue, "id", id) : -ENOMEM;
    if (r == 0)
        r = json_set_text(queue, "type", type);
    if (r < 0)
        return r;
    *ret = queue;
    return json_append_take(queues, TAKE(queue));
}

/* Length of "QUEUE:NAME=", which is what a filter is for; 0: it is none. */
static size_t filter_key_length(const char *text)
{
    const char *colon = strchr(text, ':'), *equals = colon ? strchr(colon, '=') : NULL;
    return equals && colon > text && equals > colon + 1 ? (size_t)(equals - text) + 1 : 0;
}

/* A header has one expression, so the second would put the first out of force. */
static int check_filters(const struct option_texts *filters, struct reason *why)
{
    for (size_t i = 0; i < filters->count; i++) {
        const char *text = filters->items[i];
        size_t len = filter_key_length(text);
        if (len == 0)
            return reason_set(why, REASON_NONE, SESSION_BUILD_REFUSED, "--filter '%.200s' is not QUEUE:NAME=REGEX",
                              text);
        size_t queue_len = strcspn(text, ":");
        for (size_t j = 0; j < i; j++)
            if (strncmp(filters->items[j], text, len) == 0)
                return reason_set(why, REASON_NONE, SESSION_BUILD_REFUSED,
                                  "--filter for header '%.*s' of queue '%.*s' is given twice; a header has one "
                                  "expression, such as '^(a|b)$'",
                                  (int)(len - queue_len - 2), text + queue_len + 1, (int)queue_len, text);
    }
    return 0;
}

/* Of an id that only an option names. What no resource declares, or nobody may read, is left to the supervisor to refuse. */
static int type_of(const struct declared *declared, const char *target, const char *id, const char **ret,
                   struct reason *why)
{
    const char *found = declared_type(declared, target, id);
    bool several = declared_type_count(declared, target, id) > 1;
    if (several && strcmp(id, "*") != 0)
        return reason_set(why, REASON_NONE, SESSION_BUILD_REFUSED,
                          "--filter '%.253s:...': %.253s has queues of several types with that id: name it with its "
                          "queue_type in the client file",
                          id, target);
    if (several)
        return reason_set(
            why, REASON_NONE, SESSION_BUILD_REFUSED,
            "--filter '*:...' means every queue of one type, and %.253s has queues of several: name the "
            "queues, or name '*' with its queue_type in the client file",
            target);
    enum queue_type unknown = found ? QUEUE_TYPE_SQS : QUEUE_TYPE_KAFKA; /* the first: by a registry */
    enum queue_type type = found ? queue_type_from_name(found) : QUEUE_TYPE_NONE;
    *ret = queue_type_name(type == QUEUE_TYPE_NONE ? unknown : type);
    return 0;
}

/* QUEUE:NAME=REGEX, checked. It takes the place of what the client file says of this header. */
static int add_filter(struct json *queues, const char *text, const struct declared *declared, const char *target,
                      struct reason *why)
{
    CLEANUP(cleanup_freep) char *copy = strdup(text);
    struct json *queue = NULL, *filters = NULL;
    if (!copy)
        return -ENOMEM;
    char *equals = &copy[filter_key_length(copy) - 1], *colon = strchr(copy, ':');
    *colon = *equals = '\0';
    const char *type = "";
    int r = 0;
    queue = (struct json *)(uintptr_t)find_queue(queues, copy); /* ours to change, as queues is */
    if (!queue)
        r = type_of(declared, target, copy, &type, why);
    if (r == 0 && !queue)
        r = append_queue(queues, copy, type, &queue);
    if (r == 0)
        r = json_object_at(queue, "messageFilter", &filters);
    return r == 0 ? json_set_text(filters, colon + 1, equals + 1) : r;
}

static int set_mode(struct json *queues, const char *mode, struct reason *why)
{
    int r = 0;
    if (strcmp(mode, "steal") != 0 && strcmp(mode, "mirror") != 0)
        return reason_set(why, REASON_NONE, SESSION_BUILD_REFUSED, "--mode '%.60s' is not one of steal, mirror",
                          mode);
    for (size_t i = 0; r == 0 && i < json_count(queues); i++)
        r = json_set_text((struct json *)(uintptr_t)json_at(queues, i), "mode", mode); /* as in add_filter */
    return r;
}

/* What is no UTF-8 would stand in the session as something else than what was meant. */
static int check_text(const char *option, const char *text, struct reason *why)
{
    if (!text || str_is_utf8(str_of(text)))
        return 0;
    return reason_set(why, REASON_NONE, SESSION_BUILD_REFUSED, "%s '%.200s' is not UTF-8", option, text);
}

static int check_texts(const struct options *options, struct reason *why)
{
    const struct {
        const char *option, *text;
    } rows[] = {{"--target", options->target}, {"--namespace", options->namespace}, {"--key", options->key}};
    int r = 0;
    for (size_t i = 0; r == 0 && i < sizeof rows / sizeof *rows; i++)
        r = check_text(rows[i].option, rows[i].text, why);
    for (size_t i = 0; r == 0 && i < options->filters.count; i++)
        r = check_text("--filter", options->filters.items[i], why);
    return r;
}

static int build_queues(const struct client_file *file, const struct options *options,
                        const struct declared *declared, const char *target, struct json *spec, struct reason *why)
{
    CLEANUP(json_freep) struct json *queues = NULL;
    int r = check_filters(&options->filters, why);
    if (r == 0)
        r = json_dup(file->queues, &queues);
    for (size_t i = 0; r == 0 && i < options->filters.count; i++)
        r = add_filter(queues, options->filters.items[i], declared, target, why);
    if (r == 0 && options->mode)
        r = set_mode(queues, options->mode, why);
    if (r == 0 && json_count(queues) == 0)
        return reason_set(
            why, REASON_FIELD_MISSING, SESSION_BUILD_REFUSED,
            "nothing to split: give --filter QUEUE:NAME=REGEX, or feature.split_queues in the client file");
    return r == 0 ? json_set_take(spec, "queues", TAKE(queues)) : r;
}

static int build_target(const struct target_ref *target, struct json *spec)
{
    struct json *object = NULL;
    int r = json_object_at(spec, "target", &object);
    if (r == 0)
        r = json_set_text(object, "apiVersion", target->api_version);
    if (r == 0)
        r = json_set_text(object, "kind", target->kind);
    if (r == 0)
        r = json_set_text(object, "name", target->name);
    return r == 0 && target->container[0] ? json_set_text(object, "container", target->container) : r;
}

static int build_people(const struct options *options, const struct session_owner *owner, struct json *spec,
                        struct reason *why)
{
    struct json *object = NULL;
    char key[2 * KEY_RANDOM_BYTES + 1];
    random_hex(key, KEY_RANDOM_BYTES);
    if (options->key && (options->key[0] == '\0' || strlen(options->key) > KEY_BYTES_MAX))
        return reason_set(why, REASON_NONE, SESSION_BUILD_REFUSED, "--key has 1 to %d bytes", KEY_BYTES_MAX);
    int r = json_object_at(spec, "owner", &object);
    if (r == 0)
        r = json_set_text(object, "username", owner->username);
    if (r == 0)
        r = json_set_text(object, "hostname", owner->hostname);
    return r == 0 ? json_set_text(spec, "key", options->key ? options->key : key) : r;
}

static int build_metadata(const char *namespace, const char *username, struct json *document)
{
    struct json *metadata = NULL;
    char name[NAMESPACE_SIZE];
    make_name(username, name);
    const struct kind_row *kind = kind_row(KIND_SPLIT_SESSION);
    int r = json_set_text(document, "apiVersion", kind->api_version);
    if (r == 0)
        r = json_set_text(document, "kind", kind->name);
    if (r == 0)
        r = json_object_at(document, "metadata", &metadata);
    if (r == 0)
        r = json_set_text(metadata, "name", name);
    return r == 0 ? json_set_text(metadata, "namespace", namespace) : r;
}

int session_build(const struct client_file *file, const struct options *options, const struct session_owner *owner,
                  const char *default_namespace, const struct declared *declared, struct json **ret,
                  struct reason *why)
{
    CLEANUP(json_freep) struct json *document = json_new_object();
    struct json *spec = NULL;
    struct target_ref target = {.kind = NULL};
    int r = check_texts(options, why);
    if (r == 0)
        r = session_target(file, options, &target, why);
    if (r == 0)
        r = document ? build_metadata(session_namespace(file, options, default_namespace), owner->username, document)
                     : -ENOMEM;
    if (r == 0)
        r = json_object_at(document, "spec", &spec);
    if (r == 0)
        r = build_target(&target, spec);
    if (r == 0)
        r = build_queues(file, options, declared, target.name, spec, why);
    if (r == 0)
        r = build_people(options, owner, spec, why);
    if (r == 0)
        *ret = TAKE(document);
    return r;
}
