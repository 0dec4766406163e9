/* Reads the contract: a sealed memfd with one JSON document, and a lock that is ours. Whatever is not as ipc/contract.h
 * says ends the process with WORKER_EXIT_CONTRACT. The text, which holds credentials, is zeroed after parsing. */
#include "worker/runtime/contract.h"

#include "common/base/fd.h"
#include "ipc/identity.h"
#include <fcntl.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <unistd.h>

#define SEALS (F_SEAL_SEAL | F_SEAL_SHRINK | F_SEAL_GROW | F_SEAL_WRITE)
#define SPEC_LIMITS        \
    ((struct json_limits){ \
        .bytes_max = WORKER_SPEC_BYTES_MAX, .depth_max = 64, .values_max = 65536, .comments = false})

static int refuse(struct reason *why, const char *what)
{
    return reason_set(why, REASON_WORKER_START_FAILED, WORKER_CONTRACT_REFUSED, "contract: %s", what);
}

/* The lock's descriptor shares the supervisor's open file, so locking it again succeeds; it fails only when another
 * process holds the same lock, which would make us the second worker of one incarnation. */
static int lock_check(struct reason *why)
{
    struct stat status;
    if (fstat(WORKER_FD_LOCK, &status) < 0 || !S_ISREG(status.st_mode))
        return refuse(why, "descriptor 4 is no lock file");
    if (flock(WORKER_FD_LOCK, LOCK_EX | LOCK_NB) < 0)
        return refuse(why, "the lock on descriptor 4 is held by another process");
    return fcntl(WORKER_FD_LOCK, F_SETFD, FD_CLOEXEC) < 0 ? -errno : 0;
}

static int document_parse(struct str text, struct json **ret, struct reason *why)
{
    struct json_error error;
    int r = json_parse(text, &SPEC_LIMITS, ret, &error);
    if (r != JSON_REFUSED)
        return r;
    return refuse(why, "the document on descriptor 3 is not JSON within its limits");
}

static int document_read(struct json **ret, struct reason *why)
{
    int seals = fcntl(WORKER_FD_SPEC, F_GET_SEALS);
    if (seals < 0 || (seals & SEALS) != SEALS)
        return refuse(why, "descriptor 3 is no sealed memfd");
    if (lseek(WORKER_FD_SPEC, 0, SEEK_SET) < 0)
        return -errno;
    CLEANUP(buf_deinit) struct buf text = BUF_SECRET_INIT(WORKER_SPEC_BYTES_MAX);
    int r = fd_read_all(WORKER_FD_SPEC, &text);
    if (r == -ENOBUFS)
        r = refuse(why, "the document on descriptor 3 is too long");
    if (!r)
        r = document_parse(buf_str(&text), ret, why);
    close(WORKER_FD_SPEC);
    return r;
}

/* A member that must be text of 1 to size - 1 bytes. */
static int take_text(const struct json *document, const char *key, char *text, size_t size)
{
    struct str value = json_str(json_get(document, key));
    return value.len && str_copy(text, size, value) == 0 ? 0 : WORKER_CONTRACT_REFUSED;
}

static int take_names(const struct json *document, struct worker_spec *spec, struct reason *why)
{
    int64_t protocol = 0, incarnation = 0;
    if (json_int(json_get(document, "protocol"), &protocol) || protocol != WORKER_PROTOCOL)
        return refuse(why, "another protocol");
    if (json_int(json_get(document, "incarnation"), &incarnation) || incarnation < 1)
        return refuse(why, "no incarnation");
    spec->incarnation = (uint64_t)incarnation;
    if (take_text(document, "split", spec->split, sizeof spec->split))
        return refuse(why, "no split");
    if (take_text(document, "token", spec->token, sizeof spec->token))
        return refuse(why, "no token");
    if (take_text(document, "endpoint", spec->endpoint, sizeof spec->endpoint))
        return refuse(why, "no endpoint");
    if (!str_starts_with(str_of(spec->endpoint), STR("ipc:///")))
        return refuse(why, "the endpoint is no ipc:// address");
    return 0;
}

static int take_spec(const struct json *document, struct worker_spec *spec, struct reason *why)
{
    spec->spec = json_get(document, "spec");
    spec->credentials = json_get(document, "credentials");
    if (json_type(spec->spec) != JSON_OBJECT || json_type(spec->credentials) != JSON_OBJECT)
        return refuse(why, "spec or credentials are missing");
    return ipc_spec_hash(spec->spec, spec->credentials, spec->hash);
}

static void take_log(struct worker_contract *contract)
{
    const struct json *log = json_get(contract->document, "log");
    bool text = str_equal(json_str(json_get(log, "format")), STR("text"));
    contract->log_format = text ? LOG_FORMAT_TEXT : LOG_FORMAT_JSON;
    contract->log_levels = json_text(json_get(log, "levels"));
}

int worker_contract_read(struct worker_contract *ret, struct reason *why)
{
    CLEANUP(json_freep) struct json *document = NULL;
    struct worker_contract contract = {.document = NULL};
    int r = lock_check(why);
    if (!r)
        r = document_read(&document, why);
    if (!r)
        r = take_names(document, &contract.spec, why);
    if (!r)
        r = take_spec(document, &contract.spec, why);
    if (r)
        return r;
    contract.document = TAKE(document);
    take_log(&contract);
    *ret = contract;
    return 0;
}
