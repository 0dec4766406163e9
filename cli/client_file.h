/* The client file that mirrord users have (.mirrord/mirrord.json): what concerns queues in it.
 *
 * Read as JSON with comments and trailing commas, or as YAML; TOML is refused. Errors name line and field. Features that are
 * not ours are left alone, and are there for the client underneath (mirrord_config.h). */
#pragma once

#include "cli/target_ref.h"
#include "common/json/json.h"

enum client_format { CLIENT_FORMAT_JSON, CLIENT_FORMAT_YAML };

#define CLIENT_FILE_BYTES_MAX (1u << 20)

struct client_file {
    struct target_ref target;       /* kind NULL: none */
    char namespace[NAMESPACE_SIZE]; /* "": none */
    struct json *queues;            /* owned: spec.queues of a SplitSession; never NULL */
    struct json *document;          /* owned: all of it; NULL when there is no file */
};

enum client_file_outcome { CLIENT_FILE_INVALID = 1, CLIENT_FILE_ABSENT = 2 };
/* name is for messages. 0, CLIENT_FILE_INVALID with *why, or -ENOMEM. */
MUST_USE int client_file_parse(struct str text, enum client_format format, const char *name, struct client_file *ret,
                               struct reason *why);
/* path NULL: the usual places below the working directory; without any of them CLIENT_FILE_ABSENT, and *ret is an empty one. */
MUST_USE int client_file_read(const char *path, struct client_file *ret, struct reason *why);
void client_file_deinit(struct client_file *file); /* also the CLEANUP form */
