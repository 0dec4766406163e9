/* The manifests of a folder: which there are, and what was last read of each. Owns their last good documents; one file is read by
 * manifest.c. A reading that fails for lack of memory is tried again by whoever asked for it. */
#include "supervisor/source/listing.h"

#include "common/base/fd.h"
#include "supervisor/source/folder.h"
#include <dirent.h>
#include <fcntl.h>
#include <string.h>
#include <unistd.h>

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

static struct manifest *find_file(struct listing *listing, size_t known, const char *name)
{
    for (size_t i = 0; i < known; i++)
        if (strcmp(listing->files[i].name, name) == 0)
            return &listing->files[i];
    return NULL;
}

/* Marks a listed file as seen, adding it when it is new; known: how many are not of this listing. */
static bool see_file(struct listing *listing, size_t known, const char *name)
{
    struct manifest *file = find_file(listing, known, name);

    if (!file && listing->count == FOLDER_FILES_MAX)
        return false;
    if (!file) {
        file = &listing->files[listing->count++];
        *file = (struct manifest){.count = 0};
        check(str_copy(file->name, sizeof file->name, str_of(name)) == 0);
    }
    file->seen = true;
    return true;
}

/* Forgets the files that no longer exist, and puts the others in order. */
static void settle_files(struct listing *listing)
{
    size_t kept = 0;

    for (size_t i = 0; i < listing->count; i++) {
        if (listing->files[i].seen)
            listing->files[kept++] = listing->files[i];
        else
            manifest_deinit(&listing->files[i]);
    }
    listing->count = kept;
    if (kept)
        qsort(listing->files, kept, sizeof *listing->files, compare_files);
}

static int list_files(struct listing *listing, DIR *folder, struct source_problems *problems)
{
    size_t known = listing->count;
    bool complete = true;

    for (size_t i = 0; i < known; i++)
        listing->files[i].seen = false;
    for (;;) {
        errno = 0;
        const struct dirent *entry = readdir(folder);
        if (!entry && errno)
            return -errno;
        if (!entry)
            break;
        if (is_manifest(entry->d_name))
            complete = see_file(listing, known, entry->d_name) && complete;
    }
    listing->left_out = !complete;
    if (!complete)
        source_problems_add(problems, false, "", 0, REASON_LIMIT_REACHED,
                            "more than %d manifests; the others are not read", FOLDER_FILES_MAX);
    settle_files(listing);
    return 0;
}

static int read_files(struct listing *listing, int dir_fd, struct source_problems *problems)
{
    for (size_t i = 0; i < listing->count; i++) {
        int r = manifest_read(dir_fd, &listing->files[i], problems);
        listing->files[i].seen = r != -ENOENT;
        if (r < 0 && r != -ENOENT)
            return r;
    }
    settle_files(listing);
    return 0;
}

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

int listing_read(struct listing *listing, const char *path, struct source_problems *problems)
{
    DIR *folder CLEANUP(folder_closep) = NULL;
    struct reason why;
    int r = open_folder(path, &folder, &why);

    if (r == FOLDER_REFUSED) {
        source_problems_add(problems, false, "", 0, why.code, "%s; the last state of all files stays in force",
                            why.text);
        return 0;
    }
    if (r == 0)
        r = list_files(listing, folder, problems);
    if (r == 0)
        r = read_files(listing, dirfd(folder), problems);
    listing->read = listing->read || r == 0;
    return r;
}

int listing_check(const char *path, struct reason *why)
{
    DIR *folder CLEANUP(folder_closep) = NULL;

    return open_folder(path, &folder, why);
}

int listing_init(struct listing *listing)
{
    *listing = (struct listing){.files = calloc(FOLDER_FILES_MAX, sizeof *listing->files)};
    return listing->files ? 0 : -ENOMEM;
}

void listing_deinit(struct listing *listing)
{
    for (size_t i = 0; i < listing->count; i++)
        manifest_deinit(&listing->files[i]);
    free(listing->files);
}

void listing_doubt(const struct listing *listing, struct reason *ret)
{
    ret->code = REASON_NONE;
    if (!listing->read)
        (void)reason_set(ret, REASON_MANIFEST_UNREADABLE, 0, "no manifest was read yet");
    else if (listing->left_out)
        (void)reason_set(ret, REASON_LIMIT_REACHED, 0, "more than %d manifests; the others are not read",
                         FOLDER_FILES_MAX);
    for (size_t i = 0; i < listing->count && ret->code == REASON_NONE; i++)
        if (!listing->files[i].good)
            (void)reason_set(ret, REASON_MANIFEST_UNREADABLE, 0, "manifest %.255s had no good state since the start",
                             listing->files[i].name);
}
