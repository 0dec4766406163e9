/* The files of a kubeconfig as documents, their named entries, and fields with their place for messages. Included in this folder
 * only. */
#pragma once

#include "common/kube/kubeconfig.h"
#include "common/yaml/yaml.h"

struct kubeconfig_file {
    char *path;
    struct yaml_stream stream; /* one document, or none */
};
struct kubeconfig_files {
    struct kubeconfig_file items[KUBECONFIG_FILES_MAX];
    size_t count;
};
void kubeconfig_files_deinit(struct kubeconfig_files *files);
/* 0 (also when there is none), KUBECONFIG_REFUSED or < 0. */
MUST_USE int kubeconfig_files_read(const struct kubeconfig_query *query, struct kubeconfig_files *files,
                                   struct reason *why);

/* An object in a file: an entry's body, or a part of it. */
struct kubeconfig_part {
    const struct kubeconfig_file *file;
    const struct json *body;
    char place[96]; /* "users[2].user.exec" */
};
/* The first entry of that name in list ("users"), with its body ("user"). false: there is none. */
bool kubeconfig_find(const struct kubeconfig_files *files, const char *list, const char *body, const char *name,
                     struct kubeconfig_part *ret);
/* A member that is an object; false: absent or null. */
bool kubeconfig_sub(const struct kubeconfig_part *part, const char *field, struct kubeconfig_part *ret);
/* KUBECONFIG_REFUSED, with "FILE:LINE: PLACE.FIELD: text". */
int kubeconfig_refuse(const struct kubeconfig_part *part, const char *field, struct reason *why, const char *format,
                      ...) __attribute__((format(printf, 4, 5)));

/* Fields; one that is absent, null or empty leaves *ret as it is. 0, KUBECONFIG_REFUSED (another type) or < 0. */
MUST_USE int kubeconfig_text(const struct kubeconfig_part *part, const char *field, char **ret, struct reason *why);
MUST_USE int kubeconfig_flag(const struct kubeconfig_part *part, const char *field, bool *ret, struct reason *why);
/* A path, as seen from the file's folder. */
MUST_USE int kubeconfig_path(const struct kubeconfig_part *part, const char *field, char **ret, struct reason *why);
/* FIELD-data (base64) into *data, else FIELD as a path. */
MUST_USE int kubeconfig_pem(const struct kubeconfig_part *part, const char *field, struct kube_pem *ret,
                            struct reason *why);
/* Strings; ended by NULL; owned by the caller (kube_texts_free). */
MUST_USE int kubeconfig_texts(const struct kubeconfig_part *part, const char *field, const char *first, char ***ret,
                              struct reason *why);

/* kubeconfig_cluster.c, kubeconfig_user.c, kubeconfig_exec.c */
MUST_USE int kubeconfig_cluster(const struct kubeconfig_part *cluster, struct kube_access *access,
                                struct reason *why);
MUST_USE int kubeconfig_user(const struct kubeconfig_part *user, const struct kubeconfig_part *cluster,
                             struct kubeconfig *config, struct reason *why);
MUST_USE int kubeconfig_exec(const struct kubeconfig_part *exec, const struct kubeconfig_part *cluster,
                             const struct kube_access *access, struct kube_exec **ret, struct reason *why);
