/* kubeconfig files: which cluster, as whom, in which namespace (client-go's tools/clientcmd; Kubernetes, "Organizing Cluster
 * Access Using kubeconfig Files" and "client-go credential plugins").
 *
 * Reads the files and nothing else; runs nothing. Every refusal names file, line and field. */
#pragma once

#include "common/json/json.h"
#include "common/kube/access.h"

enum { KUBECONFIG_FILE_BYTES_MAX = 1 << 20, KUBECONFIG_FILES_MAX = 32, KUBE_EXEC_ANSWER_BYTES_MAX = 1 << 20 };

enum kube_exec_interactive { KUBE_EXEC_NEVER, KUBE_EXEC_IF_AVAILABLE, KUBE_EXEC_ALWAYS };

/* A command that prints credentials (client.authentication.k8s.io, v1 and v1beta1). */
struct kube_exec {
    char *api_version;
    char **argv;              /* ended by NULL; a relative path is made one from the file's folder */
    struct json *environment; /* [{name, value}], beside the process's own; NULL: none */
    enum kube_exec_interactive interactive;
    struct json *cluster; /* what the command is told of the cluster; NULL: nothing */
    char *install_hint;   /* NULL: none */
};
void kube_exec_free(struct kube_exec *exec);
DEFINE_CLEANUP(struct kube_exec, kube_exec)
/* The value of KUBERNETES_EXEC_INFO. */
MUST_USE int kube_exec_info(const struct kube_exec *exec, bool interactive, struct buf *buf);

struct kube_exec_answer {
    struct buf token, certificate, key;
    int64_t expires_wall_ms; /* 0: never */
};
void kube_exec_answer_deinit(struct kube_exec_answer *answer);

enum kubeconfig_outcome { KUBECONFIG_ABSENT = 1, KUBECONFIG_REFUSED };
/* An ExecCredential as the command printed it. KUBECONFIG_REFUSED with *why, which never holds what it printed. */
MUST_USE int kube_exec_read(const struct kube_exec *exec, struct str text, struct kube_exec_answer *ret,
                            struct reason *why);

struct kubeconfig_query {
    const char *file;                  /* --kubeconfig: this one only; NULL: KUBECONFIG, else ~/.kube/config */
    const char *context;               /* --context; NULL: the current one */
    char *(*lookup)(const char *name); /* getenv's form */
};
struct kubeconfig {
    struct kube_access access; /* without fetcher: who runs exec sets it */
    struct kube_exec *exec;    /* owned; NULL: no command is needed */
    char *context;
};
void kubeconfig_deinit(struct kubeconfig *config); /* also the CLEANUP form */
/* Several files of KUBECONFIG are merged as kubectl does: what names something first, counts; a missing one is passed over.
 * ABSENT: no context is meant, as there is no file or none of them says one. */
MUST_USE int kubeconfig_read(const struct kubeconfig_query *query, struct kubeconfig *ret, struct reason *why);
