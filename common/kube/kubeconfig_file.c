/* The files of a kubeconfig, read whole. Owns their documents until the configuration is made of them. */
#include "common/kube/kubeconfig_file.h"

#include "common/base/fd.h"
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { PATH_BYTES_MAX = 4096 };

void kubeconfig_files_deinit(struct kubeconfig_files *files)
{
    for (size_t i = 0; i < files->count; i++) {
        free(files->items[i].path);
        yaml_stream_deinit(&files->items[i].stream);
    }
    files->count = 0;
}

static int refuse_file(const char *path, unsigned line, const char *text, struct reason *why)
{
    return reason_set(why, REASON_KUBE_ACCESS_INVALID, KUBECONFIG_REFUSED, "%.200s:%u: %s", path, line, text);
}

static int document_check(const struct kubeconfig_file *file, struct reason *why)
{
    const struct json *value = file->stream.count ? file->stream.documents[0].value : NULL;
    const struct json *kind = json_get(value, "kind");
    if (file->stream.count > 1)
        return refuse_file(file->path, file->stream.documents[1].line, "a kubeconfig is one document", why);
    if (value && json_type(value) != JSON_OBJECT)
        return refuse_file(file->path, 1, "is no kubeconfig", why);
    if (kind && json_type(kind) != JSON_NULL && strcmp(json_text(kind), "Config") != 0)
        return refuse_file(file->path, yaml_line_of(&file->stream.documents[0], "kind"),
                           "kind is not Config, so this is no kubeconfig", why);
    return 0;
}

static int file_parse(struct kubeconfig_file *file, struct str text, struct reason *why)
{
    const struct json_limits limits = {
        .bytes_max = KUBECONFIG_FILE_BYTES_MAX, .depth_max = 64, .values_max = 65536, .comments = false};
    struct json_error error;
    int r = yaml_parse(text, &limits, &file->stream, &error);
    if (r > 0)
        return refuse_file(file->path, error.line, error.text, why);
    return r == 0 ? document_check(file, why) : r;
}

/* must: a missing file is an error. */
static int file_read_one(struct kubeconfig_files *files, struct str path, bool must, struct reason *why)
{
    CLEANUP(buf_deinit) struct buf text = BUF_SECRET_INIT(KUBECONFIG_FILE_BYTES_MAX);
    if (path.len == 0)
        return 0;
    if (files->count == KUBECONFIG_FILES_MAX)
        return reason_set(why, REASON_KUBE_ACCESS_INVALID, KUBECONFIG_REFUSED, "KUBECONFIG names more than %d files",
                          KUBECONFIG_FILES_MAX);
    struct kubeconfig_file *file = &files->items[files->count];
    *file = (struct kubeconfig_file){.path = NULL};
    int r = str_dup(path, &file->path);
    if (r < 0)
        return r;
    files->count++;
    r = file_read(AT_FDCWD, file->path, &text);
    if ((r == -ENOENT || r == -ENOTDIR) && !must)
        return 0;
    if (r == -ENOBUFS)
        return reason_set(why, REASON_KUBE_ACCESS_INVALID, KUBECONFIG_REFUSED, "%.200s is longer than %d bytes",
                          file->path, KUBECONFIG_FILE_BYTES_MAX);
    if (r < 0)
        return reason_set(why, REASON_KUBE_ACCESS_INVALID, KUBECONFIG_REFUSED, "%.200s cannot be read: %s",
                          file->path, strerror(-r));
    return file_parse(file, buf_str(&text), why);
}

static int list_read(struct kubeconfig_files *files, const char *list, struct reason *why)
{
    int r = 0;
    for (size_t len; r == 0 && list; list = list[len] ? list + len + 1 : NULL) {
        len = strcspn(list, ":");
        r = file_read_one(files, (struct str){list, len}, false, why);
    }
    return r;
}

int kubeconfig_files_read(const struct kubeconfig_query *query, struct kubeconfig_files *files, struct reason *why)
{
    CLEANUP(buf_deinit) struct buf path = BUF_INIT(PATH_BYTES_MAX);
    const char *list = query->lookup("KUBECONFIG"), *home = query->lookup("HOME");
    if (query->file)
        return file_read_one(files, str_of(query->file), true, why);
    if (list && list[0])
        return list_read(files, list, why);
    if (!home || !home[0])
        return 0;
    int r = buf_printf(&path, "%s/.kube/config", home);
    return r == 0 ? file_read_one(files, buf_str(&path), false, why) : r;
}

bool kubeconfig_find(const struct kubeconfig_files *files, const char *list, const char *body, const char *name,
                     struct kubeconfig_part *ret)
{
    for (size_t i = 0; i < files->count; i++) {
        const struct kubeconfig_file *file = &files->items[i];
        const struct json *entries = file->stream.count ? json_get(file->stream.documents[0].value, list) : NULL;
        for (size_t j = 0; j < json_count(entries); j++) {
            const struct json *entry = json_at(entries, j);
            if (strcmp(json_text(json_get(entry, "name")), name) != 0)
                continue;
            *ret = (struct kubeconfig_part){.file = file, .body = json_get(entry, body)};
            snprintf(ret->place, sizeof ret->place, "%s[%zu].%s", list, j, body);
            return true;
        }
    }
    return false;
}
