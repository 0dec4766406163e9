/* What a watch has told of: one small key for each object, so that a fresh list can say what is gone. Owns the keys. */
#define HASH_NONFATAL_OOM 1
#include "common/kube/watch_internal.h"

#include <stdlib.h>
#include <string.h>
#include <uthash.h>

enum { KEY_BYTES_MAX = NAMESPACE_SIZE + NAME_SIZE, KEY_UID_SIZE = 129 };

struct watch_key {
    UT_hash_handle hh;
    unsigned round; /* of the list that had it last */
    char uid[KEY_UID_SIZE];
    size_t namespace_len;
    char text[]; /* "namespace/name" */
};

static int key_text(const struct json *document, char ret[KEY_BYTES_MAX])
{
    const struct json *metadata = json_get(document, "metadata");
    struct buf text CLEANUP(buf_deinit) = BUF_INIT(KEY_BYTES_MAX - 1);
    struct str name = json_str(json_get(metadata, "name"));
    if (name.len == 0 || name.len >= NAME_SIZE || json_str(json_get(metadata, "namespace")).len >= NAMESPACE_SIZE)
        return WATCH_MISUNDERSTOOD;
    int r = buf_append_str(&text, json_str(json_get(metadata, "namespace")));
    if (r == 0)
        r = buf_append_char(&text, '/');
    if (r == 0)
        r = buf_append_str(&text, name);
    if (r < 0)
        return r;
    return str_copy(ret, KEY_BYTES_MAX, buf_str(&text)) < 0 ? WATCH_MISUNDERSTOOD : 0;
}

static struct watch_key *key_find(const struct kube_watch *watch, const char *text)
{
    struct watch_key *key = NULL;
    HASH_FIND(hh, watch->keys, text, strlen(text), key);
    return key;
}

static struct watch_key *key_add(struct kube_watch *watch, const char *text)
{
    size_t len = strlen(text);
    struct watch_key *key = calloc(1, sizeof *key + len + 1);
    if (!key)
        return NULL;
    memcpy(key->text, text, len + 1);
    key->namespace_len = strcspn(text, "/");
    HASH_ADD(hh, watch->keys, text[0], len, key);
    if (!key->hh.tbl) {
        free(key);
        return NULL;
    }
    watch->key_count++;
    return key;
}

static void key_free(struct kube_watch *watch, struct watch_key *key)
{
    HASH_DEL(watch->keys, key);
    watch->key_count--;
    free(key);
}

static void tell_gone(struct kube_watch *watch, const struct watch_key *key)
{
    char namespace[NAMESPACE_SIZE];
    check(str_copy(namespace, sizeof namespace, (struct str){key->text, key->namespace_len}) == 0);
    const struct kube_object object = {namespace, key->text + key->namespace_len + 1, key->uid};
    watch->handlers.gone(watch->handlers.context, &object);
}

static int fill(struct json *document, const char *field, const char *value)
{
    return json_get(document, field) || !value[0] ? 0 : json_set_text(document, field, value);
}

static int tell_put(struct kube_watch *watch, const struct json *document, const char *api_version, const char *kind)
{
    struct json *copy CLEANUP(json_freep) = NULL;
    int r = json_dup(document, &copy);
    if (r == 0)
        r = fill(copy, "apiVersion", api_version);
    if (r == 0)
        r = fill(copy, "kind", kind);
    if (r == 0)
        watch->handlers.put(watch->handlers.context, TAKE(copy));
    return r;
}

int watch_put(struct kube_watch *watch, const struct json *document, const char *api_version, const char *kind)
{
    char text[KEY_BYTES_MAX];
    struct str uid = json_str(json_path(document, "metadata", "uid", NULL));
    int r = uid.len < KEY_UID_SIZE ? key_text(document, text) : WATCH_MISUNDERSTOOD;
    if (r != 0)
        return r;
    struct watch_key *key = key_find(watch, text);
    if (!key && watch->key_count == watch->objects_max)
        return WATCH_TOO_MANY;
    if (key && !str_equal(str_of(key->uid), uid))
        tell_gone(watch, key);
    if (!key && !(key = key_add(watch, text)))
        return -ENOMEM;
    key->round = watch->round;
    if (str_copy(key->uid, sizeof key->uid, uid) < 0)
        return WATCH_MISUNDERSTOOD;
    return tell_put(watch, document, api_version, kind);
}

int watch_remove(struct kube_watch *watch, const struct json *document)
{
    char text[KEY_BYTES_MAX];
    int r = key_text(document, text);
    struct watch_key *key = r == 0 ? key_find(watch, text) : NULL;
    if (!key)
        return r; /* was never told */
    tell_gone(watch, key);
    key_free(watch, key);
    return 0;
}

void watch_sweep(struct kube_watch *watch)
{
    struct watch_key *key, *next;
    HASH_ITER (hh, watch->keys, key, next) {
        if (key->round == watch->round)
            continue;
        tell_gone(watch, key);
        key_free(watch, key);
    }
}

void watch_keys_deinit(struct kube_watch *watch)
{
    struct watch_key *key, *next;
    HASH_ITER (hh, watch->keys, key, next) {
        key_free(watch, key);
    }
}
