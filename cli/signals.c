/* See signals.h. The handler only marks and wakes. */
#include "cli/signals.h"

#include <signal.h>
#include <stdatomic.h>
#include <stdlib.h>

static const int watched[] = {SIGINT, SIGQUIT, SIGTERM, SIGHUP, SIGCHLD};
enum { WATCHED = sizeof watched / sizeof watched[0] };

struct signals {
    struct loop_wake *wake;
    signals_fn *callback;
    void *context;
    struct sigaction before[WATCHED];
    size_t installed;
};

static struct loop_wake *handler_wake;
static atomic_bool seen_terminal[WATCHED], seen_other[WATCHED];

static void handle(int number, siginfo_t *info, void *unused)
{
    int before = errno;
    (void)unused;
    for (size_t i = 0; i < WATCHED; i++)
        if (watched[i] == number)
            atomic_store(info->si_code == SI_KERNEL ? &seen_terminal[i] : &seen_other[i], true);
    loop_wake_send(handler_wake);
    errno = before;
}

static void tell(void *context)
{
    struct signals *signals = context;
    for (size_t i = 0; i < WATCHED; i++) {
        if (atomic_exchange(&seen_terminal[i], false))
            signals->callback(signals->context, watched[i], true);
        if (atomic_exchange(&seen_other[i], false))
            signals->callback(signals->context, watched[i], false);
    }
}

int signals_new(struct loop *loop, signals_fn *callback, void *context, struct signals **ret)
{
    struct sigaction action = {.sa_sigaction = handle, .sa_flags = SA_SIGINFO | SA_RESTART};
    CLEANUP(signals_freep) struct signals *signals = calloc(1, sizeof *signals);
    if (!signals)
        return -ENOMEM;
    *signals = (struct signals){.callback = callback, .context = context};
    int r = loop_wake_new(loop, tell, signals, &signals->wake);
    if (r < 0)
        return r;
    handler_wake = signals->wake;
    sigemptyset(&action.sa_mask);
    for (; signals->installed < WATCHED; signals->installed++)
        if (sigaction(watched[signals->installed], &action, &signals->before[signals->installed]) < 0)
            return -errno;
    *ret = TAKE(signals);
    return 0;
}

void signals_free(struct signals *signals)
{
    if (!signals)
        return;
    while (signals->installed > 0) {
        signals->installed--;
        sigaction(watched[signals->installed], &signals->before[signals->installed], NULL);
    }
    loop_wake_free(signals->wake);
    handler_wake = NULL;
    free(signals);
}
