/* Threads decide on one index while it is replaced under them (C-7's counters included). Meant for the thread
 * sanitizer; without it, it still checks every answer. */
#include "common/regex/regex.h"
#include "worker/route/decide.h"
// clang-format off
#include <setjmp.h>
#include <stdarg.h>
#include <cmocka.h>
// clang-format on
#include <pthread.h>
#include <stdio.h>

#define THREADS 4
#define CHANGES 40
#define DECISIONS_PER_INDEX 200

/* The present index, as a worker's link would hold it; a reference is taken under the lock. */
static struct route_index *present;
static pthread_mutex_t present_lock = PTHREAD_MUTEX_INITIALIZER;
static pthread_cond_t round_over = PTHREAD_COND_INITIALIZER;
static unsigned long rounds; /* of all threads */
static bool done;

static void round_count(void)
{
    pthread_mutex_lock(&present_lock);
    rounds++;
    pthread_cond_signal(&round_over);
    pthread_mutex_unlock(&present_lock);
}

/* Until the threads together have ended some rounds more, so that changes really fall into their work. */
static void rounds_await(void)
{
    unsigned long wanted;
    pthread_mutex_lock(&present_lock);
    for (wanted = rounds + THREADS; rounds < wanted;)
        pthread_cond_wait(&round_over, &present_lock);
    pthread_mutex_unlock(&present_lock);
}

static struct route_index *present_get(bool *ret_done)
{
    struct route_index *index;
    pthread_mutex_lock(&present_lock);
    index = route_index_ref(present);
    *ret_done = done;
    pthread_mutex_unlock(&present_lock);
    return index;
}

static void present_put(struct route_index *index, bool last)
{
    struct route_index *old;
    pthread_mutex_lock(&present_lock);
    old = present;
    present = index;
    done = last;
    pthread_mutex_unlock(&present_lock);
    route_index_unref(old);
}

static struct route_index *index_build(const struct route_index *previous, uint64_t generation)
{
    static const char *const patterns[] = {"^x$", "^y[0-9]+$", "^(z|zz)+[ab]", "zz"};
    CLEANUP(route_table_freep) struct route_table *table = NULL;
    struct route_index *index = NULL;
    struct reason why;
    check(route_table_new(generation, &table) == 0);
    for (uint32_t i = 0; i < 4; i++) {
        check(route_table_add_session(table, STR("u"), ROUTE_STEAL, i, &why) == 0);
        check(route_table_add_filter(table, STR("a"), str_of(patterns[i]), &why) == 0);
    }
    check(route_index_build(table, previous, &index, &why) == 0);
    return index;
}

static int taker(const struct route_index *index, struct route_scratch *scratch, const char *value)
{
    struct route_header header = {.name = STR("a"), .value = str_of(value)};
    struct route_decision decision;
    route_decide(index, scratch, &header, 1, mono_now(), &decision);
    return decision.stolen ? (int)decision.steal.session : -1;
}

static void *decide_until_done(void *wrong)
{
    CLEANUP(route_scratch_freep) struct route_scratch *scratch = NULL;
    bool last = false;
    check(route_scratch_new(&scratch) == 0);
    while (!last) {
        CLEANUP(route_index_unrefp) struct route_index *index = present_get(&last);
        struct route_session_health health;
        check(route_scratch_prepare(scratch, index) == 0);
        for (int i = 0; i < DECISIONS_PER_INDEX; i++) {
            *(int *)wrong += taker(index, scratch, "x") != 0;
            *(int *)wrong += taker(index, scratch, "y12") != 1;
            *(int *)wrong +=
                taker(index, scratch, "zzzzzzzzzzzzzzzzzzzzzzzzzzzzzzzzzzzzzzzzzzzzzzzzzzzzzzzzzzz") != 3;
            *(int *)wrong += taker(index, scratch, "q") != -1;
        }
        route_index_session(index, 2, &health);
        *(int *)wrong += health.unevaluated == 0;
        round_count();
    }
    return NULL;
}

static void test_threads_share_an_index_that_changes(void **state)
{
    pthread_t threads[THREADS];
    int wrong[THREADS] = {0};
    struct route_session_health health;
    (void)state;
    present = index_build(NULL, 1);
    for (int i = 0; i < THREADS; i++)
        assert_int_equal(pthread_create(&threads[i], NULL, decide_until_done, &wrong[i]), 0);
    for (uint64_t i = 0; i < CHANGES; i++) {
        rounds_await();
        present_put(index_build(present, 2 + i), i + 1 == CHANGES);
    }
    for (int i = 0; i < THREADS; i++) {
        assert_int_equal(pthread_join(threads[i], NULL), 0);
        assert_int_equal(wrong[i], 0);
    }
    route_index_session(present, 2, &health);
    assert_int_equal(health.quarantined, 1);
    route_index_unref(present);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_threads_share_an_index_that_changes),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
