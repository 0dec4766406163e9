/* The three lists of Kafka client properties. Pure; values are looked at, never shown. */
#include "common/model/property.h"

#include <stdint.h>

static const struct {
    const char *name;
    enum property_list list;
} rows[] = {
#define PROPERTY(name, list) {name, PROPERTY_##list},
#include "common/model/property.def"
#undef PROPERTY
};

static const struct {
    const char *name;
    uint64_t max;
} ranges[] = {
    {"socket.connection.setup.timeout.ms", 10000},
    {"socket.timeout.ms", 60000},
    {"connections.max.idle.ms", 600000},
};

static const char *const system_bundles[] = {"/etc/ssl/certs/ca-certificates.crt", "/etc/pki/tls/certs/ca-bundle.crt",
                                             "/etc/ssl/cert.pem", "/etc/ssl/certs", "probe"};

static bool pattern_fits(struct str pattern, struct str name)
{
    if (str_ends_with(pattern, STR("*")))
        return str_starts_with(name, (struct str){pattern.data, pattern.len - 1});
    if (str_starts_with(pattern, STR("*")))
        return str_ends_with(name, (struct str){pattern.data + 1, pattern.len - 1});
    return str_equal(pattern, name);
}

static enum property_list list_of(struct str name)
{
    enum property_list best = PROPERTY_IGNORED;
    size_t best_length = 0;
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
        struct str pattern = str_of(rows[i].name);
        /* A full name counts more than any pattern. */
        size_t length = str_equal(pattern, name) ? SIZE_MAX : pattern.len;
        if (pattern_fits(pattern, name) && length > best_length) {
            best = rows[i].list;
            best_length = length;
        }
    }
    return best;
}

static bool in_range(const char *name, const char *value)
{
    uint64_t number = 0;
    for (size_t i = 0; i < sizeof ranges / sizeof *ranges; i++)
        if (strcmp(ranges[i].name, name) == 0)
            return str_to_u64(str_of(value), ranges[i].max, &number) == 0;
    return true;
}

static bool is_system_bundle(const char *value)
{
    for (size_t i = 0; i < sizeof system_bundles / sizeof *system_bundles; i++)
        if (strcmp(system_bundles[i], value) == 0)
            return true;
    return false;
}

enum property_list property_judge(const char *name, const char *value, struct reason *why)
{
    enum property_list list = list_of(str_of(name));
    if (list == PROPERTY_SYSTEM_CA) {
        if (is_system_bundle(value))
            return PROPERTY_USED;
        return (enum property_list)reason_set(
            why, REASON_PROPERTY_REFUSED, PROPERTY_REFUSED,
            "property %.255s: reads a file other than the system's bundle; use ssl.ca.pem instead", name);
    }
    if (strcmp(name, "enable.ssl.certificate.verification") == 0 && strcmp(value, "true") == 0)
        return PROPERTY_IGNORED; /* what we do anyway (S-9) */
    if (list == PROPERTY_REFUSED)
        reason_set(why, REASON_PROPERTY_REFUSED, 0, "property %.255s: it could run code, read files or hide errors",
                   name);
    if (list == PROPERTY_USED && !in_range(name, value))
        return (enum property_list)reason_set(why, REASON_PROPERTY_REFUSED, PROPERTY_REFUSED,
                                              "property %.255s: its value is out of range", name);
    return list;
}
