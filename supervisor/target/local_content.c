/* The environment files of a LocalService: what they should hold, and writing them. */
#include <fcntl.h>

#include "common/base/fd.h"
#include "common/base/secret.h"
#include "supervisor/target/local_own.h"
#include "supervisor/target/local_shared.h"
#include "supervisor/target/local_target.h"

#define FILE_BYTES_MAX (1u << 20)

static const struct json *lookup(void *context, const struct resource_key *key) { return store_get(context, key); }

void local_content_deinit(struct local_content *content)
{
    for (size_t i = 0; content->files && i < content->service.container_count; i++)
        buf_deinit(&content->files[i]);
    json_free(content->own);
    arena_deinit(&content->arena);
}

/* A container's own environment, by the manifest or, with a record, by that. */
static int own_environment(const struct local_target *target, const struct json *record,
                           struct local_content *content, size_t index, struct environment *ret, struct reason *why)
{
    const void *store = target->services->config.store;
    void *context = NULL;
    if (record)
        return local_own_environment(record, index, &content->arena, ret);
    memcpy(&context, &store, sizeof context);
    const struct environment_source source = {target->key.namespace, lookup, context, false};
    return environment_resolve(&content->service.containers[index], &source, &content->arena, ret, why);
}

static int build_file(const struct local_target *target, const struct json *record, struct local_content *content,
                      size_t index, struct reason *why)
{
    const struct container *container = &content->service.containers[index];
    struct environment environment;
    int r = own_environment(target, record, content, index, &environment, why);
    if (r == 0 && content->own)
        r = local_own_add(content->own, container, &environment);
    if (r == 0)
        r = environment_overlay(&environment, container->name, target->entries, target->entry_count, &content->arena);
    if (r == 0)
        r = environment_write(&environment, &content->files[index]);
    if (r == -ENOBUFS)
        return reason_set(why, REASON_LIMIT_REACHED, 1,
                          "the environment of container %.200s is greater than %u bytes", container->name,
                          FILE_BYTES_MAX);
    return r;
}

static int hash_content(const struct local_target *target, struct local_content *content)
{
    struct buf all CLEANUP(buf_deinit) = BUF_INIT(4 * CONTENT_BYTES_MAX);
    int r = buf_printf(&all, "%s\n", target->entries_hash);
    for (size_t i = 0; r == 0 && i < content->service.container_count; i++) {
        r = buf_printf(&all, "%s\n%zu\n", content->service.containers[i].env_file, content->files[i].len);
        if (r == 0)
            r = buf_append_str(&all, buf_str(&content->files[i]));
    }
    if (r == 0)
        sha256_hex(buf_str(&all), content->hash);
    for (const char *const *word = content->service.restart; r == 0 && *word; word++)
        r = buf_append(&all, *word, strlen(*word) + 1);
    if (r == 0)
        r = buf_append_char(&all, '\n');
    for (const char *const *word = content->service.ready; r == 0 && word && *word; word++)
        r = buf_append(&all, *word, strlen(*word) + 1);
    if (r == 0 && content->own)
        r = json_write(content->own, JSON_COMPACT, &all); /* how to restore is to be kept up to date */
    if (r == 0)
        sha256_hex(buf_str(&all), content->try_hash);
    return r;
}

static int build_files(const struct local_target *target, const struct json *record, struct local_content *content,
                       struct reason *why)
{
    void *files = NULL;
    int r = arena_alloc_array(&content->arena, content->service.container_count, sizeof(struct buf), &files);
    content->files = files;
    for (size_t i = 0; r == 0 && i < content->service.container_count; i++)
        content->files[i] = BUF_INIT(FILE_BYTES_MAX);
    for (size_t i = 0; r == 0 && i < content->service.container_count; i++)
        r = build_file(target, record, content, i, why);
    return r ? r : hash_content(target, content);
}

static int build(const struct local_target *target, struct local_content *content, struct reason *why)
{
    struct field_report report;
    const struct json *document = store_get(target->services->config.store, &target->key);
    if (!document)
        return reason_set(why, REASON_TARGET_NOT_FOUND, 1, "there is no %s", target->text);
    int r = local_service_decode(document, &content->arena, &content->service, &report, why);
    if (r == 0)
        r = local_files_judge(target->services->config.store, &target->key, &content->service, why);
    if (r == 0 && target->entry_count)
        r = local_own_new(&content->service, &content->own);
    return r ? r : build_files(target, NULL, content, why);
}

static int build_by_record(const struct local_target *target, struct local_content *content, struct reason *why)
{
    int r = local_own_service(target->own, &content->arena, &content->service);
    return r ? r : build_files(target, target->own, content, why);
}

int local_content_build(const struct local_target *target, struct local_content *ret, struct reason *why)
{
    *ret = (struct local_content){.arena = ARENA_INIT(CONTENT_BYTES_MAX)};
    int r = build(target, ret, why);
    if (r > 0 && target->own) {
        local_content_deinit(ret);
        *ret = (struct local_content){.arena = ARENA_INIT(CONTENT_BYTES_MAX), .stale = *why};
        r = build_by_record(target, ret, why);
    }
    if (r)
        local_content_deinit(ret);
    return r > 0 ? 1 : r;
}

bool local_content_in_place(const struct local_content *content)
{
    for (size_t i = 0; i < content->service.container_count; i++) {
        struct buf present CLEANUP(buf_deinit) = BUF_INIT(FILE_BYTES_MAX);
        if (file_read(AT_FDCWD, content->service.containers[i].env_file, &present) != 0 ||
            !str_equal(buf_str(&present), buf_str(&content->files[i])))
            return false;
    }
    return true;
}

/* Where the path is what is wrong, time mends nothing. */
static enum reason_code reason_of_write(int error)
{
    bool path = error == -ENOENT || error == -ENOTDIR || error == -EISDIR || error == -EACCES || error == -EROFS;
    return path ? REASON_FIELD_INVALID : REASON_RESTART_FAILED;
}

int local_content_write(const struct local_content *content, struct reason *why)
{
    for (size_t i = 0; i < content->service.container_count; i++) {
        const char *path = content->service.containers[i].env_file;
        int r = file_write_atomic(AT_FDCWD, path, content->files[i].data, content->files[i].len, 0600);
        if (r < 0)
            return reason_set(why, reason_of_write(r), 1, "envFile %.300s cannot be written: %s", path, strerror(-r));
    }
    return 0;
}
