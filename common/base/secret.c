/* Randomness, digests and comparison of secrets. Keeps nothing. Randomness and digests cannot fail: a kernel or libcrypto
 * that refuses them ends the process, because nothing safe could follow. */
#include "common/base/secret.h"
#include <limits.h>
#include <openssl/crypto.h>
#include <openssl/evp.h>
#include <openssl/hmac.h>
#include <stdint.h>
#include <string.h>
#include <sys/random.h>

void random_bytes(void *data, size_t len)
{
    unsigned char *at = data;

    while (len > 0) {
        ssize_t n = getrandom(at, len, 0);
        if (n < 0) {
            check(errno == EINTR);
            continue;
        }
        at += n;
        len -= (size_t)n;
    }
}

void hex_encode(const void *data, size_t len, char *text)
{
    static const char digits[] = "0123456789abcdef";
    const unsigned char *bytes = data;

    for (size_t i = 0; i < len; i++) {
        text[2 * i] = digits[bytes[i] >> 4];
        text[2 * i + 1] = digits[bytes[i] & 15];
    }
    text[2 * len] = '\0';
}

void random_hex(char *text, size_t len)
{
    for (size_t i = 0; i < len; i++) {
        unsigned char byte;
        random_bytes(&byte, 1);
        hex_encode(&byte, 1, text + 2 * i);
    }
}

void sha256_hex(struct str data, char text[SHA256_TEXT_SIZE])
{
    unsigned char digest[32];
    unsigned len = 0;

    check(EVP_Digest(data.data, data.len, digest, &len, EVP_sha256(), NULL) == 1 && len == sizeof digest);
    hex_encode(digest, sizeof digest, text);
}

void hmac_sha256(struct str key, struct str data, unsigned char ret[HMAC_SHA256_SIZE])
{
    unsigned char digest[HMAC_SHA256_SIZE];
    unsigned len = 0;

    check(key.len <= INT_MAX);
    check(HMAC(EVP_sha256(), key.data, (int)key.len, (const unsigned char *)data.data, data.len, digest, &len) &&
          len == sizeof digest);
    memcpy(ret, digest, sizeof digest);
    explicit_bzero(digest, sizeof digest);
}

bool md5_hex(struct str data, char text[MD5_TEXT_SIZE])
{
    unsigned char digest[16];
    unsigned len = 0;
    bool done = EVP_Digest(data.data, data.len, digest, &len, EVP_md5(), NULL) == 1 && len == sizeof digest;

    if (done)
        hex_encode(digest, sizeof digest, text);
    text[done ? MD5_TEXT_SIZE - 1 : 0] = '\0';
    return done;
}

void sha1(struct str data, unsigned char digest[SHA1_BYTES])
{
    unsigned len = 0;

    check(EVP_Digest(data.data, data.len, digest, &len, EVP_sha1(), NULL) == 1 && len == SHA1_BYTES);
}

/* SHA-1 over the project's namespace and the name, as RFC 9562 section 5.5 says. */
static void uuid5_digest(struct str name, unsigned char digest[20])
{
    static const unsigned char namespace[16] = {0x5b, 0x0e, 0x6c, 0x1d, 0x93, 0x4f, 0x4d, 0x8a,
                                                0xb7, 0x21, 0x0c, 0x6f, 0x3a, 0xe4, 0x58, 0x92};
    EVP_MD_CTX *context = EVP_MD_CTX_new();
    unsigned len = 0;

    check(context);
    check(EVP_DigestInit_ex(context, EVP_sha1(), NULL) == 1);
    check(EVP_DigestUpdate(context, namespace, sizeof namespace) == 1);
    check(EVP_DigestUpdate(context, name.data, name.len) == 1);
    check(EVP_DigestFinal_ex(context, digest, &len) == 1 && len == 20);
    EVP_MD_CTX_free(context);
}

void uuid5(struct str name, char text[UUID_TEXT_SIZE])
{
    static const size_t group_bytes[] = {4, 2, 2, 2, 6};
    unsigned char digest[20];
    const unsigned char *from = digest;

    uuid5_digest(name, digest);
    digest[6] = (digest[6] & 0x0F) | 0x50; /* version */
    digest[8] = (digest[8] & 0x3F) | 0x80; /* variant */
    for (size_t i = 0; i < sizeof group_bytes / sizeof *group_bytes; i++) {
        hex_encode(from, group_bytes[i], text);
        from += group_bytes[i];
        text += 2 * group_bytes[i];
        *text++ = '-';
    }
    text[-1] = '\0';
}

bool secret_equal(const void *a, const void *b, size_t len) { return CRYPTO_memcmp(a, b, len) == 0; }
