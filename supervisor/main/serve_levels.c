/* See the header. Fails only for lack of memory, which is a 500. */
#include "supervisor/main/serve_levels.h"

#include "supervisor/fleet/fleet.h"
#include "supervisor/source/api_status.h"

void serve_levels_answer(void *context, const struct http_request *request, struct http_response *response)
{
    const struct json_limits limits = JSON_LIMITS_DOCUMENT;
    const char *worker = strrchr(request->path, '/') + 1;
    struct json *document CLEANUP(json_freep) = NULL;
    struct json_error error;
    int64_t seconds = 0;
    int r = request->body_too_large ? JSON_REFUSED : json_parse(request->body, &limits, &document, &error);
    if (r < 0)
        return;
    if (r > 0 || json_int(json_get(document, "seconds"), &seconds) < 0 || seconds < 1 ||
        seconds > SERVE_LEVELS_SECONDS_MAX) {
        api_respond_words(response, API_BAD_REQUEST, NULL, "levels: a text, and seconds: 1 to %d",
                          SERVE_LEVELS_SECONDS_MAX);
        return;
    }
    const char *levels = json_text(json_get(document, "levels"));
    r = fleet_levels_set(context, worker, levels, (uint32_t)seconds);
    if (r == FLEET_LEVELS_NO_WORKER)
        api_respond_words(response, API_NOT_FOUND, NULL, "no worker of split '%.80s' runs", worker);
    else if (r == FLEET_LEVELS_INVALID)
        api_respond_words(response, API_INVALID, NULL,
                          "'%.200s' names no levels: worker.kafka=trace, say, of error, warn, info, debug and trace",
                          levels);
    else
        api_respond_success(response, NULL, "");
}
