/* What a worker takes away from itself (S-12). */
#include "tests/unit/cmocka_all.h"
#include "worker/runtime/harden.h"

#include <pthread.h>
#include <sys/prctl.h>
#include <sys/resource.h>

static void *stack_of(void *context)
{
    pthread_attr_t attributes;
    assert_int_equal(pthread_getattr_np(pthread_self(), &attributes), 0);
    assert_int_equal(pthread_attr_getstacksize(&attributes, context), 0);
    pthread_attr_destroy(&attributes);
    return NULL;
}

/* Its threads would else use up the limit of its memory without using any. */
static void S_12_threads_have_small_stacks_and_nothing_is_dumped(void **state)
{
    struct rlimit core;
    pthread_t thread;
    size_t bytes = 0;
    (void)state;
    assert_int_equal(worker_harden(), 0);
    assert_int_equal(pthread_create(&thread, NULL, stack_of, &bytes), 0);
    assert_int_equal(pthread_join(thread, NULL), 0);
    assert_int_equal(bytes, WORKER_STACK_BYTES);
    assert_int_equal(prctl(PR_GET_DUMPABLE), 0);
    assert_int_equal(prctl(PR_GET_NO_NEW_PRIVS, 0, 0, 0, 0), 1);
    assert_int_equal(getrlimit(RLIMIT_CORE, &core), 0);
    assert_int_equal(core.rlim_max, 0);
}

int main(void)
{
    const struct CMUnitTest tests[] = {cmocka_unit_test(S_12_threads_have_small_stacks_and_nothing_is_dumped)};
    return cmocka_run_group_tests(tests, NULL, NULL);
}
