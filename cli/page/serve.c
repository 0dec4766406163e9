/* Requests of the browser: who asks is judged first, then files are answered at once and everything else becomes a task. Every answer
 * carries the headers that keep other pages and foreign code out. */
#include "cli/page/file.h"
#include "cli/page/page.h"

#include <string.h>

#define CACHE_NOTHING "no-store"
#define CACHE_ASK "no-cache" /* kept, and asked for by its ETag each time */

static const struct http_header guards[] = {
    {"Content-Security-Policy",
     "default-src 'none'; script-src 'self'; style-src 'self'; connect-src 'self'; img-src 'self'; "
     "base-uri 'none'; form-action 'none'; frame-ancestors 'none'; require-trusted-types-for 'script'"},
    {"X-Content-Type-Options", "nosniff"},
    {"X-Frame-Options", "DENY"},
    {"Referrer-Policy", "no-referrer"},
    {"Cross-Origin-Opener-Policy", "same-origin"},
    {"Cross-Origin-Resource-Policy", "same-origin"},
};
enum { GUARDS = sizeof guards / sizeof *guards };

static void guard(struct page *page, const char *cache, const char *etag, struct http_response *response)
{
    size_t count = GUARDS;
    memcpy(page->headers, guards, sizeof guards);
    page->headers[count++] = (struct http_header){"Cache-Control", cache};
    if (etag)
        page->headers[count++] = (struct http_header){"ETag", etag};
    response->headers = page->headers;
    response->header_count = count;
}

static int refusal(const struct reason *why, struct buf *ret)
{
    CLEANUP(json_freep) struct json *object = json_new_object();
    int r = object ? json_set_text(object, "reason", reason_name(why->code)) : -ENOMEM;
    if (r == 0)
        r = json_set_text(object, "message", why->text);
    if (r == 0)
        r = json_set_text(object, "nextStep", reason_next_step(why->code));
    return r == 0 ? json_write(object, JSON_COMPACT, ret) : r;
}

void page_refuse(struct http_response *response, unsigned status, const struct reason *why)
{
    response->status = status;
    response->content_type = "application/json";
    buf_clear(&response->body);
    if (refusal(why, &response->body) < 0)
        buf_clear(&response->body); /* ignored: the status says it too */
}

static void refuse_words(struct http_response *response, unsigned status, const char *words)
{
    struct reason why;
    reason_set(&why, REASON_NONE, 0, "%s", words);
    page_refuse(response, status, &why);
}

/* --- Files --- */

static void serve_file(struct page *page, const struct page_file *file, const struct http_request *request,
                       struct http_response *response)
{
    const char *known = http_request_header(request, "If-None-Match");
    bool same = known && strcmp(known, file->etag) == 0;
    guard(page, CACHE_ASK, file->etag, response);
    response->content_type = file->content_type;
    if (!same && buf_append(&response->body, file->data, file->length) < 0)
        return; /* 500, as it came */
    response->status = same ? 304 : 200;
}

/* --- What is asked elsewhere --- */

/* "NAMESPACE/NAME". False: it is not. */
static bool split_names(const char *path, char ret_namespace[PAGE_NAME_SIZE], char ret_name[PAGE_NAME_SIZE])
{
    const char *slash = strchr(path, '/');
    return slash && slash > path && slash[1] && !strchr(slash + 1, '/') &&
           str_copy(ret_namespace, PAGE_NAME_SIZE, (struct str){path, (size_t)(slash - path)}) == 0 &&
           str_copy(ret_name, PAGE_NAME_SIZE, str_of(slash + 1)) == 0;
}

static bool begins(const char *path, const char *prefix, const char **ret_rest)
{
    size_t length = strlen(prefix);
    *ret_rest = path + length;
    return strncmp(path, prefix, length) == 0;
}

static void serve_task(struct page *page, const struct http_request *request, struct http_response *response)
{
    char namespace[PAGE_NAME_SIZE], name[PAGE_NAME_SIZE];
    const char *rest;
    bool get = strcmp(request->method, "GET") == 0;
    if (get && strcmp(request->path, "/api/status") == 0)
        page_task_begin(page, PAGE_TASK_STATUS, "", "", response);
    else if (get && strcmp(request->path, "/api/figures") == 0)
        page_task_begin(page, PAGE_TASK_FIGURES, "", "", response);
    else if (get && begins(request->path, "/api/logs/", &rest) && split_names(rest, namespace, name))
        page_task_begin(page, PAGE_TASK_LOG, namespace, name, response);
    else if (strcmp(request->method, "DELETE") == 0 && begins(request->path, "/api/sessions/", &rest) &&
             split_names(rest, namespace, name))
        page_task_begin(page, PAGE_TASK_END, namespace, name, response);
    else
        refuse_words(response, 404, "there is nothing of that name, or not by this method");
}

/* --- Who asks --- */

static enum page_verdict judge(const struct page *page, const struct http_request *request, bool file)
{
    const struct page_caller caller = {.host = http_request_header(request, "Host"),
                                       .origin = http_request_header(request, "Origin"),
                                       .fetch_site = http_request_header(request, "Sec-Fetch-Site"),
                                       .authorization = http_request_header(request, "Authorization")};
    bool get = strcmp(request->method, "GET") == 0;
    return page_gate_judge(&page->gate, &caller,
                           !get   ? PAGE_NEED_ORIGIN
                           : file ? PAGE_NEED_NOTHING
                                  : PAGE_NEED_TOKEN);
}

static bool is_welcome(enum page_verdict verdict, struct http_response *response)
{
    switch (verdict) {
    case PAGE_WELCOME:
        return true;
    case PAGE_WRONG_HOST:
        refuse_words(response, 403, "this address is not the one that the page is for");
        return false;
    case PAGE_WRONG_ORIGIN:
        refuse_words(response, 403, "another page asks, and only this one may");
        return false;
    case PAGE_WRONG_TOKEN:
        refuse_words(response, 401,
                     "the token of this start is missing: open the address that `sluice page` printed");
        return false;
    }
    return false;
}

void page_serve(void *context, const struct http_request *request, struct http_response *response)
{
    struct page *page = context;
    const struct page_file *file = page_file_find(request->path);
    guard(page, CACHE_NOTHING, NULL, response);
    if (!is_welcome(judge(page, request, file), response))
        return;
    if (request->waited)
        page_task_finish(page, request->waited, response);
    else if (request->body.len > 0 || request->body_too_large)
        refuse_words(response, 413, "a request of this page has no body");
    else if (file && strcmp(request->method, "GET") == 0)
        serve_file(page, file, request, response);
    else
        serve_task(page, request, response);
}
