/* Records and their headers. Fails for want of memory only. */
#include "worker/kafka/record.h"

#include <stdlib.h>

int record_new_take(rd_kafka_message_t *message, struct record **ret)
{
    struct record *record = malloc(sizeof *record);

    if (!record) {
        rd_kafka_message_destroy(message);
        return -ENOMEM;
    }
    *record = (struct record){.message = message,
                              .offset = message->offset,
                              .partition = message->partition,
                              .refs = 1,
                              .bytes = message->len + message->key_len + RECORD_OVERHEAD_BYTES};
    *ret = record;
    return 0;
}

struct record *record_ref(struct record *record)
{
    record->refs++;
    return record;
}

void record_unref(struct record *record)
{
    if (!record || --record->refs > 0)
        return;
    if (record->message)
        rd_kafka_message_destroy(record->message);
    free(record);
}

void record_done(struct record *record)
{
    if (!record->borrowed) {
        rd_kafka_message_destroy(record->message);
        record->message = NULL;
    }
    record_unref(record);
}

size_t record_view(const rd_kafka_message_t *message, struct route_header *views, size_t views_max)
{
    rd_kafka_headers_t *headers = NULL;
    size_t count = 0;
    const char *name;
    const void *value;
    size_t size;

    if (rd_kafka_message_headers(message, &headers))
        return 0;
    while (count < views_max && rd_kafka_header_get_all(headers, count, &name, &value, &size) == 0) {
        views[count] = (struct route_header){
            .name = str_of(name), .value = {value ? value : "", value ? size : 0}, .null = value == NULL};
        count++;
    }
    return count;
}

static bool stamped_already(const rd_kafka_headers_t *headers)
{
    const void *value;
    size_t size;

    return rd_kafka_header_get_last(headers, RECORD_STAMP_HEADER, &value, &size) == 0;
}

rd_kafka_headers_t *record_headers(rd_kafka_message_t *message, enum record_headers how, const char *stamp)
{
    rd_kafka_headers_t *own = NULL;
    rd_kafka_headers_t *headers = NULL;

    if (how == RECORD_HEADERS_DETACH)
        rd_kafka_message_detach_headers(message, &headers);
    else if (rd_kafka_message_headers(message, &own) == 0)
        headers = rd_kafka_headers_copy(own);
    return record_headers_stamp(headers, stamp);
}

rd_kafka_headers_t *record_headers_stamp(rd_kafka_headers_t *headers, const char *stamp)
{
    if (!stamp[0])
        return headers;
    if (!headers)
        headers = rd_kafka_headers_new(1);
    if (!stamped_already(headers))
        rd_kafka_header_add(headers, RECORD_STAMP_HEADER, -1, stamp, -1);
    return headers;
}

bool record_headers_stamped(const rd_kafka_headers_t *headers, const char *stamp)
{
    size_t count = headers ? rd_kafka_header_cnt(headers) : 0;
    const char *name;
    const void *value, *second;
    size_t size, second_size;

    if (!stamp[0] || count == 0 || rd_kafka_header_get_all(headers, count - 1, &name, &value, &size))
        return false;
    /* Ours is only added where there is none, so one of several is the message's own. */
    if (rd_kafka_header_get(headers, 1, RECORD_STAMP_HEADER, &second, &second_size) == 0)
        return false;
    return strcmp(name, RECORD_STAMP_HEADER) == 0 && value && str_equal((struct str){value, size}, str_of(stamp));
}

void record_headers_unstamp(rd_kafka_headers_t *headers, const char *stamp)
{
    if (record_headers_stamped(headers, stamp))
        rd_kafka_header_remove(headers, RECORD_STAMP_HEADER);
}
