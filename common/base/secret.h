/* Randomness, digests, and comparison of secrets. Secrets that lie in a buffer: BUF_SECRET_INIT. */
#pragma once

#include "common/base/err.h"
#include "common/base/str.h"
#include <stdbool.h>

/* Fills data with len bytes from the kernel's random source; cannot fail (blocks until seeded). */
void random_bytes(void *data, size_t len);
/* 2 * len lower-case hex digits and a NUL: of len random bytes, or of these. */
void random_hex(char *text, size_t len);
void hex_encode(const void *data, size_t len, char *text);
/* SHA-256 as 64 lower-case hex digits and a NUL. */
#define SHA256_TEXT_SIZE 65
void sha256_hex(struct str data, char text[SHA256_TEXT_SIZE]);
/* RFC 2104 with SHA-256; key and data may lie in the result. */
#define HMAC_SHA256_SIZE 32
void hmac_sha256(struct str key, struct str data, unsigned char ret[HMAC_SHA256_SIZE]);
/* MD5 as 32 lower-case hex digits and a NUL: only where a protocol asks for it as a checksum (SQS), never as protection.
 * false: this libcrypto refuses MD5 (a FIPS build), and text is empty. */
#define MD5_TEXT_SIZE 33
bool md5_hex(struct str data, char text[MD5_TEXT_SIZE]);
/* SHA-1, for protocols that ask for it; it keeps nothing safe. */
#define SHA1_BYTES 20
void sha1(struct str data, unsigned char digest[SHA1_BYTES]);
/* Name-based UUID, version 5, RFC 9562 section 5.5; namespace is the project's own. 36 characters and a NUL. */
#define UUID_TEXT_SIZE 37
void uuid5(struct str name, char text[UUID_TEXT_SIZE]);
/* Compares in time that depends on len only. */
bool secret_equal(const void *a, const void *b, size_t len);
