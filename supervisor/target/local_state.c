/* The state file of a target: which content is in force. Emptied before a restart, written after it. */
#include <fcntl.h>
#include <stdio.h>

#include "common/base/fd.h"
#include "common/json/json.h"
#include "supervisor/target/local_target.h"

#define STATE_BYTES_MAX 4096

static void path_of(const struct local_target *target, char *path, size_t size)
{
    snprintf(path, size, "target.%s.%s.json", target->key.namespace, target->key.name);
}

int local_state_load(struct local_target *target)
{
    char path[NAME_SIZE + NAMESPACE_SIZE + 16];
    struct buf text CLEANUP(buf_deinit) = BUF_INIT(STATE_BYTES_MAX);
    struct json *state CLEANUP(json_freep) = NULL;
    struct json_error error;
    path_of(target, path, sizeof path);
    target->done_hash[0] = '\0';
    int r = file_read(target->services->config.state_fd, path, &text);
    if (r == -ENOENT)
        return 0;
    if (r == 0)
        r = json_parse(buf_str(&text), &JSON_LIMITS_DOCUMENT, &state, &error);
    if (r < 0)
        return r;
    if (r > 0 || strcmp(json_text(json_get(state, "uid")), target->uid) != 0)
        return 0; /* not readable, or of another object of that name: the content counts as not known */
    return str_copy(target->done_hash, sizeof target->done_hash, json_str(json_get(state, "content")));
}

int local_state_save(const struct local_target *target, const char *content_hash)
{
    char path[NAME_SIZE + NAMESPACE_SIZE + 16];
    struct buf text CLEANUP(buf_deinit) = BUF_INIT(STATE_BYTES_MAX);
    struct json *state CLEANUP(json_freep) = json_new_object();
    path_of(target, path, sizeof path);
    int r = state ? json_set_text(state, "uid", target->uid) : -ENOMEM;
    if (r == 0)
        r = json_set_text(state, "content", content_hash);
    if (r == 0)
        r = json_write(state, JSON_COMPACT, &text);
    return r ? r : file_write_atomic(target->services->config.state_fd, path, text.data, text.len, 0600);
}
