/* The rules for sessions that clients write: the owner is who he is (S-14), spec never changes, metadata is the store's but
 * for name, labels and annotations, and everything has a limit (S-10, S-15). */
#include "supervisor/source/api_session.h"

#include "common/base/arena.h"
#include "common/model/field.h"
#include "common/model/resource.h"
#include "supervisor/source/api_internal.h"
#include <string.h>

#define DECODE_BYTES_MAX (4u << 20)

static enum api_code refuse(struct reason *why, enum api_code code, enum reason_code reason, const char *text)
{
    (void)reason_set(why, reason, 0, "%s", text);
    return code;
}

/* Annotations and labels: strings, and not too much of them. */
static enum api_code judge_strings(const struct json *metadata, const char *member, struct reason *why)
{
    const struct json *map = json_get(metadata, member);
    struct json_member entry;
    size_t bytes = 0;

    if (map && json_type(map) != JSON_OBJECT && json_type(map) != JSON_NULL) {
        (void)reason_set(why, REASON_FIELD_INVALID, 0, "metadata.%s: must be an object", member);
        return API_INVALID;
    }
    for (json_first(map, &entry); entry.key; json_next(&entry)) {
        if (json_type(entry.value) != JSON_STRING) {
            (void)reason_set(why, REASON_FIELD_INVALID, 0, "metadata.%s: values must be strings", member);
            return API_INVALID;
        }
        bytes += strlen(entry.key) + json_str(entry.value).len;
    }
    if (bytes <= API_ANNOTATIONS_BYTES_MAX)
        return API_OK;
    (void)reason_set(why, REASON_FIELD_INVALID, 0, "metadata.%s: more than the limit of %d bytes", member,
                     API_ANNOTATIONS_BYTES_MAX);
    return API_INVALID;
}

static enum api_code judge_place(const struct json *session, const struct resource_key *key, struct reason *why)
{
    const struct kind_row *row = kind_row(key->kind);
    const struct json *namespace = json_path(session, "metadata", "namespace", NULL);

    if (strcmp(json_text(json_get(session, "apiVersion")), row->api_version) != 0 ||
        strcmp(json_text(json_get(session, "kind")), row->name) != 0)
        return refuse(why, API_BAD_REQUEST, REASON_NONE, "apiVersion and kind are not those of the path");
    if (namespace && strcmp(json_text(namespace), key->namespace) != 0)
        return refuse(why, API_BAD_REQUEST, REASON_NONE, "metadata.namespace is not that of the path");
    return API_OK;
}

/* Of metadata, only what is a client's to say. */
static int strip_metadata(struct json *session, const struct resource_key *key)
{
    static const char *const kept[] = {"name", "labels", "annotations"};
    struct json *metadata = NULL, *stripped CLEANUP(json_freep) = json_new_object();
    int r = stripped ? json_object_at(session, "metadata", &metadata) : -ENOMEM;

    for (size_t i = 0; r == 0 && i < sizeof kept / sizeof *kept; i++) {
        const struct json *value = json_get(metadata, kept[i]);
        struct json *copy = NULL;
        if (json_type(value) == JSON_NULL)
            continue;
        r = json_dup(value, &copy);
        if (r == 0)
            r = json_set_take(stripped, kept[i], copy);
    }
    if (r == 0)
        r = json_set_text(stripped, "namespace", key->namespace);
    return r < 0 ? r : json_set_take(session, "metadata", TAKE(stripped));
}

/* Sets the owner where it is absent. 0, -EINVAL (spec is no object), -EPERM, -ENOMEM. */
static int set_owner(struct json *session, const struct api_user *user)
{
    struct json *spec = NULL, *owner = NULL;
    int r = json_object_at(session, "spec", &spec);

    if (r == 0)
        r = json_object_at(spec, "owner", &owner);
    if (r < 0)
        return r;
    const struct json *name = json_get(owner, "username");
    if (json_type(name) == JSON_NULL)
        return json_set_text(owner, "username", user->name);
    return api_may_own(user, json_text(name)) ? 0 : -EPERM;
}

struct tally {
    const char *owner;
    size_t count;
};

static void count_owner(void *context, const struct resource_key *key, const struct json *session)
{
    struct tally *tally = context;

    (void)key;
    tally->count += strcmp(json_text(json_path(session, "spec", "owner", "username", NULL)), tally->owner) == 0;
}

static enum api_code judge_count(const struct store *store, const struct json *session, struct reason *why)
{
    struct tally tally = {.owner = json_text(json_path(session, "spec", "owner", "username", NULL))};

