/* kubeconfig files: the context that counts, and what it names. Owns what it hands out; the documents are freed. */
#include "common/kube/kubeconfig_file.h"

#include <stdlib.h>
#include <string.h>

void kubeconfig_deinit(struct kubeconfig *config)
{
    kube_access_deinit(&config->access);
    kube_exec_free(TAKE(config->exec));
    free(TAKE(config->context));
}

/* --context, else the first current-context that a file says; NULL: none. */
static const char *context_name(const struct kubeconfig_query *query, const struct kubeconfig_files *files)
{
    const char *name = query->context;
    for (size_t i = 0; !name && i < files->count; i++) {
        const struct yaml_stream *stream = &files->items[i].stream;
        const char *current = stream->count ? json_text(json_get(stream->documents[0].value, "current-context")) : "";
        name = current[0] ? current : NULL;
    }
    return name;
}

static int context_missing(const struct kubeconfig_files *files, const char *name, struct reason *why)
{
    const char *path = files->count ? files->items[0].path : NULL;
    return reason_set(why, REASON_KUBE_ACCESS_INVALID, KUBECONFIG_REFUSED, "there is no context '%.120s' in %.200s%s",
                      name, path ? path : "any kubeconfig: HOME and KUBECONFIG are not set",
                      files->count > 1 ? " and the other files of KUBECONFIG" : "");
}

/* An entry that the context names. */
static int named(const struct kubeconfig_files *files, const struct kubeconfig_part *context, const char *list,
                 const char *field, struct kubeconfig_part *ret, struct reason *why)
{
    const char *name = json_text(json_get(context->body, field));
    if (kubeconfig_find(files, list, field, name, ret))
        return 0;
    if (!name[0])
        return kubeconfig_refuse(context, field, why, "is missing");
    return kubeconfig_refuse(context, field, why, "there is no '%.120s' in %s", name, list);
}

static int context_read(const struct kubeconfig_files *files, const struct kubeconfig_part *context,
                        struct kubeconfig *config, struct reason *why)
{
    struct kubeconfig_part cluster, user;
    bool somebody = json_text(json_get(context->body, "user"))[0] != '\0';
    int r = named(files, context, "clusters", "cluster", &cluster, why);
    if (r == 0)
        r = kubeconfig_text(context, "namespace", &config->access.namespace, why);
    if (r == 0)
        r = kubeconfig_cluster(&cluster, &config->access, why);
    if (r == 0 && somebody)
        r = named(files, context, "users", "user", &user, why);
    if (r == 0 && somebody)
        r = kubeconfig_user(&user, &cluster, config, why);
    return r;
}

int kubeconfig_read(const struct kubeconfig_query *query, struct kubeconfig *ret, struct reason *why)
{
    CLEANUP(kubeconfig_files_deinit) struct kubeconfig_files files = {.count = 0};
    CLEANUP(kubeconfig_deinit) struct kubeconfig config = {.access = kube_access_empty()};
    struct kubeconfig_part context;
    int r = kubeconfig_files_read(query, &files, why);
    if (r != 0)
        return r;
    const char *name = context_name(query, &files);
    if (!name)
        return KUBECONFIG_ABSENT;
    if (!kubeconfig_find(&files, "contexts", "context", name, &context))
        return context_missing(&files, name, why);
    r = str_dup(str_of(name), &config.context);
    if (r == 0)
        r = context_read(&files, &context, &config, why);
    if (r != 0)
        return r;
    *ret = config;
    config = (struct kubeconfig){.access = kube_access_empty()};
    return 0;
}
