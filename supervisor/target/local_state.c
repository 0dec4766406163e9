/* The state file of a target: which content is in force, and how to restore it. Emptied before a restart, written after it. */
#include <fcntl.h>

#include "common/base/fd.h"
#include "common/json/json.h"
#include "supervisor/target/local_target.h"

#define STATE_BYTES_MAX (2 * CONTENT_BYTES_MAX)
#define STATE_LIMITS ((struct json_limits){.bytes_max = STATE_BYTES_MAX, .depth_max = 8, .values_max = 1u << 19})

static int take(struct local_target *target, const struct json *state)
{
    const char *content = json_text(json_get(state, "content"));
    struct json *own = NULL;
    int r = 0;
    if (!target->uid[0]) /* its manifest is gone: the object that was */
        r = str_copy(target->uid, sizeof target->uid, json_str(json_get(state, "uid")));
    if (r < 0 || strcmp(json_text(json_get(state, "uid")), target->uid) != 0)
        return r < 0 ? r : 0; /* of another object of that name: what runs is not known */
    if (json_get(state, "own"))
        r = json_dup(json_get(state, "own"), &own);
    json_free(target->own);
    target->own = own;
    /* Emptied: a restart was on its way. */
    if (content[0] && str_copy(target->done_hash, sizeof target->done_hash, str_of(content)) == 0)
        target->known = LOCAL_KNOWN;
    return r;
}

int local_state_load(struct local_target *target)
{
    char name[NAME_MAX + 1];
    struct buf text CLEANUP(buf_deinit) = BUF_INIT(STATE_BYTES_MAX);
    struct json *state CLEANUP(json_freep) = NULL;
    struct json_error error;
    local_target_file_name(target, ".json", name);
    int r = file_read(target->services->config.state_fd, name, &text);
    target->known = r == -ENOENT ? LOCAL_NEVER_SEEN : LOCAL_CHANGING;
    target->done_hash[0] = '\0';
    if (r == -ENOENT || r == -ENOBUFS) /* too long: not what we wrote */
        return 0;
    if (r == 0)
        r = json_parse(buf_str(&text), &STATE_LIMITS, &state, &error);
    if (r == 0)
        r = take(target, state);
    return r < 0 ? r : 0;
}

int local_state_save(const struct local_target *target, const char *content_hash)
{
    char name[NAME_MAX + 1];
    struct buf text CLEANUP(buf_deinit) = BUF_INIT(STATE_BYTES_MAX);
    struct json *state CLEANUP(json_freep) = json_new_object();
    local_target_file_name(target, ".json", name);
    int r = state ? json_set_text(state, "uid", target->uid) : -ENOMEM;
    if (r == 0)
        r = json_set_text(state, "content", content_hash);
    struct json *own CLEANUP(json_freep) = NULL;
    if (r == 0 && target->own)
        r = json_dup(target->own, &own);
    if (r == 0 && own)
        r = json_set_take(state, "own", TAKE(own));
    if (r == 0)
        r = json_write(state, JSON_COMPACT, &text);
    return r ? r : file_write_atomic(target->services->config.state_fd, name, text.data, text.len, 0600);
}
