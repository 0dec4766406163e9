/* What a worker says of a look, as JSON lines for whoever looks.
 *
 * {"type":"sample","position":...,"time":...,"went":"application"|"session"|"applicationNotReady","session":UID?,"copies":n,
 *  "sessionsLeftOut":n,"sessions":[{"uid","name"?,"mode","gets":"message"|"copy"|"nothing","filters":[FILTER]}]}; of a try "filters":[FILTER]
 *  stand in the sample itself. FILTER: {"name","pattern","verdict","values","value"?}
 * {"type":"running"|"over","passed","examined","matched","skipped"}; "over" has "headers":[{"name","messages"}] and of a try
 *  "filters":[{"name","pattern","matches","differs","absent","failed"}]
 * {"type":"refused","reason","message","nextStep"}; {"type":"gone"}: the worker ended. */
#pragma once

#include "common/base/buf.h"
#include "common/json/json.h"
#include "ipc/messages.h"

#define LOOK_LINE_BYTES_MAX (1u << 20)

/* A session's name; "" when it is not known. */
typedef const char *look_name_fn(void *context, const char *uid);

struct look_lines {
    look_name_fn *name;
    void *context;       /* of name */
    struct json *sample; /* until its filters are there; owned, as all here */
    uint32_t filters_left;
    struct json *sessions, *session, *filters; /* of the sample; the session and the filters that are being told */
    struct json *counts, *headers;             /* NULL: none yet */
};

void look_lines_deinit(struct look_lines *lines);
/* Appends the lines that the message completes, with their newlines; none as a rule. message NULL: the worker ended. *ret_end: nothing
 * more comes after them. -ENOMEM, -ENOBUFS. */
MUST_USE int look_lines_take(struct look_lines *lines, const struct ipc_message *message, struct buf *ret_text,
                             bool *ret_end);
