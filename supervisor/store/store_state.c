/* The state folder: one file for each kept document, and the counter of versions. Owns the names and forms of these files.
 *
 * A file is replaced as one step, so after a crash it is old or new. Versions are reserved in blocks: one write for a
 * change is enough, and after a start the counter goes on above the block, never backwards. Fails as the folder does
 * (-ENOSPC, -EROFS, ...), and refuses files that are not what we wrote. */
#include "common/base/fd.h"
#include "supervisor/store/store_internal.h"
#include <inttypes.h>
#include <limits.h>
#include <stdio.h>
#include <string.h>

#include "common/base/secret.h"

#define COUNTER_FILE "counter.json"
#define VERSION_BLOCK 1024
#define FILE_MODE 0600
#define STATE_LIMITS \
    ((struct json_limits){.bytes_max = STORE_DOCUMENT_BYTES_MAX, .depth_max = 72, .values_max = 1u << 20})

bool store_kind_kept(enum kind kind)
{
    enum kind_role role = kind_row(kind)->role;

    return role == KIND_ROLE_OWN || role == KIND_ROLE_RECORD;
}

/* "SplitSession.default.name.json". A name that makes it too long stands there as its digest; '_' is in no name, so the two
 * forms cannot meet. */
static void file_name(const struct resource_key *key, char name[NAME_MAX + 1])
{
    const char *kind = kind_row(key->kind)->name;
    char digest[SHA256_TEXT_SIZE];

    if (snprintf(name, NAME_MAX + 1, "%s.%s.%s.json", kind, key->namespace, key->name) <= NAME_MAX)
        return;
    sha256_hex(str_of(key->name), digest);
    snprintf(name, NAME_MAX + 1, "%s.%s._%s.json", kind, key->namespace, digest);
}

static int refuse(struct reason *why, const char *file, const char *text)
{
    return reason_set(why, REASON_STATE_DAMAGED, STORE_REFUSED, "state file %.200s: %s", file, text);
}

static int read_json(int dir_fd, const char *file, struct json **ret, struct reason *why)
{
    struct buf text CLEANUP(buf_deinit) = BUF_INIT(STORE_DOCUMENT_BYTES_MAX);
    struct json_error error;
    int r = file_read(dir_fd, file, &text);

    if (r == -ENOMEM)
        return r;
    if (r == -ENOBUFS)
        return refuse(why, file, "larger than the limit of 16 MiB");
    if (r < 0)
        return reason_set(why, REASON_STATE_UNWRITABLE, r, "state file %.200s: %s", file, strerror(-r));
    r = json_parse(buf_str(&text), &STATE_LIMITS, ret, &error);
    if (r > 0)
        return reason_set(why, REASON_STATE_DAMAGED, STORE_REFUSED, "state file %.200s, line %u: %s", file,
                          error.line, error.text);
    return r;
}

static int load_document(struct store *store, const char *file, struct reason *why)
{
    struct json *document CLEANUP(json_freep) = NULL;
    struct store_image *image = NULL;
    struct resource_key key;
    const char *text = NULL;
    char expected[NAME_MAX + 1];
    int r = read_json(store->state_fd, file, &document, why);

    if (r)
        return r;
    if (resource_key_of(document, "default", &key, &text))
        return refuse(why, file, text);
    file_name(&key, expected);
    uint64_t version = store_meta_version(document);
    if (!store_kind_kept(key.kind) || strcmp(expected, file) != 0 || version == 0)
        return refuse(why, file, "holds another document than its name says");
    if ((r = store_make_room(store, 1)) < 0 || (r = store_image_new(&key, TAKE(document), version, &image)) < 0)
        return r;
    store_put(store, image);
    if (version > store->version)
        store->version = version;
    return 0;
}

/* Other files of the state folder are not ours. */
static bool is_document(const char *file)
{
    for (enum kind kind = KIND_NONE + 1; kind < KIND_COUNT; kind++) {
        size_t length = strlen(kind_row(kind)->name);
        if (store_kind_kept(kind) && strncmp(file, kind_row(kind)->name, length) == 0 && file[length] == '.')
            return str_ends_with(str_of(file), STR(".json"));
    }
    return false;
}

static int load_counter(struct store *store, struct reason *why)
{
    struct json *counter CLEANUP(json_freep) = NULL;
    int64_t version = 0;
    int r = read_json(store->state_fd, COUNTER_FILE, &counter, why);

    if (r == -ENOENT)
        r = 0; /* the first start, or a folder whose documents say enough */
    else if (r == 0 && (json_int(json_get(counter, "resourceVersion"), &version) != 0 || version < 0))
        r = refuse(why, COUNTER_FILE, "resourceVersion: must be a whole number");
    if (r)
        return r;
    if ((uint64_t)version > store->version)
        store->version = (uint64_t)version;
    store->reserved = store->version;
    return 0;
}

struct loading {
    struct store *store;
    struct reason *why;
};

static int load_entry(void *context, int folder_fd, const char *name)
{
    const struct loading *loading = context;

    (void)folder_fd;
    return is_document(name) ? load_document(loading->store, name, loading->why) : 0;
}

int store_load(struct store *store, struct reason *why)
{
    int r = folder_delete_temps(store->state_fd, ".");

    *why = (struct reason){.code = REASON_NONE};
    if (r < 0)
        return reason_set(why, REASON_STATE_UNWRITABLE, r, "state folder: %s", strerror(-r));
    r = folder_each(store->state_fd, ".", load_entry, &(struct loading){store, why});
    if (r == 0)
        r = load_counter(store, why);
    if (r < 0 && why->code == REASON_NONE)
        (void)reason_set(why, REASON_STATE_UNWRITABLE, r, "state folder: %s", strerror(-r));
    return r;
}

static int keep(struct store *store, const char *name, struct str text)
{
    store->trouble = file_write_atomic(store->state_fd, name, text.data, text.len, FILE_MODE);
    return store->trouble;
}

static int keep_counter(struct store *store, uint64_t upto)
{
    char text[64];
    int length = snprintf(text, sizeof text, "{\"resourceVersion\": %" PRIu64 "}\n", upto);
    int r = keep(store, COUNTER_FILE, (struct str){text, (size_t)length});

    if (r == 0)
        store->reserved = upto;
    return r;
}

int store_reserve(struct store *store, uint64_t count)
{
    uint64_t need = store->version + count;

    if (store->state_fd < 0 || need <= store->reserved)
        return 0;
    return keep_counter(store, need + VERSION_BLOCK - 1);
}

int store_trouble(struct store *store) { return store->trouble ? keep_counter(store, store->reserved) : 0; }

int store_save(struct store *store, const struct store_image *image)
{
    struct buf text CLEANUP(buf_deinit) = BUF_INIT(STORE_DOCUMENT_BYTES_MAX);
    char name[NAME_MAX + 1];

    if (store->state_fd < 0 || !store_kind_kept(image->key.kind))
        return 0;
    int r = json_write(image->document, JSON_PRETTY, &text);
    if (r == 0)
        r = buf_append_char(&text, '\n');
    if (r == -ENOBUFS)
        return STORE_REFUSED; /* it could not be loaded again */
    if (r < 0)
        return r;
    file_name(&image->key, name);
    return keep(store, name, buf_str(&text));
}

int store_erase(struct store *store, const struct resource_key *key)
{
    char name[NAME_MAX + 1];

    if (store->state_fd < 0 || !store_kind_kept(key->kind))
        return 0;
    file_name(key, name);
    int r = file_delete(store->state_fd, name);
    store->trouble = r == -ENOENT ? 0 : r; /* somebody was faster: it is what we want */
    return store->trouble;
}
