/* feature.split_queues of a client file, entry by entry. Internal to client_file.c. */
#pragma once

#include "cli/client_file.h"
#include "common/yaml/yaml.h"

/* A document while it is read: for messages that name line and field. */
struct client_reader {
    const char *name; /* of the file */
    const struct yaml_document *document;
    struct reason *why;
};
/* Fills *why with "NAME:LINE: path: ..." and returns CLIENT_FILE_INVALID (or -ENOMEM). */
int client_refuse(const struct client_reader *reader, const char *path, const char *format, ...)
    __attribute__((format(printf, 3, 4)));
/* "a string", "a list", ...: what a value is, for messages. */
const char *client_type_name(const struct json *value);
/* split_queues (an object by id, or a list with queue_id) as spec.queues; absent: none. 0, CLIENT_FILE_INVALID, -ENOMEM. */
MUST_USE int client_queues_read(const struct client_reader *reader, const struct json *split_queues,
                                struct json **ret);
