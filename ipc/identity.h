/* Names that both ends must compute alike: a worker's socket identity and the hash of its specification. Pure. */
#pragma once

#include "common/base/err.h"
#include "common/base/secret.h"
#include "common/json/json.h"
#include <stdint.h>

#define IPC_IDENTITY_SIZE 128

/* "<split>.<incarnation>.<first 16 digits of the token's SHA-256>". The last part keeps one worker from taking
 * another's place at the socket, for the newest connection of an identity wins (S-13). split: at most 64 bytes. */
void ipc_identity(const char *split, uint64_t incarnation, const char *token, char identity[IPC_IDENTITY_SIZE]);

/* SHA-256 of the compact text of spec, a newline, and the compact text of credentials: struct worker_spec.hash and
 * HELLO's spec_hash. -ENOMEM, -ENOBUFS. */
MUST_USE int ipc_spec_hash(const struct json *spec, const struct json *credentials, char hash[SHA256_TEXT_SIZE]);
