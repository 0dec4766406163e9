/* From files to one list of documents in which every key stands once. Owns nothing beyond a call. */
#include "supervisor/source/merge.h"

#include <string.h>

struct entry {
    const struct manifest *file;
    const struct manifest_document *document;
};

static int compare(const void *a, const void *b)
{
    const struct entry *left = a, *right = b;
    const struct resource_key *x = &left->document->key, *y = &right->document->key;
    int order = (x->kind > y->kind) - (x->kind < y->kind);

    if (!order)
        order = strcmp(x->namespace, y->namespace);
    if (!order)
        order = strcmp(x->name, y->name);
    /* Files lie in one array, sorted by name, and documents in another. */
    if (!order)
        order = (left->file > right->file) - (left->file < right->file);
    return order ? order : (left->document > right->document) - (left->document < right->document);
}

static int collect(const struct manifest *files, size_t count, struct entry **ret, size_t *ret_count)
{
    size_t total = 0, at = 0;

    for (size_t i = 0; i < count; i++)
        total += files[i].count;
    struct entry *entries = calloc(total + 1, sizeof *entries);
    if (!entries)
        return -ENOMEM;
    for (size_t i = 0; i < count; i++)
        for (size_t j = 0; j < files[i].count; j++)
            entries[at++] = (struct entry){&files[i], &files[i].documents[j]};
    qsort(entries, total, sizeof *entries, compare);
    *ret = entries;
    *ret_count = total;
    return 0;
}

static void tell_duplicate(struct source_problems *problems, const struct entry *first, const struct entry *other)
{
    char text[RESOURCE_KEY_TEXT_SIZE];

    resource_key_text(&first->document->key, text);
    source_problems_add(problems, false, other->file->name, other->document->line, REASON_MANIFEST_UNREADABLE,
                        "%s stands in %.120s (line %u), which counts, and again in %.120s (line %u)", text,
                        first->file->name, first->document->line, other->file->name, other->document->line);
}

static void free_documents(struct json **documents, size_t count)
{
    for (size_t i = 0; i < count; i++)
        json_free(documents[i]);
    free(documents);
}

int merge_manifests(const struct manifest *files, size_t count, struct source_problems *problems, struct json ***ret,
                    size_t *ret_count)
{
    struct entry *entries CLEANUP(cleanup_freep) = NULL;
    const struct entry *last = NULL;
    size_t total = 0, kept = 0;
    int r = collect(files, count, &entries, &total);

    if (r < 0)
        return r;
    struct json **documents = calloc(total + 1, sizeof *documents);
    if (!documents)
        return -ENOMEM;
    for (size_t i = 0; r == 0 && i < total; i++) {
        if (last && resource_key_equal(&last->document->key, &entries[i].document->key)) {
            tell_duplicate(problems, last, &entries[i]);
            continue;
        }
        last = &entries[i];
        r = json_dup(last->document->value, &documents[kept]);
        if (r == 0)
            kept++;
    }
    if (r < 0) {
        free_documents(documents, kept);
        return r;
    }
    *ret = documents;
    *ret_count = kept;
    return 0;
}
