/* Kubeconfigs for tests: files of a scratch folder, and an environment that a test sets. */
#pragma once

#include "common/kube/kubeconfig.h"
#include "tests/unit/base/scratch.h"

static char given_kubeconfig[1024], given_home[256];

static inline char *given_lookup(const char *name)
{
    if (strcmp(name, "KUBECONFIG") == 0)
        return given_kubeconfig;
    return strcmp(name, "HOME") == 0 ? given_home : NULL;
}

/* KUBECONFIG of these files of the folder ("a:b"). */
static inline void given_files(const struct scratch *scratch, const char *names)
{
    given_kubeconfig[0] = '\0';
    given_home[0] = '\0';
    for (const char *name = names; *name; name += strcspn(name, ":") + (name[strcspn(name, ":")] == ':')) {
        size_t used = strlen(given_kubeconfig);
        snprintf(given_kubeconfig + used, sizeof given_kubeconfig - used, "%s%s/%.*s", used ? ":" : "", scratch->path,
                 (int)strcspn(name, ":"), name);
    }
}

static inline int given_read(const char *context, struct kubeconfig *ret, struct reason *why)
{
    const struct kubeconfig_query query = {.context = context, .lookup = given_lookup};
    *ret = (struct kubeconfig){.access = kube_access_empty()};
    *why = (struct reason){.code = REASON_NONE};
    return kubeconfig_read(&query, ret, why);
}

#define GIVEN_HEAD            \
    "apiVersion: v1\n"        \
    "kind: Config\n"          \
    "current-context: here\n" \
    "contexts:\n"             \
    "- name: here\n"          \
    "  context: {cluster: c, user: u, namespace: team}\n"

/* A file whose only cluster and user have these fields, in flow style. */
static inline void given_config(const struct scratch *scratch, const char *cluster, const char *user)
{
    char text[4096];
    snprintf(text, sizeof text, GIVEN_HEAD "clusters:\n- name: c\n  cluster: {%s}\nusers:\n- name: u\n  user: {%s}\n",
             cluster, user);
    scratch_put(scratch, "config", str_of(text));
    given_files(scratch, "config");
}

/* Must be refused, with these words. */
static inline void given_refused(const char *context, const char *words)
{
    CLEANUP(kubeconfig_deinit) struct kubeconfig config;
    struct reason why;
    assert_int_equal(given_read(context, &config, &why), KUBECONFIG_REFUSED);
    assert_int_equal(why.code, REASON_KUBE_ACCESS_INVALID);
    if (!strstr(why.text, words))
        fail_msg("'%s' is not in: %s", words, why.text);
}
