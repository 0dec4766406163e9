/* How often a client may ask again: a bucket of tokens that repeats take from and answers fill, so that a service in trouble is
 * not asked many times over by everybody; and how long to wait before. Pure.
 *
 * Source: "Retry behavior" in the AWS SDKs and tools reference guide, standard mode. Delays differ: at least a quarter of the
 * ceiling, so that none is nothing. */
#pragma once

#include <stdbool.h>
#include <stdint.h>

enum {
    AWS_BUDGET_TOKENS = 500,
    AWS_REPEAT_TOKENS = 5,
    AWS_LOST_TOKENS = 10, /* after a lost answer */
    AWS_REPEAT_FIRST_MS = 50,
    AWS_REPEAT_THROTTLED_MS = 500, /* the first one where the service asked for less */
    AWS_REPEAT_MAX_MS = 20000,
};

struct aws_budget {
    unsigned tokens;
};
#define AWS_BUDGET_INIT ((struct aws_budget){.tokens = AWS_BUDGET_TOKENS})

/* Takes the price of a repeat. false: there is too little. */
bool aws_budget_take(struct aws_budget *budget, unsigned tokens);
/* A good answer: gives back what its last repeat took; 0: it had none, and gives one token. */
void aws_budget_fill(struct aws_budget *budget, unsigned tokens);
/* Before repeat number repeats (from 1) of a call; random: any 64 bits. */
int64_t aws_repeat_delay_ms(unsigned repeats, bool throttled, uint64_t random);
