/* See the header. */
#include "worker/sqs/proof.h"

void proof_note(struct proof *proof, const struct proof_counts *counts, struct mono last_sent, struct mono now)
{
    if (proof_sum(counts)) {
        *proof = (struct proof){.seen = true};
        return;
    }
    proof->seen = false;
    if (mono_is_set(last_sent) && mono_is_set(proof->zero_since) && last_sent.ms >= proof->zero_since.ms)
        *proof = (struct proof){0};
    if (!mono_is_set(proof->zero_since))
        proof->zero_since = now;
    proof->zeros++;
}

bool proof_holds(const struct proof *proof, bool fifo, uint32_t zero_s, struct mono now)
{
    if (proof->zeros < 2)
        return false;
    return fifo || mono_reached(now, mono_after(proof->zero_since, (int64_t)zero_s * 1000));
}
