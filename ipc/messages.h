/* What supervisor and worker can say, as types made from the rows of messages.def.
 *
 * One struct per row (struct ipc_hello, ...), one enum value (IPC_HELLO), one description of its fields, by which
 * codec.c works. Strings are NUL-terminated arrays with room for the row's number of bytes. No input or output here. */
#pragma once

#include "ipc/figures.h"
#include <stddef.h>
#include <stdint.h>

enum ipc_sender { IPC_FROM_SUPERVISOR = 1, IPC_FROM_WORKER = 2 };

/* On the wire: values are positions in messages.def, so rows are appended, and the protocol number grows otherwise. */
enum ipc_type {
    IPC_NONE = 0,
#define IPC_MESSAGE(NAME, name, sender, fields) IPC_##NAME,
#include "ipc/messages.def"
#undef IPC_MESSAGE
    IPC_TYPE_COUNT
};

#define IPC_STR(field, bytes_max) char field[(bytes_max) + 1];
#define IPC_U32(field) uint32_t field;
#define IPC_U64(field) uint64_t field;
#define IPC_U64S(field, count) uint64_t field[count];
#define IPC_MESSAGE(NAME, name, sender, fields) \
    struct ipc_##name {                         \
        fields                                  \
    };
#include "ipc/messages.def"
#undef IPC_MESSAGE
#undef IPC_STR
#undef IPC_U32
#undef IPC_U64
#undef IPC_U64S

struct ipc_message {
    enum ipc_type type;
    union {
#define IPC_MESSAGE(NAME, name, sender, fields) struct ipc_##name name;
#include "ipc/messages.def"
#undef IPC_MESSAGE
    };
};

enum ipc_field_kind { IPC_FIELD_STR, IPC_FIELD_U32, IPC_FIELD_U64, IPC_FIELD_U64S };

struct ipc_field {
    const char *name;
    enum ipc_field_kind kind;
    size_t offset;    /* in the row's struct */
    size_t bytes_max; /* of the value on the wire, without a length prefix */
};

struct ipc_row {
    const char *name; /* "HELLO" */
    enum ipc_sender sender;
    const struct ipc_field *fields;
    size_t field_count;
};

/* The description of a type; NULL for IPC_NONE and for numbers that are no type. */
const struct ipc_row *ipc_row(enum ipc_type type);
/* Where the row's struct lies in the message (all members of the union begin there). */
static inline void *ipc_body(struct ipc_message *message) { return &message->hello; }
static inline const void *ipc_body_const(const struct ipc_message *message) { return &message->hello; }
