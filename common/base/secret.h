/* Holder of a secret: zeroed when freed, locked in memory where allowed, never formatted by anything.
 *
 * There is no function that prints one; the reader asks for the bytes and answers for where they go. */
#pragma once

#include "common/base/cleanup.h"
#include "common/base/err.h"
#include "common/base/str.h"

struct secret;
MUST_USE int secret_new(struct str value, struct secret **ret);
void secret_free(struct secret *secret);
struct str secret_bytes(const struct secret *secret);
DEFINE_CLEANUP(struct secret, secret)

/* Fills data with len bytes from the kernel's random source; cannot fail (blocks until seeded). */
void random_bytes(void *data, size_t len);
/* len decimal digits and a NUL. */
void random_digits(char *text, size_t len);
/* 2 * len lower-case hex digits and a NUL. */
void random_hex(char *text, size_t len);
/* SHA-256 as 64 lower-case hex digits and a NUL. */
#define SHA256_TEXT_SIZE 65
void sha256_hex(struct str data, char text[SHA256_TEXT_SIZE]);
/* Name-based UUID, version 5, RFC 9562 section 5.5; namespace is the project's own. 36 characters and a NUL. */
#define UUID_TEXT_SIZE 37
void uuid5(struct str name, char text[UUID_TEXT_SIZE]);
/* Compares in time that depends on len only. */
bool secret_equal(const void *a, const void *b, size_t len);
