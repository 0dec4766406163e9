/* Owns looks and frames under one mutex, which is held for one message or for one non-blocking run of sending. */
#include "worker/runtime/look_book.h"

#include "worker/runtime/look_one.h"
#include <pthread.h>
#include <stdlib.h>

struct look_book {
    struct look_gate gate;
    pthread_mutex_t mutex;
    struct look looks[LOOKS_MAX];
    struct look_frames frames;
};

int look_book_new(struct look_book **ret)
{
    struct look_book *book = calloc(1, sizeof *book);
    if (!book)
        return -ENOMEM;
    int r = -pthread_mutex_init(&book->mutex, NULL);
    if (r)
        free(book);
    else
        *ret = book;
    return r;
}

void look_book_free(struct look_book *book)
{
    if (!book)
        return;
    look_book_reset(book);
    pthread_mutex_destroy(&book->mutex);
    free(book);
}

const struct look_gate *look_book_gate(const struct look_book *book) { return &book->gate; }

/* number 0: a free one. */
static struct look *look_find(struct look_book *book, uint64_t number)
{
    for (size_t i = 0; i < LOOKS_MAX; i++)
        if (book->looks[i].number == number)
            return &book->looks[i];
    return NULL;
}

static void look_end(struct look_book *book, struct look *look)
{
    if (look->open)
        atomic_fetch_sub(&book->gate.open, 1);
    look_clear(look);
}

static void look_refuse(struct look_book *book, struct look *look, const struct reason *why)
{
    look_tell(look, LOOK_REFUSED, why, &book->frames);
    look_end(book, look);
}

/* r: of look_filter_add or look_open. */
static void look_judge(struct look_book *book, struct look *look, int r, struct reason *why)
{
    if (r < 0)
        (void)reason_set(why, REASON_LIMIT_REACHED, 0, "the worker has no memory for it");
    if (r)
        look_refuse(book, look, why);
}

static void look_start(struct look_book *book, struct look *look)
{
    struct reason why = {.code = REASON_NONE};
    int r = look_open(look, mono_now(), &why);
    if (look->open)
        atomic_fetch_add(&book->gate.open, 1);
    look_judge(book, look, r, &why);
}

static void on_begin(struct look_book *book, const struct ipc_look_begin *order)
{
    struct look *look = look_find(book, 0);
    struct look none = {.number = order->look};
    struct reason why;
    if (!order->look || look_find(book, order->look))
        return;
    if (!look || order->filters > ROUTE_FILTERS_MAX) {
        (void)reason_set(&why, REASON_LIMIT_REACHED, 0,
                         look ? "at most %d filters at a time" : "%d people look at this worker's messages already",
                         look ? ROUTE_FILTERS_MAX : LOOKS_MAX);
        look_tell(&none, LOOK_REFUSED, &why, &book->frames);
        return;
    }
    *look = (struct look){.number = order->look,
                          .seconds = order->seconds < LOOK_SECONDS_MAX ? order->seconds : LOOK_SECONDS_MAX,
                          .filters_wanted = order->filters,
                          .until = mono_after(mono_now(), LOOK_FILTERS_MS)};
    if (!look->filters_wanted)
        look_start(book, look);
}

static void on_filter(struct look_book *book, const struct ipc_look_filter *order)
{
    struct look *look = order->look ? look_find(book, order->look) : NULL;
    struct reason why = {.code = REASON_NONE};
    if (!look || look->open)
        return;
    int r = look_filter_add(look, str_of(order->name), str_of(order->pattern), &why);
    look_judge(book, look, r, &why);
    if (!r && look->filter_count == look->filters_wanted)
        look_start(book, look);
}

static void on_end(struct look_book *book, const struct ipc_look_end *order)
{
    struct look *look = order->look ? look_find(book, order->look) : NULL;
    if (look)
        look_end(book, look);
}

void look_book_order(struct look_book *book, const struct ipc_message *message)
{
    pthread_mutex_lock(&book->mutex);
    if (message->type == IPC_LOOK_BEGIN)
        on_begin(book, &message->look_begin);
    else if (message->type == IPC_LOOK_FILTER)
        on_filter(book, &message->look_filter);
    else if (message->type == IPC_LOOK_END)
        on_end(book, &message->look_end);
    pthread_mutex_unlock(&book->mutex);
}

void look_book_reset(struct look_book *book)
{
    pthread_mutex_lock(&book->mutex);
    for (size_t i = 0; i < LOOKS_MAX; i++)
        if (book->looks[i].number)
            look_end(book, &book->looks[i]);
    look_frames_clear(&book->frames);
    pthread_mutex_unlock(&book->mutex);
}

void look_book_tick(struct look_book *book)
{
    struct mono now = mono_now();
    pthread_mutex_lock(&book->mutex);
    for (size_t i = 0; i < LOOKS_MAX; i++) {
        struct look *look = &book->looks[i];
        if (!look->number)
            continue;
        if (mono_reached(now, look->until)) {
            look_tell_over(look, &book->frames);
            look_end(book, look);
        } else if (look->open) {
            look_tell(look, LOOK_RUNNING, NULL, &book->frames);
        }
    }
    pthread_mutex_unlock(&book->mutex);
}

bool look_book_show(struct look_book *book, const struct look_subject *subject)
{
    pthread_mutex_lock(&book->mutex);
    for (size_t i = 0; i < LOOKS_MAX; i++)
        if (book->looks[i].open)
            look_at(&book->looks[i], subject, &book->frames);
    bool due = book->frames.count > 0;
    pthread_mutex_unlock(&book->mutex);
    return due;
}

int look_book_send(struct look_book *book, report_send_fn *send, void *context)
{
    pthread_mutex_lock(&book->mutex);
    int r = look_frames_send(&book->frames, send, context);
    pthread_mutex_unlock(&book->mutex);
    return r;
}
