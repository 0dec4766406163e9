/* Owns the reports as frames, in a hash by key and in one list per queue; the cursor of a list is the first unsent one.
 * One mutex, held for a look-up or for one non-blocking send. */
#define HASH_NONFATAL_OOM 1
#include "worker/runtime/report_book.h"

#include "worker/runtime/name_set.h"
#include "worker/runtime/report_key.h"
#include <pthread.h>
#include <stdlib.h>
#include <uthash.h>
#include <utlist.h>

struct report {
    UT_hash_handle hh;
    struct report *prev, *next;
    enum report_queue queue;
    enum ipc_type type;
    char key[REPORT_KEY_SIZE];
    size_t len;
    unsigned char frame[];
};

struct report_list {
    struct report *head;
    struct report *cursor; /* NULL: all sent */
};

struct report_book {
    pthread_mutex_t mutex;
    struct report *by_key;
    struct report_list lists[REPORT_QUEUE_COUNT];
    uint64_t events; /* number of the latest */
};

int report_book_new(struct report_book **ret)
{
    struct report_book *book = calloc(1, sizeof *book);
    if (!book)
        return -ENOMEM;
    int r = -pthread_mutex_init(&book->mutex, NULL);
    if (r)
        free(book);
    else
        *ret = book;
    return r;
}

static void report_remove(struct report_book *book, struct report *report)
{
    struct report_list *list = &book->lists[report->queue];
    if (list->cursor == report)
        list->cursor = report->next;
    DL_DELETE(list->head, report);
    HASH_DEL(book->by_key, report);
    free(report);
}

void report_book_free(struct report_book *book)
{
    if (!book)
        return;
    struct report *report, *next;
    HASH_ITER (hh, book->by_key, report, next)
        report_remove(book, report);
    pthread_mutex_destroy(&book->mutex);
    free(book);
}

static struct report *report_find(const struct report_book *book, const char *key)
{
    struct report *report = NULL;
    HASH_FIND_STR(book->by_key, key, report);
    return report;
}

static int report_append(struct report_book *book, const char *key, enum ipc_type type, const struct ipc_frame *frame)
{
    if (HASH_COUNT(book->by_key) >= REPORT_ENTRIES_MAX)
        return REPORT_BOOK_FULL;
    struct report *report = calloc(1, sizeof *report + frame->len);
    if (!report)
        return -ENOMEM;
    report->queue = type == IPC_FIGURES || type == IPC_WORK ? REPORT_FIGURES : REPORT_STATE;
    report->type = type;
    report->len = frame->len;
    memcpy(report->frame, frame->data, frame->len);
    memcpy(report->key, key, strlen(key) + 1);
    HASH_ADD_STR(book->by_key, key, report);
    if (!report->hh.tbl) {
        free(report);
        return -ENOMEM;
    }
    struct report_list *list = &book->lists[report->queue];
    DL_APPEND(list->head, report);
    if (!list->cursor)
        list->cursor = report;
    return 0;
}

static int report_replace(struct report_book *book, const struct ipc_message *message)
{
    char key[REPORT_KEY_SIZE];
    struct ipc_frame frame;
    report_key(message, key);
    codec_encode(message, &frame);
    struct report *old = report_find(book, key);
    if (old && old->len == frame.len && memcmp(old->frame, frame.data, frame.len) == 0)
        return 0;
    if (old)
        report_remove(book, old);
    return report_append(book, key, message->type, &frame);
}

static void event_number(struct report_book *book, struct ipc_message *event)
{
    event->event.sequence = ++book->events;
    if (book->events <= REPORT_EVENTS_MAX)
        return;
    char key[REPORT_KEY_SIZE];
    struct ipc_message oldest = {.type = IPC_EVENT, .event = {.sequence = book->events - REPORT_EVENTS_MAX}};
    report_key(&oldest, key);
    struct report *report = report_find(book, key);
    if (report)
        report_remove(book, report);
}