    store_each(store, KIND_SPLIT_SESSION, NULL, count_owner, &tally);
    if (tally.count < API_SESSIONS_PER_USER_MAX)
        return API_OK;
    (void)reason_set(why, REASON_LIMIT_REACHED, 0, "more than %d sessions of user %.128s, ended ones included",
                     API_SESSIONS_PER_USER_MAX, tally.owner);
    return API_TOO_MANY;
}

/* A field that is nobody's would be a wish that nothing fulfils. */
static enum api_code judge_unknown(const struct json *session, struct arena *arena, struct reason *why)
{
    struct field_report report;
    int r = field_check(KIND_SPLIT_SESSION, session, NULL, arena, &report, why);

    if (r < 0)
        return refuse(why, API_INTERNAL, REASON_NONE, strerror(-r));
    if (r > 0)
        return API_INVALID;
    if (report.unknown_count == 0)
        return API_OK;
    (void)reason_set(why, REASON_FIELD_INVALID, 0, "%.300s: unknown field", report.unknown[0]);
    return API_BAD_REQUEST;
}

/* The fields, as reconcile will read them. */
static enum api_code judge_fields(const struct json *session, struct reason *why)
{
    struct arena arena CLEANUP(arena_deinit) = ARENA_INIT(DECODE_BYTES_MAX);
    struct split_session decoded;
    enum api_code code = judge_strings(json_get(session, "metadata"), "annotations", why);

    if (code == API_OK)
        code = judge_strings(json_get(session, "metadata"), "labels", why);
    if (code != API_OK)
        return code;
    int r = split_session_decode(session, &arena, &decoded, why);
    if (r < 0)
        return refuse(why, API_INTERNAL, REASON_NONE, strerror(-r));
    return r ? API_INVALID : judge_unknown(session, &arena, why);
}

enum api_code session_judge_new(const struct store *store, const struct api_user *user, struct json *session,
                                struct resource_key *key, struct reason *why)
{
    const char *text = NULL;
    enum api_code code = judge_place(session, key, why);

    if (code != API_OK)
        return code;
    if (json_type(json_get(session, "metadata")) != JSON_OBJECT)
        return refuse(why, API_INVALID, REASON_FIELD_MISSING, "metadata.name: missing");
    int r = strip_metadata(session, key);
    if (r == 0)
        r = set_owner(session, user);
    if (r == -EPERM)
        return refuse(why, API_FORBIDDEN, REASON_NOT_PERMITTED, "spec.owner.username: must be your own user name");
    if (r == -EINVAL)
        return refuse(why, API_INVALID, REASON_FIELD_INVALID, "spec: must be an object, and spec.owner, too");
    if (r < 0)
        return refuse(why, API_INTERNAL, REASON_NONE, strerror(-r));
    if (resource_key_of(session, key->namespace, key, &text))
        return refuse(why, API_INVALID, REASON_FIELD_INVALID, text);
    code = judge_fields(session, why);
    return code == API_OK ? judge_count(store, session, why) : code;
}

/* Copy of a document without what clients may change and without what is nobody's to send back: the rest must be equal. */
static int without_changeable(const struct json *document, struct json **ret)
{
    /* The store compares uid and resourceVersion and keeps its own word for the rest. */
    static const char *const left_out[] = {"annotations",       "uid",        "resourceVersion", "creationTimestamp",
                                           "deletionTimestamp", "generation", "managedFields"};
    struct json *copy CLEANUP(json_freep) = NULL, *metadata = NULL;
    int r = json_dup(document, &copy);

    if (r == 0)
        r = json_object_at(copy, "metadata", &metadata);
    if (r < 0)
        return r;
    json_delete(copy, "status");
    for (size_t i = 0; i < sizeof left_out / sizeof *left_out; i++)
        json_delete(metadata, left_out[i]);
    *ret = TAKE(copy);
    return 0;
}

enum api_code session_judge_change(const struct json *present, const struct json *changed, struct reason *why)
{
    struct json *before CLEANUP(json_freep) = NULL, *after CLEANUP(json_freep) = NULL;
    int r = without_changeable(present, &before);

    if (r == 0)
        r = without_changeable(changed, &after);
    if (r == -EINVAL)
        return refuse(why, API_BAD_REQUEST, REASON_NONE, "the body is no session");
    if (r < 0)
        return refuse(why, API_INTERNAL, REASON_NONE, strerror(-r));
    if (!json_equal(json_get(before, "spec"), json_get(after, "spec")))
        return refuse(why, API_INVALID, REASON_FIELD_INVALID, "spec: cannot be changed; make a new session");
    if (!json_equal(before, after))
        return refuse(why, API_INVALID, REASON_FIELD_INVALID, "metadata: only annotations can be changed");
    return judge_strings(json_get(changed, "metadata"), "annotations", why);
}
