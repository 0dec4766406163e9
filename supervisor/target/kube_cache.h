/* The objects that one watch finds, by name. Internal to supervisor/target.
 *
 * Owns the watch and the documents. A change only marks its owner dirty: the owner looks at the end of the loop's turn, when
 * the cache may also be freed. What cannot be kept for lack of memory is logged, and counts as not listed. */
#pragma once

#include "common/kube/watch.h"

struct kube_cache;
typedef void kube_cache_fn(void *context);
/* spec: copied by the watch. -ENOMEM. */
MUST_USE int kube_cache_new(struct kube_client *client, const struct kube_watch_spec *spec, kube_cache_fn *changed,
                            void *context, struct kube_cache **ret);
void kube_cache_free(struct kube_cache *cache);
DEFINE_CLEANUP(struct kube_cache, kube_cache)
bool kube_cache_is_synced(const struct kube_cache *cache); /* false for NULL */
/* Why nothing new is heard; NULL: it is heard. */
const struct reason *kube_cache_trouble(const struct kube_cache *cache);
/* Borrowed until the next turn; NULL: none. */
const struct json *kube_cache_find(const struct kube_cache *cache, const char *name);
size_t kube_cache_count(const struct kube_cache *cache); /* 0 for NULL */
/* All of them into an array of kube_cache_count(). */
void kube_cache_list(const struct kube_cache *cache, const struct json **ret);
