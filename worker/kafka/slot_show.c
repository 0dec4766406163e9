/* One message as the runtime shows it to people who look (sluice explain, sluice try). Cannot fail. */
#include "worker/kafka/slot_private.h"

#include <inttypes.h>
#include <stdio.h>

#define POSITION_SIZE 300 /* a topic's name has at most 249 bytes */

void slot_show(struct slot *slot, const struct record *record, size_t header_count,
               const struct route_decision *decision, bool routed)
{
    char position[POSITION_SIZE];
    struct look_subject subject = {.position = position,
                                   .headers = slot->headers,
                                   .header_count = header_count,
                                   .table = slot->order->table,
                                   .scratch = slot->scratch,
                                   .decision = decision};

    if (!slot->order->table->session_count) /* then nobody had to read them */
        subject.header_count = record_view(record->message, slot->headers, RECORD_HEADERS_MAX);
    subject.ready =
        routed && decision->stolen && slot_session_destination(slot, decision->steal.destination, mono_now()) != NULL;
    snprintf(position, sizeof position, "%s/%" PRId32 "/%" PRId64, slot->setup.spec->topic, record->partition,
             record->offset);
    worker_look(slot->setup.runtime, &subject);
}
