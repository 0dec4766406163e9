/* The rows of messages.def as descriptions for the codec. Constant data; cannot fail. */
#include "ipc/messages.h"

/* Each case has its own ipc_row_struct, so that the field macros can take offsets in a struct they do not name. */
#define IPC_STR(field, bytes) {#field, IPC_FIELD_STR, offsetof(ipc_row_struct, field), bytes},
#define IPC_U32(field) {#field, IPC_FIELD_U32, offsetof(ipc_row_struct, field), sizeof(uint32_t)},
#define IPC_U64(field) {#field, IPC_FIELD_U64, offsetof(ipc_row_struct, field), sizeof(uint64_t)},
#define IPC_U64S(field, count) {#field, IPC_FIELD_U64S, offsetof(ipc_row_struct, field), (count) * sizeof(uint64_t)},

const struct ipc_row *ipc_row(enum ipc_type type)
{
    switch (type) {
#define IPC_MESSAGE(NAME, name_, sender_, fields_)                                                        \
    case IPC_##NAME: {                                                                                    \
        typedef struct ipc_##name_ ipc_row_struct;                                                        \
        static const struct ipc_field list[] = {fields_};                                                 \
        static const struct ipc_row row = {                                                               \
            .name = #NAME, .sender = sender_, .fields = list, .field_count = sizeof list / sizeof *list}; \
        return &row;                                                                                      \
    }
#include "ipc/messages.def"
#undef IPC_MESSAGE
    case IPC_NONE:
    case IPC_TYPE_COUNT:
        break;
    }
    return NULL;
}
