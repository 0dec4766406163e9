/* Providers asked one after the other. Owns their states and what is found until it is taken. */
#include "common/aws/chain.h"

#include <stdio.h>

/* "environment: AWS_ACCESS_KEY_ID is not set; web identity: ..." */
static void note(struct aws_chain *chain)
{
    size_t len = strlen(chain->why.text);

    snprintf(chain->why.text + len, sizeof chain->why.text - len, "%s%s: %s", len ? "; " : "",
             chain->providers[chain->at]->name, chain->fetch.why.text);
    str_trim_cut(chain->why.text);
}

/* A provider that is configured and fails is not passed over: what comes after it may have rights that nobody meant. */
static int go_on(struct aws_chain *chain, int r)
{
    while (r == AWS_FETCH_ABSENT) {
        note(chain);
        if (!chain->providers[++chain->at])
            return AWS_FETCH_FAILED;
        r = chain->providers[chain->at]->start(&chain->fetch, &chain->states[chain->at]);
    }
    if (r == AWS_FETCH_FAILED)
        note(chain);
    return r;
}

static void on_fetched(struct aws_fetch *fetch, int outcome)
{
    struct aws_chain *chain = (struct aws_chain *)(void *)fetch;
    int r = go_on(chain, outcome);

    if (r != AWS_FETCH_WAIT)
        chain->done(chain->context, r);
}

void aws_chain_init(const struct aws_fetch *fetch, const struct aws_provider *const *providers,
                    aws_chain_done_fn *done, void *context, struct aws_chain *ret)
{
    *ret = (struct aws_chain){.fetch = *fetch, .providers = providers, .done = done, .context = context};
    ret->fetch.done = on_fetched;
    ret->fetch.found = AWS_CREDENTIAL_INIT;
}

void aws_chain_deinit(struct aws_chain *chain)
{
    for (size_t i = 0; chain->providers && chain->providers[i]; i++)
        if (chain->states[i])
            chain->providers[i]->free(chain->states[i]);
    aws_credential_deinit(&chain->fetch.found);
}

int aws_chain_start(struct aws_chain *chain)
{
    chain->at = 0;
    chain->why = (struct reason){.code = REASON_NONE};
    return go_on(chain, chain->providers[0]->start(&chain->fetch, &chain->states[0]));
}
