/* Create and delete of sessions, and what the store's refusals mean. Who may comes before what was said. */
#include "supervisor/source/api_internal.h"

#include "common/json/json_patch.h"
#include "supervisor/source/api_session.h"
#include <string.h>

void api_respond_store(const struct api_call *call, int result)
{
    const struct resource_key *key = &call->target.key;
    const char *plural = kind_row(key->kind)->plural;
    struct reason why;

    if (result == STORE_EXISTS) {
        (void)reason_set(&why, REASON_NONE, 0, "%s \"%s\" already exists", plural, key->name);
        api_respond_failure(call->response, API_CONFLICT, "AlreadyExists", key, &why);
    } else if (result == STORE_NOT_FOUND) {
        api_respond_words(call->response, API_NOT_FOUND, key, "%s \"%s\" not found", plural, key->name);
    } else if (result == STORE_CONFLICT) {
        api_respond_words(call->response, API_CONFLICT, key,
                          "%s \"%s\": the object has been modified; get it again and apply your changes to it",
                          plural, key->name);
    } else if (result == STORE_REFUSED) {
        (void)reason_set(&why, REASON_LIMIT_REACHED, 0,
                         "the store holds no more, or no larger, documents of this kind");
        api_respond_failure(call->response, API_TOO_MANY, NULL, key, &why);
    } else {
        (void)reason_set(&why, REASON_STATE_UNWRITABLE, 0, "the change could not be kept: %s", strerror(-result));
        api_respond_failure(call->response, API_INTERNAL, NULL, key, &why);
    }
}

static void respond_present(const struct api_call *call, enum api_code code)
{
    const struct json *document = store_get(call->api->store, &call->target.key);

    if (document)
        api_respond_document(call->response, code, document);
}

static bool parse_body(const struct api_call *call, struct json **ret)
{
    struct json_error error;
    int r = json_parse(call->request->body, &JSON_LIMITS_DOCUMENT, ret, &error);

    if (r > 0)
        api_respond_words(call->response, API_BAD_REQUEST, &call->target.key, "line %u, column %u: %s", error.line,
                          error.column, error.text);
    else if (r < 0)
        api_respond_store(call, r);
    return r == 0;
}

static bool content_type_is(const struct api_call *call, const char *type)
{
    size_t length = strcspn(call->request->content_type, "; ");

    return str_equal((struct str){call->request->content_type, length}, str_of(type));
}

static void refuse_type(const struct api_call *call, const char *types)
{
    api_respond_words(call->response, API_MEDIA_TYPE, &call->target.key, "the body's type must be %s", types);
}

void api_create(const struct api_call *given)
{
    struct api_call call = *given;
    struct json *session CLEANUP(json_freep) = NULL;
    struct reason why = {.code = REASON_NONE};

    if (!content_type_is(&call, "application/json")) {
        refuse_type(&call, "application/json");
        return;
    }
    if (!parse_body(&call, &session))
        return;
    enum api_code code = session_judge_new(call.api->store, &call.user, session, &call.target.key, &why);
    if (code != API_OK) {
        api_respond_failure(call.response, code, NULL, &call.target.key, &why);
        return;
    }
    int r = store_create(call.api->store, TAKE(session));
    if (r)
        api_respond_store(&call, r);
    else
        respond_present(&call, API_CREATED);
}

/* The session that is to be changed, when its caller may. */
static const struct json *find(const struct api_call *call)
{
    const struct json *session = store_get(call->api->store, &call->target.key);
    struct reason why;

    if (!session) {
        api_respond_store(call, STORE_NOT_FOUND);
        return NULL;
    }
    if (api_may_change(&call->user, session))
        return session;
    (void)reason_set(&why, REASON_NOT_PERMITTED, 0, "%s \"%s\" belongs to another user",
                     kind_row(call->target.key.kind)->plural, call->target.key.name);
    api_respond_failure(call->response, API_FORBIDDEN, NULL, &call->target.key, &why);
    return NULL;
}

