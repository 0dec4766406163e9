/* See the header. An entry is one token and one wish: asked about, then decided, then forgotten. */
#include "supervisor/review/reviewer.h"

#include <stdio.h>
#include <stdlib.h>
#include <strings.h>

#include "common/base/log.h"
#include "common/base/secret.h"
#include "supervisor/source/api_status.h"

#define COMPONENT "supervisor.review"
#define TOKEN_REVIEWS "/apis/authentication.k8s.io/v1/tokenreviews"
#define ACCESS_REVIEWS "/apis/authorization.k8s.io/v1/subjectaccessreviews"

enum entry_state {
    ENTRY_FREE,
    ENTRY_ASKED,
    ENTRY_ALLOWED,
    ENTRY_UNKNOWN, /* nobody has such a token */
    ENTRY_FORBIDDEN,
    ENTRY_UNANSWERED, /* the API server did not say */
};
enum { KEY_BYTES_MAX = REVIEWER_TOKEN_BYTES_MAX + 1024, USER_SIZE = 254 };

struct entry {
    struct reviewer *reviewer;
    enum entry_state state;
    char digest[SHA256_TEXT_SIZE]; /* of token and wish */
    struct review_wish wish;
    char user[USER_SIZE]; /* once he is known */
    struct kube_call *call;
    struct http_wait *waits[REVIEWER_WAITS_MAX]; /* NULL: free */
    struct mono forget_at;                       /* once it is decided */
};

struct reviewer {
    struct kube_client *client;
    struct entry entries[REVIEWER_ENTRIES_MAX];
};

/* --- Asking --- */

static void decide(struct entry *entry, enum entry_state state)
{
    entry->state = state;
    entry->call = NULL;
    entry->forget_at =
        mono_after(mono_now(), state == ENTRY_UNANSWERED ? REVIEWER_UNANSWERED_MS : REVIEWER_REMEMBER_MS);
    for (size_t i = 0; i < REVIEWER_WAITS_MAX; i++)
        if (entry->waits[i])
            http_wait_over(TAKE(entry->waits[i]));
}

static void not_said(struct entry *entry, const char *what, const struct reason *why)
{
    log_warn(COMPONENT, "the API server does not say who asks for figures or logs", LF_STR("question", what),
             LF_STR("why", why->text));
    decide(entry, ENTRY_UNANSWERED);
}

static int ask(struct entry *entry, const char *path, const struct json *body, kube_done_fn *done)
{
    const struct kube_call_spec spec = {
        .method = "POST", .path = path, .body = body, .retry_ms = -1, .done = done, .context = entry};
    return kube_client_call(entry->reviewer->client, &spec, &entry->call);
}

static void on_access(void *context, const struct kube_answer *answer)
{
    struct entry *entry = context;
    if (!kube_answer_ok(answer))
        not_said(entry, "SubjectAccessReview", &answer->why);
    else
        decide(entry, review_allows(answer->body) ? ENTRY_ALLOWED : ENTRY_FORBIDDEN);
}

static void on_token(void *context, const struct kube_answer *answer)
{
    struct entry *entry = context;
    struct json *body CLEANUP(json_freep) = NULL;
    const struct json *user = kube_answer_ok(answer) ? review_user(answer->body) : NULL;
    if (!kube_answer_ok(answer)) {
        not_said(entry, "TokenReview", &answer->why);
        return;
    }
    if (!user) {
        decide(entry, ENTRY_UNKNOWN);
        return;
    }
    str_copy_cut(entry->user, sizeof entry->user, json_str(json_get(user, "username")));
    int r = review_access_body(user, &entry->wish, &body);
    if (r == 0)
        r = ask(entry, ACCESS_REVIEWS, body, on_access);
    if (r < 0)
        decide(entry, ENTRY_UNANSWERED);
}

/* --- Answering --- */

static void on_closed(void *context)
{
    struct http_wait **slot = context;
    *slot = NULL;
}

static void refuse_busy(struct http_response *response)
{
    const struct reason why = {.code = REASON_NONE, .text = "too many ask at the moment; ask again"};
    api_respond_failure(response, API_UNAVAILABLE, NULL, NULL, &why);
}

static void wait(struct entry *entry, struct http_response *response)
{
    for (size_t i = 0; i < REVIEWER_WAITS_MAX; i++)
        if (!entry->waits[i]) {
            if (http_response_wait(response, on_closed, &entry->waits[i], &entry->waits[i]) < 0)
                refuse_busy(response);
            return;
        }
    refuse_busy(response);
}

static void forbid(const struct entry *entry, struct http_response *response)
{
    const struct review_wish *wish = &entry->wish;
    struct reason why;
    if (wish->path)
        reason_set(&why, REASON_RIGHT_MISSING, 0,
                   "%s may not %s the path %s (ClusterRole sluice-metrics-reader allows it)", entry->user, wish->verb,
                   wish->path);
    else
        reason_set(&why, REASON_RIGHT_MISSING, 0, "%s may not %s %s%s%s in %s%s%s%s", entry->user, wish->verb,
                   wish->resource, wish->subresource[0] ? "/" : "", wish->subresource,
                   wish->namespace[0] ? "namespace " : "every namespace", wish->namespace,
                   wish->name[0] ? ", name " : "", wish->name);
    api_respond_failure(response, API_FORBIDDEN, NULL, NULL, &why);
}

