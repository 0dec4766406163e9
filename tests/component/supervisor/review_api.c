/* See review_api.h. */
#include "tests/component/supervisor/review_api.h"

#include <string.h>

#include "tests/unit/cmocka_all.h"

struct review_api review_api;

static void on_held_closed(void *context)
{
    (void)context;
    review_api.held = NULL;
}

static void say(const char *text, struct http_response *response)
{
    response->status = text ? 201 : 500;
    response->content_type = "application/json";
    assert_int_equal(buf_append_str(&response->body, str_of(text ? text : "{}")), 0);
}

static void remember(const struct http_request *request)
{
    assert_true(review_api.count < REVIEW_API_ASKED_MAX);
    assert_int_equal(str_copy(review_api.asked[review_api.count++], sizeof review_api.asked[0], request->body), 0);
}

static void on_token(void *context, const struct http_request *request, struct http_response *response)
{
    (void)context;
    if (review_api.hold) {
        assert_int_equal(http_response_wait(response, on_held_closed, NULL, &review_api.held), 0);
        review_api.hold = false;
        return;
    }
    review_api.held = NULL;
    remember(request);
    say(review_api.of_token, response);
}

static void on_access(void *context, const struct http_request *request, struct http_response *response)
{
    (void)context;
    remember(request);
    say(review_api.of_access, response);
}

void review_api_begin(struct serve_port *port)
{
    const struct http_route token = {"POST", "/apis/authentication.k8s.io/v1/tokenreviews", on_token, NULL};
    const struct http_route access = {"POST", "/apis/authorization.k8s.io/v1/subjectaccessreviews", on_access, NULL};
    memset(&review_api, 0, sizeof review_api);
    assert_int_equal(serve_port_add_route(port, &token), 0);
    assert_int_equal(serve_port_add_route(port, &access), 0);
}
