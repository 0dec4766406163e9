/* The one object of a worker process, seen by the files of this folder only.
 *
 * Owner tree: worker_runtime owns the contract (and its document), loop, book, looks, stop, watchdog, link (and its channel),
 * builder and the latest table; the engine owns itself. It lives as long as the process. Loop thread only, except where
 * engine.h says otherwise. */
#pragma once

#include "common/loop/loop.h"
#include "worker/runtime/contract.h"
#include "worker/runtime/engine.h"
#include "worker/runtime/link.h"
#include "worker/runtime/look_book.h"
#include "worker/runtime/report_book.h"
#include "worker/runtime/stop.h"
#include "worker/runtime/table_build.h"
#include "worker/runtime/watchdog.h"

#define RUNTIME_COMPONENT "worker.runtime"

struct worker_runtime {
    const struct worker_engine_ops *ops;
    void *engine; /* NULL until ops->start succeeded */
    struct worker_contract contract;
    struct loop *loop;
    struct report_book *book;
    struct look_book *looks;
    struct loop_wake *book_wake; /* another thread has put something into the book, or into a look */
    struct worker_stop stop;
    struct watchdog *watchdog;
    struct link *link;
    struct table_build build;
    struct worker_table *table;     /* in force; NULL until the first */
    enum reason_code table_refusal; /* condition that stands because the last table was refused, or REASON_NONE */
};

/* Feeds one message of a table to the builder and gives what it yields to the engine (table_feed.c). */
void table_feed(struct worker_runtime *runtime, const struct ipc_message *message);
/* Generation of the table in force, 0 before the first. */
uint64_t table_generation(const struct worker_runtime *runtime);
