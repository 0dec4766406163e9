/* See event_board.h. */
#include "supervisor/apply/event_board.h"

#include <stdlib.h>

#include "common/base/reason.h"

enum { REASON_SIZE = 64 };

struct entry {
    int64_t id; /* grows with each event; 0: free */
    int64_t at_ms;
    int64_t count;
    struct resource_key key;
    bool warning;
    char reason[REASON_SIZE], note[REASON_TEXT_SIZE];
};

struct event_board {
    struct event_watch *watch;
    int64_t last_id;
    struct entry entries[EVENT_BOARD_MAX]; /* in no order */
};

static bool is_same(const struct entry *entry, const struct entry *other)
{
    return entry->id && entry->key.kind == other->key.kind && entry->warning == other->warning &&
           strcmp(entry->key.name, other->key.name) == 0 && strcmp(entry->key.namespace, other->key.namespace) == 0 &&
           strcmp(entry->reason, other->reason) == 0 && strcmp(entry->note, other->note) == 0;
}

/* The same one, else the oldest, which a free one is. */
static struct entry *place_of(struct event_board *board, const struct entry *new)
{
    struct entry *oldest = &board->entries[0];
    for (size_t i = 0; i < EVENT_BOARD_MAX; i++) {
        if (is_same(&board->entries[i], new))
            return &board->entries[i];
        if (board->entries[i].id < oldest->id)
            oldest = &board->entries[i];
    }
    oldest->count = 0;
    return oldest;
}

static void on_event(void *context, const struct resource_key *key, const struct json *document,
                     const struct event *event)
{
    struct event_board *board = context;
    struct entry new = {
        .id = ++board->last_id, .at_ms = wall_now_ms(), .key = *key, .warning = event->warning, .count = 1};
    (void)document;
    str_copy_cut(new.reason, sizeof new.reason, str_of(event->reason));
    str_copy_cut(new.note, sizeof new.note, str_of(event->note));
    struct entry *place = place_of(board, &new);
    new.count += place->count;
    *place = new;
}

int event_board_new(struct store *store, struct event_board **ret)
{
    struct event_board *board CLEANUP(event_board_freep) = calloc(1, sizeof *board);
    if (!board)
        return -ENOMEM;
    int r = event_watch_new(store, on_event, board, &board->watch);
    if (r == 0)
        *ret = TAKE(board);
    return r;
}

void event_board_free(struct event_board *board)
{
    if (!board)
        return;
    event_watch_free(board->watch);
    free(board);
}

/* --- As JSON --- */

static int entry_fill(const struct entry *entry, struct json *object)
{
    int r = json_set_int(object, "id", entry->id);
    if (r == 0)
        r = json_set_int(object, "atMs", entry->at_ms);
    if (r == 0)
        r = json_set_text(object, "kind", kind_row(entry->key.kind)->name);
    if (r == 0)
        r = json_set_text(object, "namespace", entry->key.namespace);
    if (r == 0)
        r = json_set_text(object, "name", entry->key.name);
    if (r == 0)
        r = json_set_bool(object, "warning", entry->warning);
    if (r == 0)
        r = json_set_text(object, "reason", entry->reason);
    if (r == 0)
        r = json_set_text(object, "note", entry->note);
    return r == 0 ? json_set_int(object, "count", entry->count) : r;
}

static int append(struct json *array, const struct entry *entry)
{
    struct json *object CLEANUP(json_freep) = json_new_object();
    int r = object ? entry_fill(entry, object) : -ENOMEM;
    return r == 0 ? json_append_take(array, TAKE(object)) : r;
}

static int newest_first(const void *a, const void *b)
{
    const struct entry *const *left = a, *const *right = b;
    return ((*left)->id < (*right)->id) - ((*left)->id > (*right)->id);
}

int event_board_json(const struct event_board *board, const char *namespace, struct json **ret)
{
    struct json *array CLEANUP(json_freep) = json_new_array();
    const struct entry *sorted[EVENT_BOARD_MAX];
    int r = array ? 0 : -ENOMEM;
    for (size_t i = 0; i < EVENT_BOARD_MAX; i++)
        sorted[i] = &board->entries[i];
    qsort(sorted, EVENT_BOARD_MAX, sizeof *sorted, newest_first);
    for (size_t i = 0; r == 0 && i < EVENT_BOARD_MAX && sorted[i]->id; i++)
        if (!namespace || strcmp(sorted[i]->key.namespace, namespace) == 0)
            r = append(array, sorted[i]);
    if (r == 0)
        *ret = TAKE(array);
    return r;
}
