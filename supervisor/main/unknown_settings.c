/* See unknown_settings.h. Reads names only: a value could be a password that stands in the wrong place. */
#include "supervisor/main/unknown_settings.h"

#include "common/base/log.h"
#include "common/model/setting_name.h"

enum { UNKNOWN_MAX = 32 }; /* of an environment that somebody else filled */

void unknown_settings_log(char *const *environment)
{
    struct reason why;
    for (size_t i = 0, told = 0; environment[i] && told < UNKNOWN_MAX; i++)
        if (setting_is_unknown(environment[i], &why)) {
            log_warn("supervisor", "a setting has no effect", LF_REASON(&why),
                     LF_STR("next", reason_next_step(why.code)));
            told++;
        }
}

static int append(struct json *list, const struct reason *why)
{
    struct json *row CLEANUP(json_freep) = json_new_object();
    int r = row ? json_set_text(row, "reason", reason_name(why->code)) : -ENOMEM;
    if (r == 0)
        r = json_set_text(row, "message", why->text);
    if (r == 0)
        r = json_set_text(row, "nextStep", reason_next_step(why->code));
    return r ? r : json_append_take(list, TAKE(row));
}

int unknown_settings_json(char *const *environment, struct json **ret)
{
    struct json *list CLEANUP(json_freep) = json_new_array();
    struct reason why;
    int r = list ? 0 : -ENOMEM;
    for (size_t i = 0; r == 0 && environment[i] && json_count(list) < UNKNOWN_MAX; i++)
        if (setting_is_unknown(environment[i], &why))
            r = append(list, &why);
    if (r == 0)
        *ret = TAKE(list);
    return r;
}
