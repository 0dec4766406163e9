/* Why the message that was just decided matches a session's filters, or not: for people who ask, never for deciding.
 *
 * Reads the marks that route_decide left in the scratch, so it says what the decision saw; asks the engine again where it must,
 * without counting anything against the filter (C-7). Allocates nothing, cannot fail. */
#pragma once

#include "ipc/look.h"
#include "worker/route/decide.h"

/* Of one filter of a session on one message. */
struct route_finding {
    struct str name, pattern; /* borrowed from the index */
    enum verdict verdict;
    const struct route_header *header; /* the value that matches, else the first of that name; NULL: none */
    size_t values;                     /* headers of that name */
};

/* Filters of a session, each once. number < route_index_session_count, in route order. */
size_t route_explain_count(const struct route_index *index, size_t number);
enum route_mode route_explain_mode(const struct route_index *index, size_t number);
/* filter < route_explain_count. scratch, headers and count: as in the last route_decide of this scratch, with this index. */
void route_explain(const struct route_index *index, struct route_scratch *scratch, const struct route_header *headers,
                   size_t count, size_t number, size_t filter, struct route_finding *ret);
