/* Reading and writing of retired names. */
#include "supervisor/target/kube_retired.h"

#include "common/base/log.h"
#include "common/base/mono.h"
#include "common/base/secret.h"
#include <stdio.h>

#define COMPONENT "supervisor.target"
#define KEY_SIZE 33 /* of data: the first digits of the hash */
#define TEXT_BYTES_MAX (16u << 10)

static int append_copies(struct json *list, const struct json *origins)
{
    int r = 0;
    for (size_t i = 0; r == 0 && i < json_count(origins); i++) {
        struct json *copy = NULL;
        r = json_dup(json_at(origins, i), &copy);
        if (r == 0)
            r = json_append_take(list, copy);
    }
    return r;
}

static int read_retired(const struct kube_target *target, const char *text, struct json *list)
{
    const struct json_limits limits = {.bytes_max = TEXT_BYTES_MAX, .depth_max = 16, .values_max = 256};
    struct json *row CLEANUP(json_freep) = NULL, *origin = NULL;
    struct json_error error;
    int r = json_parse(str_of(text), &limits, &row, &error);
    if (r > 0 || (r == 0 && strcmp(json_text(json_get(row, "target")), target->text) != 0))
        return 0; /* another's, or not ours */
    if (r == 0)
        r = json_dup(json_get(row, "origin"), &origin);
    return r ? r : json_append_take(list, origin);
}

int kube_known_origins(const struct kube_target *target, struct json **ret)
{
    const struct json *retired = kube_cache_find(target->targets->retired, KUBE_RETIRED_NAME);
    struct json *list CLEANUP(json_freep) = json_new_array();
    struct json_member member;
    int r = list ? append_copies(list, target->origins) : -ENOMEM;
    for (json_first(json_get(retired, "data"), &member); r == 0 && member.key; json_next(&member))
        r = read_retired(target, json_text(member.value), list);
    if (r == 0)
        *ret = TAKE(list);
    return r;
}

/* Pinned entries are no names: somebody may write the same. */
static bool is_name(const struct kube_target *target, const struct json *mark)
{
    for (size_t i = 0; i < target->wanted.past_count; i++) {
        char hash[SHA256_TEXT_SIZE];
        sha256_hex(str_of(target->wanted.past[i].value), hash);
        if (strcmp(hash, json_text(json_get(mark, "written"))) == 0)
            return true;
    }
    return false;
}

static int retire(const struct kube_target *target, const struct json *mark, int64_t wall_ms, struct json *data)
{
    struct json *row CLEANUP(json_freep) = json_new_object(), *origin = NULL;
    struct buf text CLEANUP(buf_deinit) = BUF_INIT(TEXT_BYTES_MAX);
    char until[WALL_TEXT_SIZE], key[KEY_SIZE], named[256], hash[SHA256_TEXT_SIZE];
    wall_format(wall_ms + RETIRED_DAYS * 86400000LL, until);
    snprintf(named, sizeof named, "%.63s/%.63s/%.64s", target->uid, json_text(json_get(mark, "container")),
             json_text(json_get(mark, "written")));
    sha256_hex(str_of(named), hash);
    snprintf(key, sizeof key, "%.32s", hash);
    int r = row ? json_set_text(row, "until", until) : -ENOMEM;
    if (r == 0)
        r = json_set_text(row, "target", target->text);
    if (r == 0)
        r = json_dup(mark, &origin);
    if (r == 0)
        r = json_set_take(row, "origin", origin);
    if (r == 0)
        r = json_write(row, JSON_COMPACT, &text);
    if (r == -ENOBUFS)
        return 0; /* an original of that size is not kept twice; its revision is deleted all the same */
    return r ? r : json_set_take(data, key, json_new_str(buf_str(&text)));
}

static bool is_old(const char *text, int64_t wall_ms)
{
    const struct json_limits limits = {.bytes_max = TEXT_BYTES_MAX, .depth_max = 16, .values_max = 256};
    struct json *row CLEANUP(json_freep) = NULL;
    struct json_error error;
    int64_t until_ms = 0;
    return json_parse(str_of(text), &limits, &row, &error) != 0 ||
           wall_parse(json_text(json_get(row, "until")), &until_ms) != 0 || until_ms < wall_ms;
}

static int drop_old(const struct json *data, int64_t wall_ms, struct json *changes, size_t *ret_left)
{
    struct json_member member;
    int r = 0;
    *ret_left = 0;
    for (json_first(data, &member); r == 0 && member.key; json_next(&member)) {
        if (is_old(json_text(member.value), wall_ms))
            r = json_set_take(changes, member.key, json_new_null());
        else
            ++*ret_left;
    }
    return r;
}

int retired_patch(const struct kube_target *target, const struct json *retired, int64_t wall_ms, struct json **ret)
{
    struct json *patch CLEANUP(json_freep) = json_new_object(), *changes = json_new_object();
    size_t left = 0;
    int r = changes ? drop_old(json_get(retired, "data"), wall_ms, changes, &left) : -ENOMEM;
    for (size_t i = 0; r == 0 && i < json_count(target->marks) && left < RETIRED_MAX; i++, left++)
        if (is_name(target, json_at(target->marks, i)))
            r = retire(target, json_at(target->marks, i), wall_ms, changes);
    size_t count = json_count(changes);
    if (r < 0) {
        json_free(changes);
        return r;
    }
    r = patch ? json_set_take(patch, "data", changes) : -ENOMEM;
    if (r == 0 && count > 0)
        *ret = TAKE(patch);
    return r;
}
