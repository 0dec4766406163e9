/* Identities and hashes that both ends compute from the same inputs. Keeps nothing; the text of the credentials is
 * zeroed before it is freed. */
#include "ipc/identity.h"

#include "common/base/buf.h"
#include "ipc/contract.h"
#include <inttypes.h>
#include <stdio.h>

#define IDENTITY_TOKEN_DIGITS 16

void ipc_identity(const char *split, uint64_t incarnation, const char *token, char identity[IPC_IDENTITY_SIZE])
{
    char hash[SHA256_TEXT_SIZE];
    sha256_hex(str_of(token), hash);
    int len =
        snprintf(identity, IPC_IDENTITY_SIZE, "%s.%" PRIu64 ".%.*s", split, incarnation, IDENTITY_TOKEN_DIGITS, hash);
    check(len > 0 && len < IPC_IDENTITY_SIZE);
}

int ipc_spec_hash(const struct json *spec, const struct json *credentials, char hash[SHA256_TEXT_SIZE])
{
    CLEANUP(buf_deinit) struct buf text = BUF_SECRET_INIT(WORKER_SPEC_BYTES_MAX);
    int r = json_write(spec, JSON_COMPACT, &text);
    if (!r)
        r = buf_append_char(&text, '\n');
    if (!r)
        r = json_write(credentials, JSON_COMPACT, &text);
    if (!r)
        sha256_hex(buf_str(&text), hash);
    return r;
}
