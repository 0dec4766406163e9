/* The watched folder: when to read it, and what its files are together. Owns the files' last good documents; files are
 * read by manifest.c. A reading that fails for lack of memory or room changes nothing and is tried again. */
#include "supervisor/source/folder.h"

#include "common/base/fd.h"
#include "common/base/mono.h"
#include "supervisor/source/manifest.h"
#include "supervisor/source/merge.h"
#include <dirent.h>
#include <fcntl.h>
#include <string.h>
#include <unistd.h>

struct folder_source {
    struct loop *loop;   /* borrowed */
    struct store *store; /* borrowed */
    char *path;
    struct loop_folder *watch; /* NULL: path is no folder now */
    bool watch_lost;           /* watch is of no more use */
    struct loop_timer *timer;
    struct mono first_change; /* not read yet */
    struct manifest *files;   /* FOLDER_FILES_MAX, sorted by name */
    size_t file_count;
    bool left_out; /* more files than are read */
    struct source_problems problems;
};

static void folder_closep(DIR **folder)
{
    if (*folder)
        closedir(*folder);
}

static bool is_manifest(const char *name) { return name[0] != '.' && str_ends_with(str_of(name), STR(".yaml")); }

static int compare_files(const void *a, const void *b)
{
    const struct manifest *left = a, *right = b;

    return strcmp(left->name, right->name);
}

static struct manifest *find_file(struct folder_source *source, size_t known, const char *name)
{
    for (size_t i = 0; i < known; i++)
        if (strcmp(source->files[i].name, name) == 0)
            return &source->files[i];
    return NULL;
}

/* Marks a listed file as seen, adding it when it is new; known: how many are not of this listing. */
static bool see_file(struct folder_source *source, size_t known, const char *name)
{
    struct manifest *file = find_file(source, known, name);

    if (!file && source->file_count == FOLDER_FILES_MAX)
        return false;
    if (!file) {
        file = &source->files[source->file_count++];
        *file = (struct manifest){.count = 0};
        check(str_copy(file->name, sizeof file->name, str_of(name)) == 0);
    }
    file->seen = true;
    return true;
}

/* Forgets the files that no longer exist, and puts the others in order. */
static void settle_files(struct folder_source *source)
{
    size_t kept = 0;

    for (size_t i = 0; i < source->file_count; i++) {
        if (source->files[i].seen)
            source->files[kept++] = source->files[i];
        else
            manifest_deinit(&source->files[i]);
    }
    source->file_count = kept;
    if (kept)
        qsort(source->files, kept, sizeof *source->files, compare_files);
}

static int list_files(struct folder_source *source, DIR *folder, struct source_problems *problems)
{
    size_t known = source->file_count;
    bool complete = true;

    for (size_t i = 0; i < known; i++)
        source->files[i].seen = false;
    for (;;) {
        errno = 0;
        const struct dirent *entry = readdir(folder);
        if (!entry && errno)
            return -errno;
        if (!entry)
            break;
        if (is_manifest(entry->d_name))
            complete = see_file(source, known, entry->d_name) && complete;
    }
    source->left_out = !complete;
    if (!complete)
        source_problems_add(problems, false, "", 0, REASON_LIMIT_REACHED,
                            "more than %d manifests; the others are not read", FOLDER_FILES_MAX);
    settle_files(source);
    return 0;
}

static int read_files(struct folder_source *source, int dir_fd, struct source_problems *problems)
{
    for (size_t i = 0; i < source->file_count; i++) {
        int r = manifest_read(dir_fd, &source->files[i], problems);
        source->files[i].seen = r != -ENOENT;
        if (r < 0 && r != -ENOENT)
            return r;
    }
    settle_files(source);
    return 0;
}

