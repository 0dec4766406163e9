/* The one resource store: plain documents by key, fed by a source, read by reconcile and by watchers.
 *
 * Owns the documents. Two ways to fill one: a folder's inputs, with own kinds and records persisted in the state folder; or
 * the mirror of an API server, which persists them itself. In the first, a write is persisted before it becomes visible, so what
 * is in the store survives a crash, and a write that fails (-ENOSPC) changes nothing; the store gives every document uid (UUIDv5 of kind, namespace, name and, for own kinds, a creation counter: a
 * name used again is another object), resourceVersion (one persisted counter), creationTimestamp and generation. Never decides anything. */
#pragma once

#include "common/base/cleanup.h"
#include "common/base/err.h"
#include "common/base/reason.h"
#include "common/json/json.h"
#include "common/model/kind.h"
#include <stddef.h>
#include <stdint.h>

struct store;

enum store_outcome {
    STORE_EXISTS = 1,
    STORE_NOT_FOUND = 2,
    STORE_CONFLICT = 3, /* metadata.resourceVersion was given and is not the present one */
    STORE_REFUSED = 4,  /* not a valid document of its kind, or a limit */
};

#define STORE_DOCUMENTS_MAX 10000            /* of one kind */
#define STORE_DOCUMENT_BYTES_MAX (16u << 20) /* of one document as a file */
#define STORE_CHANGES_MAX 1024               /* kept for watches that resume */
#define STORE_CHANGES_BYTES_MAX (8u << 20)   /* of the documents of these; the last one is kept whatever its size */

/* state_fd: folder of state files, which the caller has locked; borrowed; -1 keeps everything in memory (tests). Loads what
 * is there and deletes what a crash left half written. STORE_REFUSED: a file is not what we wrote; < 0: it could not be
 * read. Both times *why names the file: to go on without it would be to forget what has to be restored. */
MUST_USE int store_new(int state_fd, struct store **ret, struct reason *why);
void store_free(struct store *store);
DEFINE_CLEANUP(struct store, store)

/* Borrowed until the next change of that document. NULL when there is none. */
const struct json *store_get(const struct store *store, const struct resource_key *key);
/* Calls visit for each document of a kind (KIND_NONE: all) in a namespace (NULL: all), in the order of their keys. The
 * store may not be changed meanwhile. */
typedef void store_visit_fn(void *context, const struct resource_key *key, const struct json *document);
void store_each(const struct store *store, enum kind kind, const char *namespace, store_visit_fn *visit,
                void *context);
/* Documents that belong together, by what group_of says of each: 0 with *ret, or > 0 for none. Said once; documents that are there
 * already are asked about now. */
typedef int store_group_fn(const struct json *document, const struct resource_key *key, struct resource_key *ret);
void store_group_by(struct store *store, store_group_fn *group_of);
/* Calls visit for each document of a group, in the order of their keys; the store may not be changed meanwhile. */
void store_each_of(const struct store *store, const struct resource_key *group, store_visit_fn *visit, void *context);
uint64_t store_version(const struct store *store); /* resourceVersion of the last change */

/* Writes of own kinds and records; all take the document, also when they fail. Status is a sub-resource as in Kubernetes:
 * create drops it, update keeps the old one, status keeps all but status (of inputs too; theirs lives in memory only).
 * A document that is equal to the present one changes nothing, not even its resourceVersion. Nothing is changed unless the
 * result is 0: an outcome, -ENOMEM, or what the state folder said (-ENOSPC, -EROFS, -EACCES). */
MUST_USE int store_create(struct store *store, struct json *document_take);
MUST_USE int store_update(struct store *store, struct json *document_take);
MUST_USE int store_update_status(struct store *store, struct json *document_take);
/* Documents with finalizers get a deletionTimestamp and stay until the last one is taken away by an update. 0, an outcome,
 * -errno as above. */
MUST_USE int store_delete(struct store *store, const struct resource_key *key);

/* Inputs: the source hands over the whole list that the folder holds now; the store works out what was added, changed
 * and deleted. Takes the documents (not the array), also when it fails. STORE_REFUSED, with nothing changed: one is no
 * input, stands there twice, or is one too many of its kind. */
MUST_USE int store_replace_inputs(struct store *store, struct json **documents_take, size_t count);
/* Mirror: documents that an API server keeps. They are taken over as they come, with its uid, resourceVersion and status, and
 * stand in memory only, and no change is kept, for watches resume at that server; a store that mirrors has no state folder and nothing
 * writes to it but its source. An older state than the present one (of the same uid) changes nothing: an answer to a write may overtake
 * the watch. One of the same version is taken over when it says something else. STORE_REFUSED: no document of
 * a known kind with a namespace, or one too many of its kind. -ENOMEM. */
MUST_USE int store_mirror_put(struct store *store, struct json *document_take);
/* 0, also when there is none. -ENOMEM. */
MUST_USE int store_mirror_remove(struct store *store, const struct resource_key *key);
/* What the source has not been able to read since the start may hold inputs that the store does not have: then what is missing
 * is not known to be gone. So it is at first; a call with REASON_NONE says that everything was read. Tells no watcher. */
void store_doubt_inputs(struct store *store, const struct reason *why);
/* Why an input that is not there may exist nevertheless; NULL: it does not. Borrowed until the next call of the above. */
const struct reason *store_inputs_doubt(const struct store *store);

/* 0, or what the state folder says to writes (-ENOSPC, -EROFS, ...). While it says so, asking tries it again. */
int store_trouble(struct store *store);

/* Watchers are told of every change, in order, after it is visible; of a deletion with the last state of the document and the
 * resourceVersion of the deletion. They mark dirty or queue; they never change the store. A watch may be freed in its own
 * callback. */
enum store_change { STORE_ADDED, STORE_MODIFIED, STORE_DELETED };
struct store_watch;
typedef void store_watch_fn(void *context, enum store_change change, const struct resource_key *key,
                            const struct json *document);
MUST_USE int store_watch_new(struct store *store, store_watch_fn *callback, void *context, struct store_watch **ret);
void store_watch_free(struct store_watch *watch);
DEFINE_CLEANUP(struct store_watch, store_watch)
/* Changes after version since, oldest first, for a client that resumes a watch. STORE_NOT_FOUND, and no callback, when they
 * are no longer kept, or since is no version of ours (410 Gone). */
MUST_USE int store_changes_since(const struct store *store, uint64_t since, store_watch_fn *callback, void *context);
