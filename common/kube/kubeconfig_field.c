/* Fields of a kubeconfig, typed, with their place in every refusal. */
#include "common/kube/kubeconfig_file.h"

#include "common/base/base64.h"
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { PATH_BYTES_MAX = 4096, TEXT_SIZE = 256, PLACE_SIZE = 256 };

int kubeconfig_refuse(const struct kubeconfig_part *part, const char *field, struct reason *why, const char *format,
                      ...)
{
    char text[TEXT_SIZE], place[PLACE_SIZE];
    va_list arguments;
    va_start(arguments, format);
    vsnprintf(text, sizeof text, format, arguments);
    va_end(arguments);
    snprintf(place, sizeof place, "%s%s%s", part->place, field[0] ? "." : "", field);
    return reason_set(why, REASON_KUBE_ACCESS_INVALID, KUBECONFIG_REFUSED, "%.160s:%u: %s: %s", part->file->path,
                      yaml_line_of(&part->file->stream.documents[0], place), place, text);
}

/* NULL: absent, or null, which is the same. */
static const struct json *member(const struct kubeconfig_part *part, const char *field)
{
    const struct json *value = json_get(part->body, field);
    return json_type(value) == JSON_NULL ? NULL : value;
}

bool kubeconfig_sub(const struct kubeconfig_part *part, const char *field, struct kubeconfig_part *ret)
{
    const struct json *value = member(part, field);
    if (!value)
        return false;
    *ret = (struct kubeconfig_part){.file = part->file, .body = value};
    snprintf(ret->place, sizeof ret->place, "%.60s.%.30s", part->place, field);
    return true;
}

int kubeconfig_text(const struct kubeconfig_part *part, const char *field, char **ret, struct reason *why)
{
    const struct json *value = member(part, field);
    struct str text = json_str(value);
    if (!value)
        return 0;
    if (!text.data || memchr(text.data, '\0', text.len))
        return kubeconfig_refuse(part, field, why, "is no text");
    if (text.len == 0)
        return 0;
    free(TAKE(*ret));
    return str_dup(text, ret);
}

int kubeconfig_flag(const struct kubeconfig_part *part, const char *field, bool *ret, struct reason *why)
{
    const struct json *value = member(part, field);
    if (!value || json_bool(value, ret) == 0)
        return 0;
    return kubeconfig_refuse(part, field, why, "is neither true nor false");
}

int kubeconfig_path(const struct kubeconfig_part *part, const char *field, char **ret, struct reason *why)
{
    CLEANUP(cleanup_freep) char *text = NULL;
    CLEANUP(buf_deinit) struct buf path = BUF_INIT(PATH_BYTES_MAX);
    const char *slash = strrchr(part->file->path, '/');
    int r = kubeconfig_text(part, field, &text, why);
    if (r != 0 || !text)
        return r;
    if (text[0] != '/' && slash)
        r = buf_append(&path, part->file->path, (size_t)(slash - part->file->path) + 1);
    if (r == 0)
        r = buf_append_str(&path, str_of(text));
    if (r == -ENOBUFS)
        return kubeconfig_refuse(part, field, why, "is longer than %d bytes", PATH_BYTES_MAX);
    free(TAKE(*ret));
    return r == 0 ? buf_take(&path, ret) : r;
}

int kubeconfig_pem(const struct kubeconfig_part *part, const char *field, struct kube_pem *ret, struct reason *why)
{
    char data_field[64];
    snprintf(data_field, sizeof data_field, "%s-data", field);
    const struct json *data = member(part, data_field);
    if (json_str(data).len == 0 && (!data || json_str(data).data))
        return kubeconfig_path(part, field, &ret->file, why);
    buf_clear(&ret->data);
    int r = json_str(data).data ? base64_decode(json_str(data), &ret->data) : -EINVAL;
    if (r == -EINVAL)
        return kubeconfig_refuse(part, data_field, why, "is no base64");
    if (r == -ENOBUFS)
        return kubeconfig_refuse(part, data_field, why, "is longer than %d bytes", KUBE_PEM_BYTES_MAX);
    return r;
}

static void texts_freep(char ***slot) { kube_texts_free(*slot); }

/* first, when given, comes before the field's own. */
int kubeconfig_texts(const struct kubeconfig_part *part, const char *field, const char *first, char ***ret,
                     struct reason *why)
{
    const struct json *list = member(part, field);
    size_t used = 0;
    int r = 0;
    if (list && json_type(list) != JSON_ARRAY)
        return kubeconfig_refuse(part, field, why, "is no list");
    if (!first && json_count(list) == 0)
        return 0;
    CLEANUP(texts_freep) char **texts = calloc(json_count(list) + 2, sizeof *texts);
    if (!texts)
        return -ENOMEM;
    if (first)
        r = str_dup(str_of(first), &texts[used++]);
    for (size_t i = 0; r == 0 && i < json_count(list); i++) {
        struct str text = json_str(json_at(list, i));
        if (!text.data || memchr(text.data, '\0', text.len))
            return kubeconfig_refuse(part, field, why, "number %zu is no text", i + 1);
        r = str_dup(text, &texts[used++]);
    }
    if (r == 0)
        *ret = TAKE(texts);
    return r;
}
