/* Destruction by scope, and hand-over of ownership by name.
 *
 * Destructors take NULL and half-built objects. A variable declared CLEANUP(foo_freep) is destroyed when its
 * scope ends; TAKE(x) empties the variable and yields what it held, for the call that becomes the owner. */
#pragma once

#include <stdlib.h>

#define CLEANUP(function) __attribute__((cleanup(function)))

/* Defines NAME##_freep(), the scope form of the destructor void NAME##_free(TYPE *). */
#define DEFINE_CLEANUP(type, name)               \
    static inline void name##_freep(type **slot) \
    {                                            \
        name##_free(*slot);                      \
        *slot = NULL;                            \
    }

#define TAKE(variable)                                 \
    __extension__({                                    \
        __typeof__(variable) *take_slot = &(variable); \
        __typeof__(variable) take_value = *take_slot;  \
        *take_slot = NULL;                             \
        take_value;                                    \
    })

static inline void cleanup_freep(void *slot) { free(*(void **)slot); }
