/* The state file of a target: which content is in force, and how to restore it. Emptied before a restart, written after it. */
#include <fcntl.h>

#include "common/base/fd.h"
#include "common/base/log.h"
#include "supervisor/target/local_own.h"
#include "supervisor/target/local_service.h"
#include "supervisor/target/local_target.h"

#define COMPONENT "supervisor.target"
#define STATE_DAMAGED 1 /* *why says it */

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

static bool is_ours(const struct json *state)
{
    const struct json *own = json_get(state, "own");
    struct arena arena CLEANUP(arena_deinit) = ARENA_INIT(CONTENT_BYTES_MAX);
    struct local_service service;
    return json_type(json_get(state, "uid")) == JSON_STRING && json_type(json_get(state, "content")) == JSON_STRING &&
           (!own || local_own_service(own, &arena, &service) != -EINVAL);
}

static int damaged(struct reason *why, const char *name, const char *text)
{
    return reason_set(why, REASON_STATE_DAMAGED, STATE_DAMAGED, "state file %.200s: %s", name, text);
}

/* STATE_DAMAGED: *why. -ENOENT: there is none. */
static int read_state(int state_fd, const char *name, struct json **ret, struct reason *why)
{
    struct buf text CLEANUP(buf_deinit) = BUF_INIT(STATE_BYTES_MAX);
    struct json *state CLEANUP(json_freep) = NULL;
    struct json_error error = {0};
    int r = file_read(state_fd, name, &text);
    if (r == -ENOBUFS)
        return damaged(why, name, "larger than anything that is written there");
    if (r == 0)
        r = json_parse(buf_str(&text), &STATE_LIMITS, &state, &error);
    if (r > 0)
        return reason_set(why, REASON_STATE_DAMAGED, STATE_DAMAGED, "state file %.200s, line %u: %s", name,
                          error.line, error.text);
    if (r == 0 && !is_ours(state))
        return damaged(why, name, "says neither what runs nor how to restore it");
    if (r == 0)
        *ret = TAKE(state);
    return r;
}

/* Damaged behind the back of a supervisor that runs: by its manifest it is restarted once more, as after a crash. */
int local_state_load(struct local_target *target)
{
    char name[NAME_MAX + 1];
    struct json *state CLEANUP(json_freep) = NULL;
    struct reason why = {0};
    local_target_file_name(target, ".json", name);
    int r = read_state(target->services->config.state_fd, name, &state, &why);
    if (r == STATE_DAMAGED)
        log_error(COMPONENT, "what was written of a service is lost; it is restarted by its manifest",
                  LF_STR("target", target->text), LF_REASON(&why));
    target->known = r == -ENOENT ? LOCAL_NEVER_SEEN : LOCAL_CHANGING;
    target->done_hash[0] = '\0';
    if (r == 0)
        r = take(target, state);
    return r < 0 && r != -ENOENT ? r : 0;
}

static int check_entry(void *context, int state_fd, const char *name)
{
    struct json *state CLEANUP(json_freep) = NULL;
    bool ours = str_starts_with(str_of(name), STR("target.")) || str_starts_with(str_of(name), STR("target-"));
    if (!ours || !str_ends_with(str_of(name), STR(".json")))
        return 0;
    int r = read_state(state_fd, name, &state, context);
    return r == -ENOENT ? 0 : r;
}

int local_services_check(int state_fd, struct reason *why)
{
    *why = (struct reason){.code = REASON_NONE};
    int r = folder_each(state_fd, ".", check_entry, why);
    if (r < 0)
        return reason_set(why, REASON_STATE_UNWRITABLE, r, "state folder: %s", strerror(-r));
    return r;
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
