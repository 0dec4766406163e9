/* A route table with the mixture of filters that users write, and messages of which half match a session. */
#pragma once

#include "worker/route/decide.h"

#define LOAD_HEADERS 6
#define LOAD_VALUE_BYTES 64
#define LOAD_MESSAGES 2048

struct load_message {
    struct route_header headers[LOAD_HEADERS];
    char values[LOAD_HEADERS][LOAD_VALUE_BYTES];
};

/* Of ten sessions four ask for an exact value, two for a prefix, one for an alternation, one for a contained literal,
 * one for two headers and one for a pattern that needs the engine. Ends the process when memory is out. */
struct route_table *load_table(uint32_t sessions);
/* LOAD_MESSAGES of them, to be freed; half match one of the sessions. */
struct load_message *load_messages(uint32_t sessions);
