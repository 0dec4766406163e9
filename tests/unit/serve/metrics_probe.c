/* Prints the page of a supervisor that has so many splits and sessions: metrics_probe SPLITS SESSIONS SHOWN [ACCEPT]. */
#include <stdio.h>
#include <stdlib.h>

#include "supervisor/serve/metrics.h"
#include "tests/unit/serve/crowd.h"

static const char *accept_header;

const char *__wrap_http_request_header(const struct http_request *request, const char *name);
const char *__wrap_http_request_header(const struct http_request *request, const char *name)
{
    (void)request;
    return strcmp(name, "Accept") == 0 ? accept_header : NULL;
}

static size_t number(const char *text)
{
    uint64_t value = 0;
    check(str_to_u64(str_of(text), 1000000, &value) == 0);
    return (size_t)value;
}

static void count_something(void)
{
    crowd_worker.figures = (struct figures){.received = 10, .fallback = 6, .delivered = 3, .in_flight = 1};
    crowd_worker.problems[REASON_FILTER_LIMIT] = 1;
    crowd_session = (struct figures){.delivered = 3};
    for (size_t i = 0; i < LATENCY_DESTINATIONS; i++)
        latency_add(&crowd_worker.work.latency[i], 70, 3);
}

int main(int argc, char **argv)
{
    struct store *store = NULL;
    struct metrics *metrics = NULL;
    struct reason why;
    struct http_request request = {.method = "GET"};
    struct http_response response = {.body = BUF_INIT(HTTP_SERVER_RESPONSE_BYTES_MAX)};
    check(argc >= 4 && store_new(-1, &store, &why) == 0);
    accept_header = argc > 4 ? argv[4] : NULL;
    crowd_fill(store, number(argv[1]), number(argv[2]));
    count_something();
    check(metrics_new(&(struct metrics_config){.store = store, .sessions_max = number(argv[3])}, &metrics) == 0);
    metrics_answer(metrics, &request, &response);
    check(response.status == 200);
    fwrite(response.body.data, 1, response.body.len, stdout);
    buf_deinit(&response.body);
    metrics_free(metrics);
    store_free(store);
    return 0;
}
