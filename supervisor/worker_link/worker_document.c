/* Writes the document of the contract. Keeps nothing; credentials are zeroed before their memory goes back. */
#include "supervisor/worker_link/worker_document.h"

#include "common/base/fd.h"
#include "ipc/contract.h"

static int set_copy(struct json *object, const char *key, const struct json *value)
{
    struct json *copy = NULL;
    int r = json_dup(value, &copy);
    return r ? r : json_set_take(object, key, copy);
}

static int set_names(struct json *object, const struct worker_document *document)
{
    int r = json_set_int(object, "protocol", WORKER_PROTOCOL);
    if (!r)
        r = json_set_text(object, "split", document->split);
    if (!r)
        r = json_set_int(object, "incarnation", (int64_t)document->incarnation);
    if (!r)
        r = json_set_text(object, "token", document->token);
    if (!r)
        r = json_set_text(object, "endpoint", document->endpoint);
    return r;
}

static int set_log(struct json *object, const struct worker_document *document)
{
    struct json *log;
    int r = json_object_at(object, "log", &log);
    if (!r)
        r = json_set_text(log, "format", document->log_format);
    return r ? r : json_set_text(log, "levels", document->log_levels);
}

static int document_write(const struct worker_document *document, struct buf *text)
{
    CLEANUP(json_freep) struct json *object = json_new_object();
    if (!object)
        return -ENOMEM;
    int r = set_names(object, document);
    if (!r)
        r = set_log(object, document);
    if (!r)
        r = set_copy(object, "spec", document->spec);
    if (!r)
        r = set_copy(object, "credentials", document->credentials);
    return r ? r : json_write(object, JSON_COMPACT, text);
}

int worker_document_memfd(const struct worker_document *document, int *ret_fd)
{
    CLEANUP(buf_deinit) struct buf text = BUF_SECRET_INIT(WORKER_SPEC_BYTES_MAX);
    int r = document_write(document, &text);
    if (!r)
        r = fd_memfd_sealed("sluice-worker", text.data, text.len, ret_fd);
    return r;
}
