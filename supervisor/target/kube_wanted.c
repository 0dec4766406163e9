/* What is wanted of a target, copied, and the marks by which pods are judged. Fails for lack of memory or room. */
#include "common/base/secret.h"
#include "supervisor/target/kube_target.h"

struct copy {
    struct arena *arena;
    struct json *originals;
};

static int copy_entry(const struct copy *copy, const struct target_entry *from, struct target_entry *to)
{
    struct json *original = NULL;
    int r = arena_str(copy->arena, str_of(from->container), &to->container);
    if (r == 0)
        r = arena_str(copy->arena, str_of(from->variable), &to->variable);
    if (r == 0)
        r = arena_str(copy->arena, str_of(from->value), &to->value);
    if (r == 0 && from->original)
        r = json_dup(from->original, &original);
    to->original = original;
    return r || !original ? r : json_append_take(copy->originals, original);
}

static int copy_entries(const struct copy *copy, const struct target_entry *from, size_t count,
                        const struct target_entry **ret)
{
    void *memory = NULL;
    int r = arena_alloc_array(copy->arena, count + 1, sizeof(struct target_entry), &memory);
    struct target_entry *entries = memory;
    for (size_t i = 0; r == 0 && i < count; i++)
        r = copy_entry(copy, &from[i], &entries[i]);
    if (r == 0)
        *ret = entries;
    return r;
}

int kube_want(struct kube_target *target, const struct target_wanted *wanted)
{
    struct arena arena = ARENA_INIT(KUBE_WANTED_BYTES_MAX);
    struct json *originals CLEANUP(json_freep) = json_new_array();
    const struct copy copy = {&arena, originals};
    struct target_wanted mine = *wanted;
    int r = originals ? arena_str(&arena, str_of(wanted->uid), &mine.uid) : -ENOMEM;
    if (r == 0)
        r = copy_entries(&copy, wanted->entries, wanted->entry_count, &mine.entries);
    if (r == 0)
        r = copy_entries(&copy, wanted->past, wanted->past_count, &mine.past);
    if (r < 0) {
        arena_deinit(&arena);
        return r;
    }
    kube_wanted_deinit(target);
    target->wanted_arena = arena;
    target->wanted_originals = TAKE(originals);
    target->wanted = mine;
    target->wanted_known = true;
    target_entries_hash(mine.entries, mine.entry_count, target->wanted_hash);
    return 0;
}

void kube_wanted_deinit(struct kube_target *target)
{
    arena_deinit(&target->wanted_arena);
    json_free(TAKE(target->wanted_originals));
    target->wanted_known = false;
}

static int add_mark(struct arena *arena, const char *container, const char *variable, const char *hash,
                    struct pod_mark *mark)
{
    int r = arena_str(arena, str_of(container), &mark->container);
    if (r == 0)
        r = arena_str(arena, str_of(variable), &mark->variable);
    return r ? r : arena_str(arena, str_of(hash), &mark->hash);
}

static int mark_entries(struct arena *arena, const struct target_entry *entries, size_t count, struct pod_mark *marks)
{
    int r = 0;
    for (size_t i = 0; r == 0 && i < count; i++) {
        char hash[SHA256_TEXT_SIZE];
        sha256_hex(str_of(entries[i].value), hash);
        r = add_mark(arena, entries[i].container, entries[i].variable, hash, &marks[i]);
    }
    return r;
}

static int mark_origins(struct arena *arena, const struct json *origins, struct pod_mark *marks)
{
    int r = 0;
    for (size_t i = 0; r == 0 && i < json_count(origins); i++) {
        const struct json *origin = json_at(origins, i);
        r = add_mark(arena, json_text(json_get(origin, "container")), json_text(json_get(origin, "variable")),
                     json_text(json_get(origin, "written")), &marks[i]);
    }
    return r;
}

int kube_marks(const struct kube_target *target, bool patched, struct arena *arena, struct pod_mark **ret,
               size_t *ret_count)
{
    const struct target_wanted *wanted = &target->wanted;
    size_t past = patched ? 0 : wanted->past_count, written = patched ? 0 : json_count(target->marks);
    void *memory = NULL;
    int r = arena_alloc_array(arena, wanted->entry_count + past + written + 1, sizeof(struct pod_mark), &memory);
    struct pod_mark *marks = memory;
    if (r == 0)
        r = mark_entries(arena, wanted->entries, wanted->entry_count, marks);
    if (r == 0)
        r = mark_entries(arena, wanted->past, past, marks + wanted->entry_count);
    if (r == 0 && written)
        r = mark_origins(arena, target->marks, marks + wanted->entry_count + past);
    if (r == 0) {
        *ret = marks;
        *ret_count = wanted->entry_count + past + written;
    }
    return r;
}

bool kube_wants_patched(const struct kube_target *target)
{
    return target->document && target->wanted.entry_count > 0;
}

bool kube_has_past(const struct kube_target *target)
{
    return json_count(target->marks) + target->wanted.past_count > 0;
}

static bool has_mark(const struct json *marks, const struct json *origin)
{
    for (size_t i = 0; i < json_count(marks); i++)
        if (json_equal(json_at(marks, i), origin))
            return true;
    return false;
}

int kube_marks_keep(struct kube_target *target, const struct json *origins)
{
    int r = 0;
    if (!target->marks)
        target->marks = json_new_array();
    for (size_t i = 0; target->marks && r == 0 && i < json_count(origins); i++) {
        struct json *copy = NULL;
        if (has_mark(target->marks, json_at(origins, i)))
            continue;
        r = json_dup(json_at(origins, i), &copy);
        if (r == 0)
            r = json_append_take(target->marks, copy);
    }
    return target->marks ? r : -ENOMEM;
}
