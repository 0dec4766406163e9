/* Keys of reports. Names cannot contain a newline that matters: at worst two odd names share a report. */
#include "worker/runtime/report_key.h"

#include "common/base/err.h"
#include <inttypes.h>
#include <stdio.h>
#include <string.h>

const char report_subject_split[] = "/split";

static const char *subject_or_split(const char *session) { return session[0] ? session : report_subject_split; }

void report_key(const struct ipc_message *message, char key[REPORT_KEY_SIZE])
{
    const char *subject = report_subject_split, *text = "";
    uint64_t number = 0;
    if (message->type == IPC_TEMP_STATE) {
        subject = message->temp_state.name;
    } else if (message->type == IPC_CONDITION) {
        subject = subject_or_split(message->condition.session);
        text = message->condition.reason;
    } else if (message->type == IPC_FIGURES) {
        subject = subject_or_split(message->figures.session);
    } else if (message->type == IPC_EVENT) {
        number = message->event.sequence;
    } else if (message->type == IPC_POSITION) {
        number = message->position.partition;
    }
    int len = snprintf(key, REPORT_KEY_SIZE, "%s\n%d\n%" PRIu64 "%s", subject, (int)message->type, number, text);
    check(len > 0 && len < REPORT_KEY_SIZE);
}

const char *report_subject(const char *key)
{
    static _Thread_local char subject[REPORT_KEY_SIZE];
    size_t len = strcspn(key, "\n");
    memcpy(subject, key, len);
    subject[len] = 0;
    return subject;
}
