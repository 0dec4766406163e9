/* The state file of a target: which content is in force. Emptied before a restart, written after it. */
#include <fcntl.h>

#include "common/base/fd.h"
#include "common/json/json.h"
#include "supervisor/target/local_target.h"

#define STATE_BYTES_MAX 4096

static void take(struct local_target *target, const struct json *state)
{
    const char *content = json_text(json_get(state, "content"));
    /* Of another object of that name, or emptied: what runs is not known. */
    if (strcmp(json_text(json_get(state, "uid")), target->uid) != 0 || !content[0])
        return;
    if (str_copy(target->done_hash, sizeof target->done_hash, str_of(content)) == 0)
        target->known = LOCAL_KNOWN;
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
        r = json_parse(buf_str(&text), &JSON_LIMITS_DOCUMENT, &state, &error);
    if (r == 0)
        take(target, state);
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
    if (r == 0)
        r = json_write(state, JSON_COMPACT, &text);
    return r ? r : file_write_atomic(target->services->config.state_fd, name, text.data, text.len, 0600);
}
