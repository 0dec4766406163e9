/* See the header. Fails only for want of memory. */
#include "common/json/json_draft.h"
#include "common/json/json_internal.h"

#include <stdlib.h>
#include <string.h>

#define KEYS_FEW 32

int draft_init(struct draft *draft, size_t text_bytes, unsigned values_max)
{
    size_t rows_bytes = ((size_t)values_max + 1) * sizeof(struct packed_member);
    char *unused;

    /* A text takes a quote or more of the document beside its bytes, a number the byte after it or the end: room for its NUL. */
    *draft = (struct draft){BUF_INIT(rows_bytes), BUF_INIT(rows_bytes), BUF_INIT(text_bytes + 1)};
    return buf_reserve(&draft->texts, text_bytes + 1, &unused);
}

void draft_deinit(struct draft *draft)
{
    buf_deinit(&draft->open);
    buf_deinit(&draft->rows);
    buf_deinit(&draft->texts);
}

int draft_end_text(struct draft *draft, size_t start, enum json_type type, struct packed *ret)
{
    size_t len = draft->texts.len - start;

    *ret = (struct packed){.type = type, .count = (uint32_t)len, .whole = (int64_t)start};
    return buf_append_char(&draft->texts, '\0');
}

int draft_add(struct draft *draft, size_t key, const struct packed *value)
{
    const struct packed_member member = {(const char *)(uintptr_t)key, *value};

    return buf_append(&draft->open, &member, sizeof member);
}

static int close_row(struct draft *draft, enum json_type type, const struct packed_member *members, size_t count)
{
    int r = 0;

    if (type == JSON_OBJECT)
        return buf_append(&draft->rows, members, count * sizeof *members);
    for (size_t i = 0; r == 0 && i < count; i++)
        r = buf_append(&draft->rows, &members[i].value, sizeof members[i].value);
    return r;
}

int draft_close(struct draft *draft, enum json_type type, size_t count, struct packed *ret)
{
    size_t rest = draft->open.len - count * sizeof(struct packed_member);

    *ret = (struct packed){.type = type, .count = (uint32_t)count, .whole = (int64_t)draft->rows.len};
    if (count == 0)
        return 0;
    int r = close_row(draft, type, (const struct packed_member *)(const void *)(draft->open.data + rest), count);
    draft->open.len = rest;
    return r;
}

/* Where a block's rows and texts lie. */
struct place {
    char *rows, *texts;
};

static void point(const struct place *place, struct packed *value)
{
    struct packed_member *members;
    struct packed *elements;

    switch ((enum json_type)value->type) {
    case JSON_NULL:
    case JSON_BOOL:
    case JSON_INT:
        return;
    case JSON_DOUBLE:
    case JSON_STRING:
        value->text = place->texts + value->whole;
        return;
    case JSON_ARRAY:
        value->elements = elements = (struct packed *)(void *)(place->rows + value->whole);
        for (size_t i = 0; i < value->count; i++)
            point(place, &elements[i]);
        return;
    case JSON_OBJECT:
        value->members = members = (struct packed_member *)(void *)(place->rows + value->whole);
        for (size_t i = 0; i < value->count; i++) {
            members[i].key = place->texts + (uintptr_t)members[i].key;
            point(place, &members[i].value);
        }
        return;
    }
}

int draft_finish(const struct draft *draft, const struct packed *root, const struct json **ret)
{
    char *block = malloc(sizeof *root + draft->rows.len + draft->texts.len);

    if (!block)
        return -ENOMEM;
    const struct place place = {block + sizeof *root, block + sizeof *root + draft->rows.len};
    struct packed *start = (struct packed *)(void *)block;
    *start = *root;
    if (draft->rows.len > 0)
        memcpy(place.rows, draft->rows.data, draft->rows.len);
    if (draft->texts.len > 0)
        memcpy(place.texts, draft->texts.data, draft->texts.len);
    point(&place, start);
    *ret = json_of_packed(start);
    return 0;
}

void draft_keys_init(const struct draft *draft, struct draft_keys *ret)
{
    *ret = (struct draft_keys){.first = draft->open.len / sizeof(struct packed_member)};
}

void draft_keys_deinit(struct draft_keys *keys)
{
    if (keys->many)
        lh_table_free(keys->many);
}

static const char *key_at(const struct draft *draft, size_t index)
{
    const struct packed_member *members = (const struct packed_member *)(const void *)draft->open.data;

    return draft->texts.data + (uintptr_t)members[index].key;
}

static int keys_grow_many(struct draft_keys *keys, const struct draft *draft, size_t end)
{
    int r = 0;

    keys->many = lh_kchar_table_new(4 * KEYS_FEW, NULL);
    for (size_t i = keys->first; keys->many && r == 0 && i < end; i++)
        r = lh_table_insert(keys->many, key_at(draft, i), NULL);
    return keys->many && r == 0 ? 0 : -ENOMEM;
}

int draft_keys_add(struct draft_keys *keys, const struct draft *draft, const char *key)
{
    size_t end = draft->open.len / sizeof(struct packed_member);
    int r = 0;

    if (!keys->many && end - keys->first < KEYS_FEW) {
        for (size_t i = keys->first; i < end; i++)
            if (strcmp(key_at(draft, i), key) == 0)
                return DRAFT_KEY_TWICE;
        return 0;
    }
    if (!keys->many)
        r = keys_grow_many(keys, draft, end);
    if (r == 0 && lh_table_lookup_entry(keys->many, key))
        return DRAFT_KEY_TWICE;
    return r == 0 && lh_table_insert(keys->many, key, NULL) == 0 ? 0 : -ENOMEM;
}
