/* The keys in use. Owns them and the chain that finds them; a fetch begins with a look, never by itself. */
#include "common/aws/credentials.h"

#include "common/aws/arn.h"
#include "common/aws/chain.h"
#include "common/aws/endpoint.h"
#include "common/aws/sts.h"
#include <stdlib.h>
#include <string.h>

struct aws_credentials {
    struct aws_clock clock;
    struct aws_chain chain;
    char region[AWS_NAME_SIZE];
    char *role_arn, *external_id; /* "": none */
    struct aws_credential current;
    bool have, fetching;
    bool refused;            /* a service does not want the current ones any more */
    int64_t refresh_wall_ms; /* by the services' clock; 0: never */
    unsigned generation;     /* grows with each change */
    int failure;             /* of the last fetch, with why; 0: it went well */
    struct reason why;
    struct mono next_fetch;   /* not before */
    struct mono next_refusal; /* counts not before: keys that are always refused are not fetched for every call */
    struct aws_listener *listeners;
};

/* in this order. */
static const struct aws_provider *const chain_providers[] = {&aws_provider_environment, &aws_provider_web_identity,
                                                             &aws_provider_container,   &aws_provider_profile,
                                                             &aws_provider_instance,    NULL};
static const struct aws_provider *const role_providers[] = {&aws_provider_role, NULL};

const char *aws_environment_region(aws_lookup_fn *lookup)
{
    const char *region = lookup("AWS_REGION");

    if (!region || !region[0])
        region = lookup("AWS_DEFAULT_REGION");
    return region && region[0] ? region : NULL;
}

struct aws_clock *aws_credentials_clock(struct aws_credentials *credentials) { return &credentials->clock; }

static bool usable(const struct aws_credentials *credentials, int64_t now_ms)
{
    int64_t expires_ms = credentials->current.expires_wall_ms;

    return credentials->have && !credentials->refused &&
           (expires_ms == 0 || now_ms < expires_ms - AWS_EXPIRY_MARGIN_MS);
}

static bool due(const struct aws_credentials *credentials, int64_t now_ms)
{
    return !usable(credentials, now_ms) || (credentials->refresh_wall_ms && now_ms >= credentials->refresh_wall_ms);
}

static void take_found(struct aws_credentials *credentials)
{
    struct aws_fetch *fetch = &credentials->chain.fetch;
    int64_t now_ms = aws_clock_now_ms(&credentials->clock), expires_ms = fetch->found.expires_wall_ms,
            half_ms = (expires_ms - now_ms) / 2;

    aws_credential_deinit(&credentials->current);
    credentials->current = fetch->found;
    fetch->found = AWS_CREDENTIAL_INIT;
    credentials->have = true;
    credentials->refused = false;
    credentials->generation++;
    if (expires_ms)
        credentials->refresh_wall_ms = expires_ms - (half_ms < AWS_REFRESH_AHEAD_MS ? half_ms : AWS_REFRESH_AHEAD_MS);
    else
        credentials->refresh_wall_ms = 0;
}

/* Keys that are of no more use when they come would be fetched again at once, for ever. */
static int judge_found(struct aws_credentials *credentials, int r)
{
    int64_t expires_ms = credentials->chain.fetch.found.expires_wall_ms;

    if (r != 0 || expires_ms == 0 || aws_clock_now_ms(&credentials->clock) < expires_ms - AWS_EXPIRY_MARGIN_MS)
        return r;
    return reason_set(&credentials->chain.why, REASON_NONE, AWS_FETCH_FAILED,
                      "%s: its keys have expired, or do so soon",
                      credentials->chain.providers[credentials->chain.at]->name);
}

static void settle(struct aws_credentials *credentials, int found)
{
    bool good = usable(credentials, aws_clock_now_ms(&credentials->clock));
    int r = judge_found(credentials, found);

    credentials->fetching = false;
    credentials->failure = r > 0 ? -ENOKEY : r;
    if (r == 0) {
        take_found(credentials);
        credentials->next_fetch = (struct mono){0};
        return;
    }
    credentials->next_fetch = mono_after(mono_now(), good ? AWS_REFRESH_PAUSE_MS : AWS_FETCH_PAUSE_MS);
    if (r < 0)
        reason_set(&credentials->why, REASON_NONE, 0, "%s", strerror(-r));
    else
        reason_set(&credentials->why, REASON_NONE, 0, "there are no AWS credentials. %s",
                   credentials->chain.why.text);
}

static void on_fetched(void *context, int result)
{
    struct aws_credentials *credentials = context;

    settle(credentials, result);
    for (struct aws_listener *listener = credentials->listeners; listener; listener = listener->next)
        listener->fetched(listener->context);
}