int report_book_put(struct report_book *book, struct ipc_message *message)
{
    pthread_mutex_lock(&book->mutex);
    if (message->type == IPC_EVENT)
        event_number(book, message);
    int r = report_replace(book, message);
    pthread_mutex_unlock(&book->mutex);
    return r;
}

/* Positions are told as one run that ends with its count, so a changed list takes its place as a whole. */
static int positions_replace(struct report_book *book, const struct worker_position *positions, size_t count)
{
    struct report *report, *next;
    HASH_ITER (hh, book->by_key, report, next)
        if (report->type == IPC_POSITION || report->type == IPC_POSITIONS_END)
            report_remove(book, report);
    int r = 0;
    for (size_t i = 0; !r && i < count; i++) {
        struct ipc_message message = {.type = IPC_POSITION,
                                      .position = {.partition = positions[i].partition,
                                                   .start = (uint64_t)positions[i].start,
                                                   .end = (uint64_t)positions[i].end}};
        r = report_replace(book, &message);
    }
    struct ipc_message end = {.type = IPC_POSITIONS_END, .positions_end = {.count = (uint32_t)count}};
    return r ? r : report_replace(book, &end);
}

int report_book_put_positions(struct report_book *book, const struct worker_position *positions, size_t count)
{
    check(count <= TABLE_POSITIONS_MAX);
    pthread_mutex_lock(&book->mutex);
    int r = positions_replace(book, positions, count);
    pthread_mutex_unlock(&book->mutex);
    return r;
}

static int names_collect(const struct worker_table *table, struct name_set *names)
{
    int r = name_set_add(names, report_subject_split, 0);
    for (size_t i = 0; r >= 0 && i < table->temp_count; i++) {
        r = name_set_add(names, table->temps[i].name, 0);
        if (r >= 0)
            r = name_set_add(names, table->temps[i].session, 0);
    }
    return r < 0 ? r : 0;
}

int report_book_prune(struct report_book *book, const struct worker_table *table)
{
    CLEANUP(name_set_deinit) struct name_set names = {.entries = NULL};
    int r = names_collect(table, &names);
    if (r)
        return r;
    pthread_mutex_lock(&book->mutex);
    struct report *report, *next;
    HASH_ITER (hh, book->by_key, report, next)
        if (!name_set_has(&names, report_subject(report->key)))
            report_remove(book, report);
    pthread_mutex_unlock(&book->mutex);
    return 0;
}

void report_book_retell(struct report_book *book)
{
    pthread_mutex_lock(&book->mutex);
    for (int i = 0; i < REPORT_QUEUE_COUNT; i++)
        book->lists[i].cursor = book->lists[i].head;
    pthread_mutex_unlock(&book->mutex);
}

/* Sends the first unsent report; *ret_done when there is none. */
static int send_one(struct report_book *book, enum report_queue queue, report_send_fn *send, void *context,
                    bool *ret_done)
{
    struct ipc_frame frame;
    int r = 0;
    pthread_mutex_lock(&book->mutex);
    struct report_list *list = &book->lists[queue];
    *ret_done = !list->cursor;
    if (list->cursor) {
        frame.len = list->cursor->len;
        memcpy(frame.data, list->cursor->frame, frame.len);
        r = send(context, &frame);
        if (!r)
            list->cursor = list->cursor->next;
    }
    pthread_mutex_unlock(&book->mutex);
    return r;
}

int report_book_send_all(struct report_book *book, enum report_queue queue, report_send_fn *send, void *context)
{
    bool done = false;
    int r = 0;
    while (!r && !done)
        r = send_one(book, queue, send, context, &done);
    return r;
}

bool report_book_all_sent(struct report_book *book)
{
    pthread_mutex_lock(&book->mutex);
    bool sent = !book->lists[REPORT_STATE].cursor;
    pthread_mutex_unlock(&book->mutex);
    return sent;
}