static enum reviewed answer(struct entry *entry, struct http_response *response)
{
    struct reason why = {.code = REASON_NONE};
    switch (entry->state) {
    case ENTRY_FREE:
    case ENTRY_ASKED:
        wait(entry, response);
        return REVIEWED_ANSWERED;
    case ENTRY_ALLOWED:
        return REVIEWED_ALLOWED;
    case ENTRY_UNKNOWN:
        reason_set(&why, REASON_NOT_AUTHENTICATED, 0, "the API server knows nobody with this token");
        api_respond_failure(response, API_UNAUTHORIZED, NULL, NULL, &why);
        return REVIEWED_ANSWERED;
    case ENTRY_FORBIDDEN:
        forbid(entry, response);
        return REVIEWED_ANSWERED;
    case ENTRY_UNANSWERED:
        reason_set(&why, REASON_KUBE_UNREACHABLE, 0, "the API server does not say who asks; ask again");
        api_respond_failure(response, API_UNAVAILABLE, NULL, NULL, &why);
        return REVIEWED_ANSWERED;
    }
    return REVIEWED_ANSWERED;
}

/* --- Entries --- */

/* The token of "Authorization: Bearer TOKEN" (RFC 6750). Empty: there is none. */
static struct str token_of(const struct http_request *request)
{
    static const char scheme[] = "Bearer ";
    const char *header = http_request_header(request, "Authorization");
    if (!header || strncasecmp(header, scheme, sizeof scheme - 1) != 0)
        return STR("");
    struct str token = str_of(header + sizeof scheme - 1);
    return token.len <= REVIEWER_TOKEN_BYTES_MAX ? token : STR("");
}

static int digest_of(struct str token, const struct review_wish *wish, char ret[SHA256_TEXT_SIZE])
{
    struct buf text CLEANUP(buf_deinit) = BUF_SECRET_INIT(KEY_BYTES_MAX);
    int r = buf_printf(&text, "%s\n%s\n%s\n%s\n%s\n%s\n", wish->verb, wish->path ? wish->path : "",
                       wish->path ? "" : wish->resource, wish->path ? "" : wish->subresource, wish->namespace,
                       wish->name);
    if (r == 0)
        r = buf_append_str(&text, token);
    if (r == 0)
        sha256_hex(buf_str(&text), ret);
    return r;
}

static bool is_idle(const struct entry *entry, struct mono now)
{
    return entry->state == ENTRY_FREE || (entry->state != ENTRY_ASKED && mono_reached(now, entry->forget_at));
}

/* The one of that digest, else one that is not used; NULL: all are. */
static struct entry *entry_find(struct reviewer *reviewer, const char *digest)
{
    struct mono now = mono_now();
    struct entry *found = NULL;
    for (size_t i = 0; i < REVIEWER_ENTRIES_MAX; i++) {
        struct entry *entry = &reviewer->entries[i];
        if (is_idle(entry, now))
            found = entry;
        else if (strcmp(entry->digest, digest) == 0)
            return entry;
    }
    return found;
}

static int entry_begin(struct reviewer *reviewer, struct entry *entry, const char *digest,
                       const struct review_wish *wish, struct str token)
{
    struct json *body CLEANUP(json_freep) = NULL;
    *entry = (struct entry){.reviewer = reviewer, .state = ENTRY_ASKED, .wish = *wish};
    snprintf(entry->digest, sizeof entry->digest, "%s", digest);
    int r = review_token_body(token, &body);
    if (r == 0)
        r = ask(entry, TOKEN_REVIEWS, body, on_token);
    if (r < 0)
        entry->state = ENTRY_FREE;
    return r;
}

enum reviewed reviewer_judge(struct reviewer *reviewer, const struct http_request *request,
                             const struct review_wish *wish, struct http_response *response)
{
    char digest[SHA256_TEXT_SIZE];
    struct str token = token_of(request);
    struct reason why;
    if (token.len == 0) {
        reason_set(&why, REASON_NOT_AUTHENTICATED, 0,
                   "the request has no bearer token, and nothing else says who asks");
        api_respond_failure(response, API_UNAUTHORIZED, NULL, NULL, &why);
        return REVIEWED_ANSWERED;
    }
    int r = digest_of(token, wish, digest);
    struct entry *entry = r == 0 ? entry_find(reviewer, digest) : NULL;
    bool new = entry &&is_idle(entry, mono_now());
    if (!entry || (new &&entry_begin(reviewer, entry, digest, wish, token) < 0)) {
        refuse_busy(response);
        return REVIEWED_ANSWERED;
    }
    return answer(entry, response);
}

int reviewer_new(struct kube_client *client, struct reviewer **ret)
{
    struct reviewer *reviewer = calloc(1, sizeof *reviewer);
    if (!reviewer)
        return -ENOMEM;
    reviewer->client = client;
    *ret = reviewer;
    return 0;
}

void reviewer_free(struct reviewer *reviewer)
{
    if (!reviewer)
        return;
    for (size_t i = 0; i < REVIEWER_ENTRIES_MAX; i++)
        kube_call_cancel(reviewer->entries[i].call);
    free(reviewer);
}
