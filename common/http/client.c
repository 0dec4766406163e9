/* The client and its calls. Owns them until they are over; callbacks are called only while libcurl is not at work, so they
 * may make and cancel calls. */
#include "common/http/client_internal.h"

#include <string.h>
#include <strings.h>
#include <sys/un.h>

static void call_free(struct http_call *call)
{
    if (!call)
        return;
    if (call->easy) {
        (void)curl_multi_remove_handle(call->client->multi.curl, call->easy); /* ignored: it may not be in there */
        curl_easy_cleanup(call->easy);
    }
    http_headers_free(call->headers);
    http_material_unref(call->material);
    loop_timer_free(call->timer);
    buf_deinit(&call->request);
    buf_deinit(&call->body);
    *call->slot = call->next;
    if (call->next)
        call->next->slot = call->slot;
    free(call);
}

static int64_t retry_after_ms(const struct http_call *call)
{
    curl_off_t seconds = 0;

    if (curl_easy_getinfo(call->easy, CURLINFO_RETRY_AFTER, &seconds) != CURLE_OK || seconds <= 0)
        return 0;
    return seconds > HTTP_RETRY_AFTER_MAX_MS / 1000 ? HTTP_RETRY_AFTER_MAX_MS : (int64_t)seconds * 1000;
}

static int64_t coming_ms(const struct http_call *call)
{
    curl_off_t first_us = 0, last_us = 0;

    if (curl_easy_getinfo(call->easy, CURLINFO_STARTTRANSFER_TIME_T, &first_us) != CURLE_OK || first_us <= 0 ||
        curl_easy_getinfo(call->easy, CURLINFO_TOTAL_TIME_T, &last_us) != CURLE_OK || last_us < first_us)
        return 0;
    return (int64_t)(last_us - first_us) / 1000;
}

static void finish(struct http_call *call, int error)
{
    long status = 0;

    if (call->over)
        return;
    call->over = true;
    if (curl_easy_getinfo(call->easy, CURLINFO_RESPONSE_CODE, &status) != CURLE_OK)
        status = 0;
    const struct http_result result = {.error = error,
                                       .status = (unsigned)status,
                                       .retry_after_ms = retry_after_ms(call),
                                       .coming_ms = coming_ms(call),
                                       .body = buf_str(&call->body),
                                       .call = call};
    call->on_done(call->context, &result);
}

static bool is_success(const struct http_call *call)
{
    long status = 0;

    return curl_easy_getinfo(call->easy, CURLINFO_RESPONSE_CODE, &status) == CURLE_OK && status / 100 == 2;
}

size_t http_call_take(char *data, size_t size, size_t count, void *context)
{
    struct http_call *call = context;
    int r = buf_append(&call->body, data, size * count);

    if (r < 0)
        call->failure = r;
    else if (call->opened && call->silence_max_ms > 0)
        loop_timer_start(call->timer, call->silence_max_ms);
    return r < 0 ? 0 : size * count;
}

/* From here on a stream lasts as long as it says something. */
static void open_stream(struct http_call *call)
{
    if (call->over || call->opened || !call->on_data || !is_success(call))
        return;
    call->opened = true;
    if (call->silence_max_ms > 0)
        loop_timer_start(call->timer, call->silence_max_ms);
    else
        loop_timer_stop(call->timer);
    if (call->on_open)
        call->on_open(call->context);
}

static void deliver(struct http_call *call)
{
    struct buf part CLEANUP(buf_deinit) = call->body;

    if (call->over || !call->opened || part.len == 0) {
        part = BUF_INIT(1); /* it stays with the call */
        return;
    }
    call->body = BUF_INIT(part.max_bytes);
    call->on_data(call->context, buf_str(&part));
}

/* Calls what there is to call, then frees what is over. A callback may add calls at the front of the list, which has nothing
 * to deliver yet. */
