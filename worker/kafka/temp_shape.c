/* See the header. */
#include "worker/kafka/temp_shape.h"

#include <stdio.h>

#define OFFSET_MAX_TEXT "9223372036854775807"

static const char min_insync[] = "min.insync.replicas";
/* Of the original's own settings, only these mean the same for a topic that lives for a while. */
static const char *const copied[] = {"compression.type", "segment.bytes", "segment.ms",
                                     "unclean.leader.election.enable"};

size_t temp_shape_asked(struct admin_config configs[TEMP_SHAPE_CONFIGS_MAX])
{
    size_t count = 0;

    configs[count++] = (struct admin_config){.name = min_insync, .effective = true};
    for (size_t i = 0; i < sizeof copied / sizeof *copied; i++)
        configs[count++] = (struct admin_config){.name = copied[i]};
    return count;
}

static size_t config_put(struct admin_config *configs, size_t count, const char *name, const char *value)
{
    configs[count].name = name;
    if (str_copy(configs[count].value, sizeof configs[count].value, str_of(value)))
        return count;
    return count + 1;
}

static size_t min_insync_put(const struct admin_config *original, uint32_t replicas, struct admin_config *ret,
                             size_t count)
{
    uint64_t wanted;
    char text[16];

    if (str_to_u64(str_of(original->value), 1000, &wanted))
        return count;
    snprintf(text, sizeof text, "%u", wanted < replicas ? (unsigned)wanted : replicas);
    return config_put(ret, count, min_insync, text);
}

static size_t timestamps_put(enum temp_shape_dialect dialect, struct admin_config *ret, size_t count)
{
    if (dialect == TEMP_SHAPE_BEFORE_3_6)
        return config_put(ret, count, "message.timestamp.difference.max.ms", OFFSET_MAX_TEXT);
    count = config_put(ret, count, "message.timestamp.before.max.ms", OFFSET_MAX_TEXT);
    return config_put(ret, count, "message.timestamp.after.max.ms", OFFSET_MAX_TEXT);
}

size_t temp_shape_make(const struct admin_config *original, size_t count, uint32_t replicas,
                       enum temp_shape_dialect dialect, struct admin_config ret[TEMP_SHAPE_CONFIGS_MAX])
{
    size_t made = 0;

    made = config_put(ret, made, "cleanup.policy", "delete");
    made = config_put(ret, made, "retention.ms", "-1");
    made = config_put(ret, made, "retention.bytes", "-1");
    made = config_put(ret, made, "message.timestamp.type", "CreateTime");
    made = config_put(ret, made, "max.message.bytes", "104857600");
    made = timestamps_put(dialect, ret, made);
    for (size_t i = 0; i < count; i++) {
        if (strcmp(original[i].name, min_insync) == 0)
            made = min_insync_put(&original[i], replicas, ret, made);
        else if (original[i].value[0])
            made = config_put(ret, made, original[i].name, original[i].value);
    }
    return made;
}