/* Preconditions of DeleteOptions, which may be the body. */
static bool preconditions_hold(const struct json *options, const struct json *session)
{
    const struct json *wanted = json_get(options, "preconditions"), *metadata = json_get(session, "metadata");
    const char *uid = json_text(json_get(wanted, "uid")), *version = json_text(json_get(wanted, "resourceVersion"));

    return (!uid[0] || strcmp(uid, json_text(json_get(metadata, "uid"))) == 0) &&
           (!version[0] || strcmp(version, json_text(json_get(metadata, "resourceVersion"))) == 0);
}

void api_delete(const struct api_call *call)
{
    struct json *options CLEANUP(json_freep) = NULL;
    const struct json *session = find(call);
    char uid[UID_SIZE] = "";

    if (!session || (call->request->body.len && !parse_body(call, &options)))
        return;
    if (!preconditions_hold(options, session)) {
        api_respond_store(call, STORE_CONFLICT);
        return;
    }
    if (str_copy(uid, sizeof uid, json_str(json_path(session, "metadata", "uid", NULL))) < 0)
        uid[0] = '\0';
    int r = store_delete(call->api->store, &call->target.key);
    if (r)
        api_respond_store(call, r);
    else if (store_get(call->api->store, &call->target.key))
        respond_present(call, API_OK); /* its finalizers keep it for a while */
    else
        api_respond_success(call->response, &call->target.key, uid);
}

/* Puts the changed session in the store, when the change is one that clients may make. */
static void change(const struct api_call *call, const struct json *present, struct json *changed_take)
{
    struct json *changed CLEANUP(json_freep) = changed_take, *metadata = NULL;
    struct reason why = {.code = REASON_NONE};
    enum api_code code = session_judge_change(present, changed, &why);

    if (code != API_OK) {
        api_respond_failure(call->response, code, NULL, &call->target.key, &why);
        return;
    }
    /* Clients send it back as they got it, or what they like: nothing of ours keeps such a list. */
    if (json_object_at(changed, "metadata", &metadata) == 0)
        json_delete(metadata, "managedFields");
    int r = store_update(call->api->store, TAKE(changed));
    if (r)
        api_respond_store(call, r);
    else
        respond_present(call, API_OK);
}

void api_replace(const struct api_call *call)
{
    struct json *changed CLEANUP(json_freep) = NULL;
    const struct json *present = find(call);

    if (!present)
        return;
    if (!content_type_is(call, "application/json"))
        refuse_type(call, "application/json");
    else if (parse_body(call, &changed))
        change(call, present, TAKE(changed));
}

/* 0, or an answer was given. */
static int apply_patch(const struct api_call *call, const struct json *patch, struct json *document)
{
    struct json_error error;

    if (content_type_is(call, "application/merge-patch+json")) {
        int r = json_merge_patch(document, patch);
        if (r == -EINVAL)
            api_respond_words(call->response, API_BAD_REQUEST, &call->target.key, "a merge patch is an object");
        else if (r < 0)
            api_respond_store(call, r);
        return r;
    }
    int r = json_patch(document, patch, &error);
    if (r > 0)
        api_respond_words(call->response, API_INVALID, &call->target.key, "%s", error.text);
    else if (r < 0)
        api_respond_store(call, r);
    return r;
}

void api_patch(const struct api_call *call)
{
    struct json *patch CLEANUP(json_freep) = NULL, *document CLEANUP(json_freep) = NULL;
    const struct json *present = find(call);

    if (!present)
        return;
    if (!content_type_is(call, "application/merge-patch+json") &&
        !content_type_is(call, "application/json-patch+json")) {
        refuse_type(call, "application/merge-patch+json or application/json-patch+json");
        return;
    }
    if (!parse_body(call, &patch))
        return;
    int r = json_dup(present, &document);
    if (r < 0)
        api_respond_store(call, r);
    else if (apply_patch(call, patch, document) == 0)
        change(call, present, TAKE(document));
}
