/* Former workers as values, and back. Fails only for lack of memory. */
#include "supervisor/split/former.h"

#include <string.h>

static bool may_live(const struct json *worker) { return strcmp(json_text(json_get(worker, "state")), "Gone") != 0; }

static bool is_former(const struct json *worker, const char *pod)
{
    const char *theirs = json_text(json_get(worker, "pod"));
    return theirs[0] && strcmp(theirs, pod) != 0 && may_live(worker);
}

bool workers_name_pod(const struct json *status, const char *pod)
{
    const struct json *workers = json_get(status, "workers");
    for (size_t i = 0; i < json_count(workers); i++)
        if (strcmp(json_text(json_get(json_at(workers, i), "pod")), pod) == 0 && may_live(json_at(workers, i)))
            return true;
    return false;
}

int formers_read(const struct json *status, const char *pod, struct arena *arena, struct former_worker **ret,
                 size_t *ret_count)
{
    const struct json *workers = json_get(status, "workers");
    void *memory = NULL;
    size_t count = 0;
    int r = arena_alloc_array(arena, FORMERS_MAX, sizeof(struct former_worker), &memory);
    struct former_worker *formers = memory;
    for (size_t i = 0; r == 0 && pod[0] && i < json_count(workers) && count < FORMERS_MAX; i++) {
        const struct json *worker = json_at(workers, i);
        if (is_former(worker, pod))
            formers[count++] = (struct former_worker){.pod = json_text(json_get(worker, "pod")), .document = worker};
    }
    if (r < 0)
        return r;
    *ret = formers;
    *ret_count = count;
    return 0;
}

const struct former_worker *former_left(const struct former_worker *formers, size_t count)
{
    for (size_t i = 0; i < count; i++)
        if (!formers[i].gone)
            return &formers[i];
    return NULL;
}

int formers_write(const struct former_worker *formers, size_t count, struct json *list)
{
    int r = 0;
    for (size_t i = 0; r == 0 && i < count; i++) {
        struct json *copy = NULL;
        if (formers[i].gone)
            continue;
        r = json_dup(formers[i].document, &copy);
        if (r == 0)
            r = json_append_take(list, copy);
    }
    return r;
}
