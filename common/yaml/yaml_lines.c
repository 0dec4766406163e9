/* The lines of a document's fields, as an array sorted by parent and name.
 *
 * Owns its entries and their keys. Sorted rather than hashed: no choice of keys by an outsider makes it slow. */
#include "common/yaml/yaml_lines.h"

#include <stdint.h>
#include <stdlib.h>

#define NO_PARENT UINT32_MAX

struct entry {
    uint32_t id;
    uint32_t parent; /* id, or NO_PARENT for the root */
    unsigned line;
    char *key; /* owned; NULL for elements and the root */
    size_t index;
};

struct yaml_lines {
    struct entry *entries; /* by id until sealed, then by parent and name */
    size_t count;
    size_t capacity;
    uint32_t current; /* whose children are entered */
};

int yaml_lines_new(struct yaml_lines **ret)
{
    struct yaml_lines *lines = calloc(1, sizeof(*lines));

    if (!lines)
        return -ENOMEM;
    lines->current = NO_PARENT;
    *ret = lines;
    return 0;
}

static void yaml_lines_clear(struct yaml_lines *lines)
{
    for (size_t i = 0; i < lines->count; i++)
        free(lines->entries[i].key);
    lines->count = 0;
    lines->current = NO_PARENT;
}

void yaml_lines_free(struct yaml_lines *lines)
{
    if (!lines)
        return;
    yaml_lines_clear(lines);
    free(lines->entries);
    free(lines);
}

static int grow(struct yaml_lines *lines)
{
    size_t capacity = lines->capacity ? lines->capacity * 2 : 32;
    struct entry *entries;

    if (lines->count < lines->capacity)
        return 0;
    entries = reallocarray(lines->entries, capacity, sizeof(entries[0]));
    if (!entries)
        return -ENOMEM;
    lines->entries = entries;
    lines->capacity = capacity;
    return 0;
}

int yaml_lines_enter(struct yaml_lines *lines, struct str key, size_t index, unsigned line)
{
    struct entry entry = {(uint32_t)lines->count, lines->current, line, NULL, index};
    int r = grow(lines);

    if (r == 0 && key.data)
        r = str_dup(key, &entry.key);
    if (r < 0)
        return r;
    lines->entries[lines->count++] = entry;
    lines->current = entry.id;
    return 0;
}

void yaml_lines_leave(struct yaml_lines *lines) { lines->current = lines->entries[lines->current].parent; }

/* Elements before members; a parent has one of the two only. */
static int compare(const void *left, const void *right)
{
    const struct entry *a = left, *b = right;

    if (a->parent != b->parent)
        return a->parent < b->parent ? -1 : 1;
    if (a->key && b->key)
        return strcmp(a->key, b->key);
    if (a->key || b->key)
        return a->key ? 1 : -1;
    return a->index < b->index ? -1 : a->index > b->index;
}

void yaml_lines_seal(struct yaml_lines *lines)
{
    if (lines->count > 0)
        qsort(lines->entries, lines->count, sizeof(lines->entries[0]), compare);
}

static const struct entry *child(const struct yaml_lines *lines, uint32_t parent, char *key, size_t index)
{
    struct entry wanted = {.parent = parent, .key = key, .index = index};

    if (lines->count == 0)
        return NULL;
    return bsearch(&wanted, lines->entries, lines->count, sizeof(lines->entries[0]), compare);
}

/* "[3]" at the start of a path. */
static const struct entry *element(const struct yaml_lines *lines, uint32_t parent, struct str *path)
{
    const char *close = path->len > 0 && path->data[0] == '[' ? memchr(path->data, ']', path->len) : NULL;
    const struct entry *found;
    size_t len = close ? (size_t)(close - path->data) : 0;
    uint64_t index;

    if (!close || str_to_u64((struct str){path->data + 1, len - 1}, SIZE_MAX, &index) < 0)
        return NULL;
    found = child(lines, parent, NULL, (size_t)index);
    if (found)
        *path = (struct str){close + 1, path->len - len - 1};
    return found;
}

/* The member whose key is as much of the path as possible, for keys may hold dots and brackets themselves. */
static const struct entry *member(const struct yaml_lines *lines, uint32_t parent, struct str *path)
{
    CLEANUP(cleanup_freep) char *key = NULL;
    size_t from = path->len > 0 && path->data[0] == '.' ? 1 : 0;

    /* A line is only ever shown to a person: without memory, the parent's will do. */
    if (str_dup((struct str){path->data + from, path->len - from}, &key) < 0)
        return NULL;
    for (size_t end = path->len; end > from; end--) {
        const struct entry *found;

        if (end < path->len && path->data[end] != '.' && path->data[end] != '[')
            continue;
        key[end - from] = '\0';
        found = child(lines, parent, key, 0);
        if (found) {
            *path = (struct str){path->data + end, path->len - end};
            return found;
        }
    }
    return NULL;
}

unsigned yaml_lines_find(const struct yaml_lines *lines, struct str path)
{
    const struct entry *at = child(lines, NO_PARENT, NULL, 0), *next = at;

    while (next && path.len > 0) {
        next = element(lines, at->id, &path);
        if (!next)
            next = member(lines, at->id, &path);
        at = next ? next : at;
    }
    return at ? at->line : 1;
}
