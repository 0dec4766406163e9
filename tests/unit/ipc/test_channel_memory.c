/* A channel that cannot be made for want of memory leaves nothing behind: every allocation of either end fails once. */
#include "ipc/channel.h"
#include "tests/unit/alloc_fail.h"
#include "tests/unit/base/scratch.h"

static void on_message(void *context, const char *identity, const struct ipc_message *message)
{
    (void)context;
    (void)identity;
    (void)message;
}

static void on_bad_frame(void *context, const char *identity, int why)
{
    (void)context;
    (void)identity;
    (void)why;
}

static void on_writable(void *context) { (void)context; }

static void on_connected(void *context, bool connected)
{
    (void)context;
    (void)connected;
}

static const struct channel_handlers handlers = {on_message, on_bad_frame, on_writable, on_connected};

struct place {
    struct loop *loop;
    char endpoint[100];
};

static int make_both_ends(void *context)
{
    struct place *place = context;
    CLEANUP(channel_freep) struct channel *supervisor = NULL;
    CLEANUP(channel_freep) struct channel *worker = NULL;
    char identity[IPC_IDENTITY_SIZE];
    int r;

    ipc_identity("split", 1, "token", identity);
    r = channel_bind(place->loop, place->endpoint, &handlers, NULL, &supervisor);
    if (r == 0)
        r = channel_connect(place->loop, place->endpoint, identity, &handlers, NULL, &worker);
    return r;
}

static void every_failed_allocation_is_told(void **state)
{
    const struct scratch *scratch = *state;
    struct place place;

    assert_int_equal(loop_new(&place.loop), 0);
    snprintf(place.endpoint, sizeof place.endpoint, "ipc://%s/channel", scratch->path);
    assert_in_range(alloc_fail_each(make_both_ends, &place), 2, 200);
    loop_free(place.loop);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(every_failed_allocation_is_told, scratch_setup, scratch_teardown),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