/* 0, or FOLDER_REFUSED with *why; files are untouched then. */
static int open_folder(const char *path, DIR **ret, struct reason *why)
{
    int fd CLEANUP(fd_closep) = open(path, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
    struct stat st;

    if (fd < 0 || fstat(fd, &st) < 0) {
        (void)reason_set(why, REASON_MANIFEST_UNREADABLE, 0, "folder %.300s: %s", path, strerror(errno));
        return FOLDER_REFUSED;
    }
    if (!manifest_safe(&st)) {
        (void)reason_set(why, REASON_FOLDER_UNSAFE, 0,
                         "folder %.300s: others than the supervisor's user can write it, and it says what is run",
                         path);
        return FOLDER_REFUSED;
    }
    *ret = fdopendir(fd);
    if (!*ret)
        return -ENOMEM; /* the descriptor is a folder's */
    fd = -1;
    return 0;
}

static int read_folder(struct folder_source *source, struct source_problems *problems)
{
    DIR *folder CLEANUP(folder_closep) = NULL;
    struct reason why;
    int r = open_folder(source->path, &folder, &why);

    if (r == FOLDER_REFUSED) {
        source_problems_add(problems, false, "", 0, why.code, "%s; the last state of all files stays in force",
                            why.text);
        return 0;
    }
    if (r == 0)
        r = list_files(source, folder, problems);
    return r < 0 ? r : read_files(source, dirfd(folder), problems);
}

/* What a file that had no good state yet names may have been there before we started: it is not gone. */
static void tell_doubt(struct folder_source *source)
{
    struct reason why = {.code = REASON_NONE};

    if (source->left_out)
        (void)reason_set(&why, REASON_LIMIT_REACHED, 0, "more than %d manifests; the others are not read",
                         FOLDER_FILES_MAX);
    for (size_t i = 0; i < source->file_count && why.code == REASON_NONE; i++)
        if (!source->files[i].good)
            (void)reason_set(&why, REASON_MANIFEST_UNREADABLE, 0, "manifest %.255s had no good state since the start",
                             source->files[i].name);
    store_doubt_inputs(source->store, &why);
}

static int hand_over(struct folder_source *source, struct source_problems *problems)
{
    struct json **documents = NULL;
    size_t count = 0;
    int r = merge_manifests(source->files, source->file_count, problems, &documents, &count);

    if (r < 0)
        return r;
    r = store_replace_inputs(source->store, documents, count);
    free(documents);
    if (r == STORE_REFUSED)
        source_problems_add(problems, false, "", 0, REASON_LIMIT_REACHED,
                            "more than %d documents of one kind; the last state stays in force", STORE_DOCUMENTS_MAX);
    if (r == 0)
        tell_doubt(source);
    return r == STORE_REFUSED ? 0 : r;
}

/* Begins to watch again when path means another folder than before, or one again. */
static void watch_again(struct folder_source *source);

static void read_all(struct folder_source *source)
{
    struct source_problems problems = {.count = 0};

    source->first_change = (struct mono){0};
    watch_again(source); /* before reading, so that no change falls in between */
    int r = read_folder(source, &problems);
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

static int check_folder(const char *path, struct reason *why)
{
    DIR *folder CLEANUP(folder_closep) = NULL;

    return open_folder(path, &folder, why);
}

int folder_source_new(struct loop *loop, const char *path, struct store *store, struct folder_source **ret,
                      struct reason *why)
{
    int r = check_folder(path, why);
    struct folder_source *source CLEANUP(folder_source_freep) = r ? NULL : calloc(1, sizeof *source);

    if (r)
        return r;
    if (!source)
        return -ENOMEM;
    source->loop = loop;
    source->store = store;
    source->files = calloc(FOLDER_FILES_MAX, sizeof *source->files);
    if (!source->files)
        return -ENOMEM;
    if ((r = str_dup(str_of(path), &source->path)) < 0 ||
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
    for (size_t i = 0; i < source->file_count; i++)
        manifest_deinit(&source->files[i]);
    free(source->files);
    free(source->path);
    source_problems_deinit(&source->problems);
    free(source);
}

const struct source_problems *folder_source_problems(const struct folder_source *source) { return &source->problems; }
