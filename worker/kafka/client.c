/* Makes handles. Fails by refusing a property, or for want of memory. */
#include "worker/kafka/client.h"

#include "common/base/log.h"

static const struct client_property {
    const char *roles;
    const char *name;
    const char *value;
} properties_ours[] = {
#define CLIENT_PROPERTY(roles, name, value) {roles, name, value},
#include "worker/kafka/client.def"
#undef CLIENT_PROPERTY
};

static const char role_letter[] = {
    [CLIENT_ADMIN] = 'A', [CLIENT_SOURCE] = 'S', [CLIENT_SINK] = 'K', [CLIENT_READER] = 'R'};

static void conf_freep(rd_kafka_conf_t **conf)
{
    if (*conf)
        rd_kafka_conf_destroy(*conf);
}

/* The text is dropped on purpose (S-4). */
static void library_log(const rd_kafka_t *rk, int level, const char *facility, const char *text)
{
    (void)rk;
    (void)text;
    log_debug("worker.kafka.library", "the library has logged something", LF_STR("facility", facility),
              LF_INT("severity", level));
}

static void library_error(rd_kafka_t *rk, int error, const char *text, void *opaque)
{
    (void)rk;
    (void)text;
    if (error != RD_KAFKA_RESP_ERR__FATAL)
        atomic_store(&((struct client_owner *)opaque)->health->last_error, error);
}

static int property_set(rd_kafka_conf_t *conf, const char *name, const char *value, struct reason *why)
{
    char text[8]; /* the library's words, which may hold the value: not kept */
    rd_kafka_conf_res_t result = rd_kafka_conf_set(conf, name, value, text, sizeof text);

    if (result == RD_KAFKA_CONF_OK)
        return 0;
    return reason_set(why, REASON_CLIENT_CONFIG_INVALID, CLIENT_REFUSED, "client property %s %s", name,
                      result == RD_KAFKA_CONF_UNKNOWN ? "is not known" : "has a value that is not allowed");
}

/* compression.type is the one property of ours that the user may choose. */
static bool users_choice(const struct json *properties, const char *name)
{
    if (strcmp(name, "compression.type") != 0)
        return false;
    return json_get(properties, "compression.type") || json_get(properties, "compression.codec");
}

/* The user's list serves producers and consumers alike, so what is of the other kind is no error. */
static int users_set(rd_kafka_conf_t *conf, const struct json *properties, struct reason *why)
{
    struct json_member member;

    for (json_first(properties, &member); member.key; json_next(&member)) {
        int result = 0;

        /* mirrord.* is said to us, not to the library, which would refuse it. */
        if (!str_starts_with(str_of(member.key), STR("mirrord.")))
            result = property_set(conf, member.key, json_text(member.value), why);
        if (result)
            return result;
    }
    return 0;
}

static bool receives(enum client_role role) { return role == CLIENT_SOURCE || role == CLIENT_READER; }

static int ours_set(rd_kafka_conf_t *conf, const struct client_setup *setup, const struct json *properties,
                    struct reason *why)
{
    for (size_t i = 0; i < sizeof properties_ours / sizeof *properties_ours; i++) {
        const struct client_property *ours = &properties_ours[i];
        int result;

        if (!strchr(ours->roles, role_letter[setup->role]) || users_choice(properties, ours->name))
            continue;
        result = property_set(conf, ours->name, ours->value, why);
        if (result)
            return result;
    }
    /* Asked for the end of a log, handles that receive nothing tell it with what unfinished transactions hide. */
    if (!receives(setup->role) && property_set(conf, "isolation.level", "read_uncommitted", why))
        return CLIENT_REFUSED;
    if (setup->group && property_set(conf, "group.id", setup->group, why))
        return CLIENT_REFUSED;
    if (setup->transactional_id && property_set(conf, "transactional.id", setup->transactional_id, why))
        return CLIENT_REFUSED;
    return 0;
}

int client_new(const struct client_setup *setup, rd_kafka_t **ret, struct reason *why)
{
    CLEANUP(conf_freep) rd_kafka_conf_t *conf = rd_kafka_conf_new();
    const struct json *properties = json_get(setup->credentials, "properties");
    char text[8];
    int result = users_set(conf, properties, why);

    if (!result)
        result = ours_set(conf, setup, properties, why);
    if (result)
        return result;
    rd_kafka_conf_set_log_cb(conf, library_log);
    rd_kafka_conf_set_error_cb(conf, library_error);
    rd_kafka_conf_set_opaque(conf, setup->owner);
    if (setup->delivered)
        rd_kafka_conf_set_dr_msg_cb(conf, setup->delivered);
    *ret = rd_kafka_new(receives(setup->role) ? RD_KAFKA_CONSUMER : RD_KAFKA_PRODUCER, conf, text, sizeof text);
    if (!*ret)
        return reason_set(why, REASON_CLIENT_CONFIG_INVALID, CLIENT_REFUSED,
                          "the client properties contradict one another or name something that this build lacks");
    conf = NULL;
    return 0;
}
