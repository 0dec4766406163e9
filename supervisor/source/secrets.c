/* See secrets.h. An answer that says that there is none, or that we may not, takes it out of the store; without an answer the last
 * one counts. */
#include "supervisor/source/secrets.h"

#include <stdlib.h>
#include <utlist.h>

#include "common/base/log.h"
#include "common/model/resource.h"

#define COMPONENT "supervisor.source"

struct secret {
    struct resource_key key;
    struct secrets_source *source;
    struct kube_call *call;
    bool answered, named;
    unsigned refused; /* HTTP status of the last refusal, told once; 0 */
    struct secret *next;
};

struct secrets_source {
    struct secrets_source_config config;
    struct store_watch *watch;
    struct loop_work *work;
    struct loop_timer *timer;
    struct secret *secrets;
    size_t count;
    bool looked; /* at the configs, at least once */
    bool dirty;  /* they changed since */
};

static void drop(struct secrets_source *source, struct secret *secret)
{
    kube_call_cancel(secret->call);
    if (store_mirror_remove(source->config.store, &secret->key) < 0)
        log_error(COMPONENT, "out of memory; a secret that nobody names is kept", LF_STR("name", secret->key.name));
    LL_DELETE(source->secrets, secret);
    source->count--;
    free(secret);
}

bool secrets_source_is_read(const struct secrets_source *source)
{
    for (const struct secret *secret = source->secrets; secret; secret = secret->next)
        if (!secret->answered)
            return false;
    return source->looked && !source->dirty;
}

static void tell_refused(struct secret *secret, const struct kube_answer *answer)
{
    if (secret->refused != answer->status)
        log_warn(COMPONENT, "a secret cannot be read", LF_STR("namespace", secret->key.namespace),
                 LF_STR("name", secret->key.name), LF_INT("status", answer->status), LF_REASON(&answer->why));
    secret->refused = answer->status;
}

static int take(struct secret *secret, const struct kube_answer *answer)
{
    struct json *copy = NULL;
    if (!kube_answer_ok(answer)) {
        tell_refused(secret, answer);
        return store_mirror_remove(secret->source->config.store, &secret->key);
    }
    secret->refused = 0;
    int r = json_dup(answer->body, &copy);
    return r < 0 ? r : store_mirror_put(secret->source->config.store, copy);
}

static void on_done(void *context, const struct kube_answer *answer)
{
    struct secret *secret = context;
    struct secrets_source *source = secret->source;
    secret->call = NULL;
    /* Silence, an overloaded server and expired credentials say nothing about the secret. */
    if (answer->error < 0 || answer->status >= 500 || answer->status == 401 || answer->status == 429)
        return;
    int r = take(secret, answer);
    if (r != 0)
        log_error(COMPONENT, "a secret is not understood", LF_STR("name", secret->key.name), LF_INT("result", r));
    bool first = !secret->answered;
    secret->answered = true;
    if (first && secrets_source_is_read(source))
        source->config.on_read(source->config.context);
}

static void ask(struct secret *secret)
{
    struct buf path CLEANUP(buf_deinit) = BUF_INIT(KUBE_PATH_BYTES_MAX);
    const struct kube_path parts = {
        .resource = kube_resource_of(KIND_SECRET), .namespace = secret->key.namespace, .name = secret->key.name};
    int r = secret->call ? 0 : kube_path_build(&parts, &path);
    const struct kube_call_spec spec = {.method = "GET", .path = path.data, .done = on_done, .context = secret};
    if (r == 0 && !secret->call)
        r = kube_client_call(secret->source->config.client, &spec, &secret->call);
    if (r < 0)
        log_error(COMPONENT, "a secret cannot be asked for; tried again", LF_STR("name", secret->key.name),
                  LF_ERR(r));
}

static void name(struct secrets_source *source, const struct resource_key *key)
{
    struct secret *secret = NULL;
    LL_FOREACH (source->secrets, secret)
        if (resource_key_equal(&secret->key, key)) {
            secret->named = true;
            return;
        }
    if (source->count >= SECRETS_MAX) {
        log_error(COMPONENT, "too many secrets are named; one is left out", LF_STR("name", key->name));
        return;
    }
    secret = calloc(1, sizeof *secret);
    if (!secret) {
        log_error(COMPONENT, "out of memory; a secret is left out", LF_STR("name", key->name));
        return;
    }
    *secret = (struct secret){.key = *key, .source = source, .named = true};
    LL_PREPEND(source->secrets, secret);
    source->count++;
    ask(secret);
}

static void look_at(void *context, const struct resource_key *key, const struct json *document)
{
    struct secrets_source *source = context;
    const struct secrets_source_config *config = &source->config;
    struct resource_key secret;
    (void)key;
    if (client_config_secret(document, &secret) &&
        secret_namespace_allowed(secret.namespace, config->operator_namespace, config->namespaces))
        name(source, &secret);
}

static void on_work(void *context)
{
    struct secrets_source *source = context;
    struct secret *secret, *next;
    LL_FOREACH (source->secrets, secret)
        secret->named = false;
    store_each(source->config.store, KIND_KAFKA_CLIENT_CONFIG, NULL, look_at, source);
    LL_FOREACH_SAFE(source->secrets, secret, next)
    if (!secret->named)
        drop(source, secret);
    source->looked = true;
    source->dirty = false;
    if (secrets_source_is_read(source))
        source->config.on_read(source->config.context);
}

static void on_change(void *context, enum store_change change, const struct resource_key *key,
                      const struct json *document)
{
    struct secrets_source *source = context;
    (void)change, (void)document;
    if (key->kind != KIND_KAFKA_CLIENT_CONFIG)
        return;
    source->dirty = true;
    loop_work_schedule(source->work);
}

static void on_timer(void *context)
{
    struct secrets_source *source = context;
    struct secret *secret = NULL;
    LL_FOREACH (source->secrets, secret)
        ask(secret);
}

int secrets_source_new(const struct secrets_source_config *config, struct secrets_source **ret)
{
    struct secrets_source *source CLEANUP(secrets_source_freep) = calloc(1, sizeof *source);
    struct loop *loop = kube_client_loop(config->client);
    if (!source)
        return -ENOMEM;
    source->config = *config;
    int r = loop_work_new(loop, on_work, source, &source->work);
    if (r == 0)
        r = loop_timer_new(loop, on_timer, source, &source->timer);
    if (r == 0)
        r = store_watch_new(config->store, on_change, source, &source->watch);
    if (r < 0)
        return r;
    loop_timer_repeat(source->timer, SECRETS_LOOK_MS);
    loop_work_schedule(source->work);
    *ret = TAKE(source);
    return 0;
}

void secrets_source_free(struct secrets_source *source)
{
    struct secret *secret, *next;
    if (!source)
        return;
    LL_FOREACH_SAFE(source->secrets, secret, next)
    {
        kube_call_cancel(secret->call);
        free(secret);
    }
    store_watch_free(source->watch);
    loop_timer_free(source->timer);
    loop_work_free(source->work);
    free(source);
}