static void settle(struct http_client *client)
{
    CURLMsg *message;
    int left = 0;

    client->delivering = true;
    for (struct http_call *call = client->calls; call; call = call->next) {
        open_stream(call);
        deliver(call);
    }
    while ((message = curl_multi_info_read(client->multi.curl, &left)) != NULL) {
        char *private = NULL;
        CURLcode result = message->data.result;
        if (message->msg != CURLMSG_DONE ||
            curl_easy_getinfo(message->easy_handle, CURLINFO_PRIVATE, &private) != CURLE_OK)
            continue;
        struct http_call *call = (struct http_call *)(void *)private;
        finish(call, http_call_error(call, result));
    }
    client->delivering = false;
    for (struct http_call *call = client->calls, *next; call; call = next) {
        next = call->next;
        if (call->over)
            call_free(call);
    }
}

static void on_acted(void *context) { settle(context); }

static void on_late(void *context)
{
    struct http_call *call = context;
    struct http_client *client = call->client;

    client->delivering = true;
    finish(call, -ETIMEDOUT);
    client->delivering = false;
    settle(client);
}

int http_client_call(struct http_client *client, const struct http_call_spec *spec, struct http_call **ret)
{
    size_t most = spec->body_bytes_max ? spec->body_bytes_max : HTTP_CLIENT_BODY_BYTES_MAX;
    struct http_call *call = calloc(1, sizeof *call);
    int r;

    if (!call)
        return -ENOMEM;
    *call = (struct http_call){.client = client,
                               .request = BUF_SECRET_INIT(spec->body.len + 1),
                               .body = BUF_INIT(most),
                               .silence_max_ms = spec->silence_max_ms,
                               .on_open = spec->on_open,
                               .on_data = spec->on_data,
                               .on_done = spec->on_done,
                               .context = spec->context,
                               .next = client->calls,
                               .slot = &client->calls};
    if (call->next)
        call->next->slot = &call->next;
    client->calls = call;
    if ((r = loop_timer_new(client->multi.loop, on_late, call, &call->timer)) < 0 ||
        (r = http_call_set_up(call, spec)) < 0 ||
        (r = curl_multi_add_handle(client->multi.curl, call->easy) == CURLM_OK ? 0 : -ENOMEM) < 0) {
        call_free(call);
        return r;
    }
    loop_timer_start(call->timer, spec->deadline_ms ? spec->deadline_ms : HTTP_CLIENT_DEADLINE_MS);
    if (ret)
        *ret = call;
    return 0;
}

void http_call_cancel(struct http_call *call)
{
    if (!call)
        return;
    if (!call->client->delivering) {
        call_free(call);
        return;
    }
    call->over = true;
    loop_timer_stop(call->timer);
}

static bool is_http(const char *url)
{
    return strncasecmp(url, "http://", 7) == 0 || strncasecmp(url, "https://", 8) == 0;
}

int http_client_new(struct loop *loop, const char *socket_path, const char *base_url, struct http_client **ret)
{
    struct http_client *client CLEANUP(http_client_freep) = NULL;
    int r;

    if (!is_http(base_url))
        return -EINVAL;
    if (socket_path && strlen(socket_path) >= sizeof((struct sockaddr_un *)NULL)->sun_path)
        return -ENAMETOOLONG;
    client = calloc(1, sizeof *client);
    if (!client || curl_global_init(CURL_GLOBAL_DEFAULT) != CURLE_OK)
        return -ENOMEM;
    client->global = true;
    if ((r = str_dup(str_of(base_url), &client->base_url)) < 0 || (r = str_dup(STR(""), &client->proxy)) < 0 ||
        (socket_path && (r = str_dup(str_of(socket_path), &client->socket_path)) < 0) ||
        (r = http_multi_init(&client->multi, loop, on_acted, client)) < 0)
        return r;
    *ret = TAKE(client);
    return 0;
}

int http_client_set_through(struct http_client *client, const char *name)
{
    check(!client->through);
    return str_dup(str_of(name), &client->through);
}

void http_client_free(struct http_client *client)
{
    if (!client)
        return;
    check(!client->delivering);
    while (client->calls)
        call_free(client->calls);
    http_multi_deinit(&client->multi);
    http_material_unref(client->material);
    free(client->base_url);
    free(client->proxy);
    free(client->through);
    free(client->socket_path);
    if (client->global)
        curl_global_cleanup();
    free(client);
}
