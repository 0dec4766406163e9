/* Where an API server is and who we are there: what a kubeconfig, a pod or the path of a unix socket says.
 *
 * Owns its texts; secrets are wiped. Asks nobody and runs nothing. */
#pragma once

#include "common/base/buf.h"
#include "common/base/cleanup.h"
#include "common/base/reason.h"
#include <stdbool.h>
#include <stdint.h>

#define KUBE_PEM_BYTES_MAX (256u << 10)
#define KUBE_TOKEN_BYTES_MAX (64u << 10)

/* PEM given as it is, or as a file, which is read again every minute. */
struct kube_pem {
    struct buf data;
    char *file; /* NULL: data counts */
};

/* What somebody else fetched: an exec plugin, which the CLI runs. Borrowed for the callback. */
struct kube_credential {
    struct str token;            /* empty: none */
    struct str certificate, key; /* PEM; empty: none */
    int64_t expires_wall_ms;     /* 0: never */
};
/* error < 0 with *why, else *credential. */
typedef void kube_fetched_fn(void *context, int error, const struct kube_credential *credential,
                             const struct reason *why);
struct kube_fetcher {
    /* One at a time; done comes from the loop, never from within. */
    int (*fetch)(void *context, kube_fetched_fn *done, void *done_context);
    void (*cancel)(void *context); /* done does not come any more */
    void *context;
};

struct kube_access {
    char *socket_path; /* a unix socket, asked without TLS and as the process's own user; NULL: server */
    char *server;      /* "https://host:port", without a slash at the end */
    struct kube_pem ca, certificate, key;
    struct buf token;
    char *token_file;            /* read again every minute; NULL: token */
    struct kube_fetcher fetcher; /* borrowed; .fetch NULL: none */
    char *through;               /* see http_client_set_through; NULL: none */
    char *tls_server_name, *proxy_url;
    bool insecure;                       /* the server is not verified */
    char *namespace;                     /* where nobody names one; NULL: "default" */
    char *as_user, *as_uid, **as_groups; /* impersonated; groups ended by NULL; NULL: nobody */
};
/* Texts, ended by NULL, and their list; NULL is allowed. */
void kube_texts_free(char **texts);
/* Empty, with the limits of its buffers. */
struct kube_access kube_access_empty(void);
void kube_access_deinit(struct kube_access *access); /* also the CLEANUP form */
/* A supervisor on this host. -ENOMEM. */
MUST_USE int kube_access_socket(const char *path, struct kube_access *ret);

enum kube_access_outcome { KUBE_ACCESS_ABSENT = 1, KUBE_ACCESS_INVALID };
/* The service account of the pod that we run in (Kubernetes, "Accessing the API from a Pod"): KUBERNETES_SERVICE_HOST and
 * _PORT by lookup (getenv's form), token, ca.crt and namespace of folder. ABSENT: this is no pod; INVALID with *why. */
#define KUBE_SERVICE_ACCOUNT_FOLDER "/var/run/secrets/kubernetes.io/serviceaccount"
MUST_USE int kube_access_in_cluster(char *(*lookup)(const char *name), const char *folder, struct kube_access *ret,
                                    struct reason *why);