static void fetch(struct aws_credentials *credentials)
{
    int r = aws_chain_start(&credentials->chain);

    credentials->fetching = r == AWS_FETCH_WAIT;
    if (r != AWS_FETCH_WAIT)
        settle(credentials, r);
}

int aws_credentials_look(struct aws_credentials *credentials, struct aws_held *ret, struct reason *why)
{
    if (!credentials->fetching && due(credentials, aws_clock_now_ms(&credentials->clock)) &&
        mono_reached(mono_now(), credentials->next_fetch))
        fetch(credentials);
    if (usable(credentials, aws_clock_now_ms(&credentials->clock))) {
        *ret = (struct aws_held){{buf_str(&credentials->current.id), buf_str(&credentials->current.secret),
                                  buf_str(&credentials->current.token)},
                                 credentials->generation};
        return 0;
    }
    if (credentials->fetching)
        return AWS_CREDENTIALS_WAIT;
    *why = credentials->why;
    return credentials->failure;
}

bool aws_credentials_refused(struct aws_credentials *credentials, unsigned generation)
{
    if (generation != credentials->generation)
        return true; /* there are newer ones already */
    if (credentials->refused)
        return true; /* it is known */
    if (credentials->chain.providers[credentials->chain.at]->fixed ||
        !mono_reached(mono_now(), credentials->next_refusal))
        return false;
    credentials->refused = true;
    credentials->next_refusal = mono_after(mono_now(), AWS_FETCH_PAUSE_MS);
    return true;
}

void aws_credentials_listen(struct aws_credentials *credentials, struct aws_listener *listener)
{
    listener->next = credentials->listeners;
    if (listener->next)
        listener->next->slot = &listener->next;
    listener->slot = &credentials->listeners;
    credentials->listeners = listener;
}

void aws_listener_leave(struct aws_listener *listener)
{
    if (!listener->slot)
        return;
    *listener->slot = listener->next;
    if (listener->next)
        listener->next->slot = listener->slot;
    listener->slot = NULL;
}

static int set_region(struct aws_credentials *credentials, const char *region)
{
    if (!region)
        return 0;
    if (!aws_region_ok(str_of(region)))
        return -EINVAL;
    return str_copy(credentials->region, sizeof credentials->region, str_of(region));
}

static bool is_role(struct str text)
{
    struct aws_arn arn;

    return aws_arn_parse(text, &arn) == 0 && str_equal(arn.service, STR("iam")) &&
           str_starts_with(arn.resource, STR("role/"));
}

static int set_role(struct aws_credentials *credentials, const struct aws_credentials_spec *spec)
{
    int r = str_dup(spec->role_arn ? str_of(spec->role_arn) : STR(""), &credentials->role_arn);

    if (r == 0)
        r = str_dup(spec->external_id ? str_of(spec->external_id) : STR(""), &credentials->external_id);
    if (r == 0 && credentials->role_arn[0] &&
        (strlen(credentials->role_arn) > AWS_ROLE_ARN_BYTES_MAX ||
         strlen(credentials->external_id) > AWS_ROLE_ARN_BYTES_MAX || !is_role(str_of(credentials->role_arn))))
        return -EINVAL;
    return r;
}

int aws_credentials_new(const struct aws_credentials_spec *spec, struct aws_credentials **ret)
{
    CLEANUP(aws_credentials_freep) struct aws_credentials *credentials = calloc(1, sizeof *credentials);
    aws_lookup_fn *lookup = spec->lookup ? spec->lookup : getenv;

    if (!credentials)
        return -ENOMEM;
    *credentials = (struct aws_credentials){.current = AWS_CREDENTIAL_INIT};
    int r = set_region(credentials, spec->region ? spec->region : aws_environment_region(lookup));
    if (r == 0)
        r = set_role(credentials, spec);
    if (r < 0)
        return r;
    const struct aws_fetch fetch = {.loop = spec->loop,
                                    .lookup = lookup,
                                    .region = credentials->region,
                                    .role_arn = credentials->role_arn,
                                    .external_id = credentials->external_id,
                                    .clock = &credentials->clock};
    aws_chain_init(&fetch, credentials->role_arn[0] ? role_providers : chain_providers, on_fetched, credentials,
                   &credentials->chain);
    *ret = TAKE(credentials);
    return 0;
}

void aws_credentials_free(struct aws_credentials *credentials)
{
    if (!credentials)
        return;
    check(!credentials->listeners);
    aws_chain_deinit(&credentials->chain);
    aws_credential_deinit(&credentials->current);
    free(credentials->role_arn);
    free(credentials->external_id);
    free(credentials);
}
