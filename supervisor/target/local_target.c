/* The entries of the driver: one for each LocalService that something was wanted of. Fails only for lack of memory. */
#include "supervisor/target/local_target.h"

#include <stdio.h>

#include "common/base/secret.h"

#define FILE_NAME_LENGTH_MAX 200

struct local_target *local_target_find(const struct local_services *services, const struct resource_key *key)
{
    char text[RESOURCE_KEY_TEXT_SIZE];
    struct local_target *target = NULL;
    resource_key_text(key, text);
    HASH_FIND_STR(services->targets, text, target);
    return target;
}

struct local_target *local_target_of_command(const struct local_services *services, const char *id)
{
    for (struct local_target *target = services->targets; target; target = target->hh.next)
        if (strcmp(target->restart_id, id) == 0 || strcmp(target->ready_id, id) == 0)
            return target;
    return NULL;
}

void local_target_free(struct local_target *target)
{
    loop_timer_free(target->timer);
    json_free(target->own);
    arena_deinit(&target->wanted_arena);
    free(target);
}

static void name_commands(struct local_target *target)
{
    char hash[SHA256_TEXT_SIZE];
    sha256_hex(str_of(target->text), hash);
    snprintf(target->restart_id, sizeof target->restart_id, "restart-%.16s", hash);
    snprintf(target->ready_id, sizeof target->ready_id, "ready-%.16s", hash);
}

void local_target_file_name(const struct local_target *target, const char *end, char ret_name[NAME_MAX + 1])
{
    int length = snprintf(ret_name, NAME_MAX + 1, "target.%s.%s%s", target->key.namespace, target->key.name, end);
    /* '-' where others have a namespace between dots, so that the two forms never meet. */
    if (length > FILE_NAME_LENGTH_MAX)
        snprintf(ret_name, NAME_MAX + 1, "target-%s%s", target->restart_id, end);
}

/* Services that are gone from the manifests, so that the list is never longer than those are. */
static void drop_gone(struct local_services *services)
{
    struct local_target *target, *next;
    HASH_ITER (hh, services->targets, target, next)
        if (!store_get(services->config.store, &target->key) && !target->own &&
            !local_command_runs(services, target->restart_id) && !local_command_runs(services, target->ready_id)) {
            HASH_DEL(services->targets, target);
            local_target_free(target);
        }
}

static int add(struct local_services *services, const struct resource_key *key, struct local_target **ret)
{
    struct local_target *target = calloc(1, sizeof *target);
    int r = target ? loop_timer_new(services->config.loop, local_on_timer, target, &target->timer) : -ENOMEM;
    if (r < 0) {
        free(target);
        return r;
    }
    resource_key_text(key, target->text);
    target->key = *key;
    target->services = services;
    target->wanted_arena = ARENA_INIT(CONTENT_BYTES_MAX);
    name_commands(target);
    HASH_ADD_STR(services->targets, text, target);
    *ret = target;
    return 0;
}

int local_target_get(struct local_services *services, const struct resource_key *key, struct local_target **ret)
{
    struct local_target *target = local_target_find(services, key);
    if (!target) {
        drop_gone(services);
        return add(services, key, ret);
    }
    *ret = target;
    return 0;
}

struct local_target *local_target_held(struct local_services *services, const struct resource_key *key)
{
    struct local_target *target = NULL;
    int r = local_target_get(services, key, &target);
    if (r == 0 && !target->state_loaded) {
        r = local_state_load(target);
        target->state_loaded = r == 0;
    }
    return r == 0 && target->own ? target : NULL;
}

static int copy_entry(struct arena *arena, const struct target_entry *from, struct target_entry *to)
{
    int r = arena_str(arena, str_of(from->container), &to->container);
    if (r == 0)
        r = arena_str(arena, str_of(from->variable), &to->variable);
    return r ? r : arena_str(arena, str_of(from->value), &to->value);
}

/* A new object of that name knows nothing of the old one. */
static int look_at_uid(struct local_target *target, const char *uid)
{
    if (target->state_loaded && strcmp(target->uid, uid) == 0)
        return 0;
    int r = str_copy(target->uid, sizeof target->uid, str_of(uid));
    if (r == 0)
        r = local_state_load(target);
    target->state_loaded = r == 0;
    return r;
}

int local_target_want(struct local_target *target, const struct target_wanted *wanted)
{
    struct arena arena = ARENA_INIT(CONTENT_BYTES_MAX);
    void *memory = NULL;
    int r = look_at_uid(target, wanted->uid);
    if (r == 0)
        r = arena_alloc_array(&arena, wanted->entry_count + 1, sizeof(struct target_entry), &memory);
    struct target_entry *entries = memory;
    for (size_t i = 0; r == 0 && i < wanted->entry_count; i++)
        r = copy_entry(&arena, &wanted->entries[i], &entries[i]);
    if (r < 0) {
        arena_deinit(&arena);
        return r;
    }
    arena_deinit(&target->wanted_arena);
    target->wanted_arena = arena;
    target->entries = entries;
    target->entry_count = wanted->entry_count;
    target_entries_hash(entries, target->entry_count, target->entries_hash);
    return 0;
}
