/* What a session's document says, in words. Pure. */
#include "cli/condition.h"
#include "cli/progress.h"

int session_waits_text(const struct json *document, struct buf *buf)
{
    const char *waits = json_text(json_path(document, "status", "waitsFor", NULL));
    const char *message = json_text(json_get(condition_of(document, "Ready"), "message"));
    if (waits[0])
        return buf_printf(buf, "waiting for %s", waits);
    if (message[0])
        return buf_printf(buf, "waiting: %s", message);
    return buf_append_str(buf, STR("waiting for the supervisor"));
}

void session_reason(const struct json *document, struct reason *ret)
{
    const struct json *ready = condition_of(document, "Ready");
    const char *end = json_text(json_path(document, "status", "endReason", NULL));
    const char *name = end[0] ? end : json_text(json_get(ready, "reason"));
    const char *message = json_text(json_get(ready, "message"));
    enum reason_code code = reason_from_name(str_of(name));
    if (message[0])
        reason_set(ret, code, 0, "%s", message);
    else if (code != REASON_NONE)
        reason_set(ret, code, 0, "the session ended");
    else
        reason_set(ret, code, 0, "the session ended: %s", name[0] ? name : "no reason given");
}

int filters_text(const struct json *queue, struct buf *buf)
{
    const struct json *filters = json_get(queue, "messageFilter");
    const char *jq = json_text(json_get(queue, "jqFilter")), *gap = "";
    struct json_member member;
    int r = buf_append(buf, "", 0);
    for (json_first(filters, &member); r == 0 && member.key; json_next(&member), gap = " ")
        r = buf_printf(buf, "%s%s=%s", gap, member.key, json_text(member.value));
    if (r == 0 && jq[0])
        r = buf_printf(buf, "%sjq: %s", gap, jq);
    if (r == 0 && json_count(filters) == 0 && !jq[0])
        r = buf_append_str(buf, STR("no messages: its filter is empty"));
    return r;
}
