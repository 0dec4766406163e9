/* The watched folder: when to read it, and what its files are together; they are read by listing.c. A reading that fails for lack of memory or room changes nothing and is tried again. */
#include "supervisor/source/folder.h"

#include "common/base/mono.h"
#include "supervisor/source/listing.h"
#include "supervisor/source/merge.h"
#include <string.h>

struct folder_source {
    struct loop *loop;   /* borrowed */
    struct store *store; /* borrowed */
    char *path;
    struct loop_folder *watch; /* NULL: path is no folder now */
    bool watch_lost;           /* watch is of no more use */
    struct loop_timer *timer;
    struct mono first_change; /* not read yet */
    struct listing files;
    struct source_problems problems;
};

static int hand_over(struct folder_source *source, struct source_problems *problems)
{
    struct json **documents = NULL;
    struct reason doubt;
    size_t count = 0;
    int r = merge_manifests(source->files.files, source->files.count, problems, &documents, &count);

    if (r < 0)
        return r;
    r = store_replace_inputs(source->store, documents, count);
    free(documents);
    if (r == STORE_REFUSED)
        source_problems_add(problems, false, "", 0, REASON_LIMIT_REACHED,
                            "more than %d documents of one kind; the last state stays in force", STORE_DOCUMENTS_MAX);
    listing_doubt(&source->files, &doubt);
    if (r == 0)
        store_doubt_inputs(source->store, &doubt);
    return r == STORE_REFUSED ? 0 : r;
}

/* Begins to watch again when path means another folder than before, or one again. */
static void watch_again(struct folder_source *source);

static void read_all(struct folder_source *source)
{
    struct source_problems problems = {.count = 0};

    source->first_change = (struct mono){0};
    watch_again(source); /* before reading, so that no change falls in between */
    int r = listing_read(&source->files, source->path, &problems);
    if (r == 0)
        r = hand_over(source, &problems);
    if (r < 0)
        source_problems_add(&problems, false, "", 0, REASON_STATE_UNWRITABLE, "manifests are not taken over yet: %s",
                            strerror(-r));
    source_problems_log(&source->problems, &problems);
    source_problems_deinit(&source->problems);
    source->problems = problems;
    if (r < 0 || !source->watch)
        loop_timer_start(source->timer, FOLDER_RETRY_MS);
}

static void on_timer(void *context) { read_all(context); }

static void on_folder(void *context, int error)
{
    struct folder_source *source = context;
    struct mono now = mono_now();

    if (error)
        source->watch_lost = true;
    if (!mono_is_set(source->first_change))
        source->first_change = now;
    /* Whoever changes files without end must not keep us from reading them. */
    int64_t left_ms = mono_until(now, mono_after(source->first_change, FOLDER_DEBOUNCE_MAX_MS));
    loop_timer_start(source->timer, left_ms < FOLDER_DEBOUNCE_MS ? left_ms : FOLDER_DEBOUNCE_MS);
}

static void watch_again(struct folder_source *source)
{
    if (source->watch && !source->watch_lost)
        return;
    loop_folder_free(source->watch);
    source->watch = NULL;
    source->watch_lost = false;
    if (loop_folder_new(source->loop, source->path, on_folder, source, &source->watch) < 0)
        source->watch = NULL; /* ignored: why is told by reading it, and the timer tries again */
}

int folder_source_new(struct loop *loop, const char *path, struct store *store, struct folder_source **ret,
                      struct reason *why)
{
    int r = listing_check(path, why);
    struct folder_source *source CLEANUP(folder_source_freep) = r ? NULL : calloc(1, sizeof *source);

    if (r)
        return r;
    if (!source)
        return -ENOMEM;
    source->loop = loop;
    source->store = store;
    if ((r = listing_init(&source->files)) < 0 || (r = str_dup(str_of(path), &source->path)) < 0 ||
        (r = loop_timer_new(loop, on_timer, source, &source->timer)) < 0)
        return r;
    read_all(source);
    *ret = TAKE(source);
    return 0;
}

void folder_source_free(struct folder_source *source)
{
    if (!source)
        return;
    loop_folder_free(source->watch);
    loop_timer_free(source->timer);
    listing_deinit(&source->files);
    free(source->path);
    source_problems_deinit(&source->problems);
    free(source);
}

const struct source_problems *folder_source_problems(const struct folder_source *source) { return &source->problems; }
