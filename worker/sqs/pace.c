/* See the header. */
#include "worker/sqs/pace.h"

unsigned pace_polls(const struct pace *pace) { return pace->polls ? pace->polls : 1; }

void pace_note(struct pace *pace, unsigned asked, unsigned got)
{
    unsigned polls = pace_polls(pace);

    if (!got)
        polls = polls / 2 ? polls / 2 : 1;
    else if (got * 2 >= asked && polls < PACE_POLLS_MAX)
        polls++;
    pace->polls = polls;
}
