/* See the header. */
#include "supervisor/serve/metrics.h"

#include <stdlib.h>

#include "common/base/log.h"
#include "common/base/mono.h"
#include "supervisor/serve/metrics_page.h"

struct metrics {
    struct metrics_config config;
    struct session_share share;
    int64_t started_wall_ms;
};

int metrics_new(const struct metrics_config *config, struct metrics **ret)
{
    struct metrics *metrics = calloc(1, sizeof *metrics);
    if (!metrics)
        return -ENOMEM;
    *metrics = (struct metrics){
        .config = *config, .share = {.shown_max = config->sessions_max}, .started_wall_ms = wall_now_ms()};
    *ret = metrics;
    return 0;
}

void metrics_free(struct metrics *metrics)
{
    if (!metrics)
        return;
    session_share_deinit(&metrics->share);
    free(metrics);
}

static int write_page(struct metrics *metrics, struct exposition *page)
{
    const struct metrics_config *config = &metrics->config;
    struct arena arena CLEANUP(arena_deinit) = ARENA_INIT(VIEW_BYTES_MAX);
    struct metrics_view view = {0};
    bool leads = !config->leads || config->leads(config->context);
    const struct metrics_page from = {.store = config->store,
                                      .view = leads ? &view : NULL,
                                      .started_wall_ms = metrics->started_wall_ms,
                                      .state_trouble = store_trouble(config->store)};
    int r = leads ? metrics_view_take(config->store, config->fleet, &metrics->share, &arena, &view) : 0;
    if (r < 0)
        return r;
    metrics_page_write(&from, page);
    return page->result;
}

void metrics_answer(void *context, const struct http_request *request, struct http_response *response)
{
    struct exposition page = {.buf = &response->body,
                              .format = exposition_choose(http_request_header(request, "Accept"))};
    response->body.max_bytes = METRICS_PAGE_BYTES_MAX;
    int r = write_page(context, &page);
    if (r < 0) {
        log_warn("supervisor.serve", "the page of figures cannot be told", LF_ERR(r));
        buf_clear(&response->body);
        return;
    }
    response->status = 200;
    response->content_type = exposition_content_type(page.format);
}
