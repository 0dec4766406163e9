/* Names of what Sluice makes. Pure; fails only for lack of arena. */
#include "supervisor/split/names.h"

#include "common/base/buf.h"
#include "common/base/secret.h"
#include "supervisor/split/sqs_reference.h"
#include <inttypes.h>
#include <stdio.h>

#define HASHED_BYTES_MAX 4096

static int hash_of(const char *const *parts, char ret[SHA256_TEXT_SIZE])
{
    struct buf buf CLEANUP(buf_deinit) = BUF_INIT(HASHED_BYTES_MAX);
    int r = 0;
    for (; r == 0 && *parts; parts++)
        r = buf_printf(&buf, "%zu:%s,", strlen(*parts), *parts);
    if (r == 0)
        sha256_hex(buf_str(&buf), ret);
    return r;
}

static int hashed_name(struct arena *arena, const char *prefix, const char *target_uid,
                       const struct original *original, const char **ret)
{
    const char *const parts[] = {
        target_uid, queue_type_name(original->type), original->cluster, original->name, original->group, NULL};
    char hash[SHA256_TEXT_SIZE];
    int r = hash_of(parts, hash);
    return r ? r : arena_printf(arena, ret, "%s%.16s", prefix, hash);
}

int transactional_id_make(const char *cluster, const char *topic, const char *group, char ret[TRANSACTIONAL_ID_SIZE])
{
    const char *const parts[] = {"transactions", cluster, topic, group, NULL};
    char hash[SHA256_TEXT_SIZE];
    int r = hash_of(parts, hash);
    if (r == 0)
        snprintf(ret, TRANSACTIONAL_ID_SIZE, "mirrord-%.16s", hash);
    return r;
}

int split_name(struct arena *arena, const char *target_uid, const struct original *original, const char **ret)
{
    return hashed_name(arena, "split-", target_uid, original, ret);
}

int probe_name(struct arena *arena, const char *target_uid, const struct original *asked, const char **ret)
{
    return hashed_name(arena, "probe-", target_uid, asked, ret);
}

static void digits_of(uint64_t random, const char *salt, const char *original, char digits[RANDOM_DIGITS + 1])
{
    char text[512], hash[SHA256_TEXT_SIZE];
    int length = snprintf(text, sizeof text, "%" PRIu64 ":%.64s:%.300s", random, salt, original);
    sha256_hex((struct str){text, (size_t)length}, hash);
    for (size_t i = 0; i < RANDOM_DIGITS; i++) {
        /* Five hex digits a decimal one: the bias is below one in a hundred thousand. */
        unsigned value = 0;
        for (size_t j = 0; j < 5; j++)
            value = value * 16 + (unsigned)(strchr("0123456789abcdef", hash[i * 5 + j]) - "0123456789abcdef");
        digits[i] = (char)('0' + value % 10);
    }
    digits[RANDOM_DIGITS] = '\0';
}

static int replace(struct str format, const char *digits, const char *fallback, struct str original, struct buf *buf)
{
    const struct {
        struct str variable, value;
    } rows[] = {{STR("{{RANDOM}}"), str_of(digits)},
                {STR("{{FALLBACK}}"), str_of(fallback)},
                {STR("{{ORIGINAL_TOPIC}}"), original}};
    int r = 0;
    while (r == 0 && format.len) {
        size_t used = 0;
        for (size_t i = 0; r == 0 && !used && i < sizeof rows / sizeof *rows; i++)
            if (str_starts_with(format, rows[i].variable)) {
                r = buf_append_str(buf, rows[i].value);
                used = rows[i].variable.len;
            }
        if (r == 0 && !used) {
            r = buf_append_char(buf, format.data[0]);
            used = 1;
        }
        format.data += used;
        format.len -= used;
    }
    return r;
}

int temp_topic_name(struct arena *arena, const char *format, uint64_t random, const char *salt, bool fallback,
                    const char *original, const char **ret)
{
    char digits[RANDOM_DIGITS + 1];
    struct str part = str_of(original);
    digits_of(random, salt, original, digits);
    for (;;) {
        struct buf name CLEANUP(buf_deinit) = BUF_INIT(TOPIC_NAME_MAX);
        int r = replace(str_of(format), digits, fallback ? "-fallback-" : "-", part, &name);
        if (r == 0)
            return arena_str(arena, buf_str(&name), ret);
        if (r != -ENOBUFS || part.len == 0)
            return r;
        part.len--;
    }
}

int temp_queue_name(struct arena *arena, uint64_t random, const char *salt, bool fallback, const char *original,
                    const char **ret)
{
    char digits[RANDOM_DIGITS + 1], name[SQS_NAME_MAX + 1];
    struct str part = str_of(original);
    bool fifo = str_ends_with(part, STR(SQS_FIFO));
    size_t room = sizeof name - 1 - (fifo ? strlen(SQS_FIFO) : 0);
    digits_of(random, salt, original, digits);
    part.len -= fifo ? strlen(SQS_FIFO) : 0;
    int length =
        snprintf(name, room + 1, "mirrord-tmp-%s%s%.*s", digits, fallback ? "-fallback-" : "-", STR_ARG(part));
    if (length < 0)
        return -EINVAL;
    return arena_printf(arena, ret, "%s%s", name, fifo ? SQS_FIFO : "");
}

int temp_name(struct arena *arena, const char *topic_format, uint64_t random, const char *salt, bool fallback,
              const struct original *original, const char **ret)
{
    return original->type == QUEUE_TYPE_KAFKA
               ? temp_topic_name(arena, topic_format, random, salt, fallback, original->name, ret)
               : temp_queue_name(arena, random, salt, fallback, original->name, ret);
}

int session_group_name(struct arena *arena, uint64_t random, const char *salt, const char *group, const char **ret)
{
    char digits[RANDOM_DIGITS + 1];
    digits_of(random, salt, group, digits);
    return arena_printf(arena, ret, "mirrord-tmp-%s-%.*s", digits, GROUP_NAME_MAX - 13 - RANDOM_DIGITS, group);
}
