/* What the Kafka engine keeps of records, temps and sessions, when there is no memory for it: told, with nothing half kept. */
#include "tests/unit/alloc_fail.h"
#include "tests/unit/cmocka_all.h"

#include "worker/kafka/converge.h"
#include "worker/kafka/override.h"
#include <stdio.h>

enum { MANY = 40 }; /* so that tables grow, too */

static int raise_overrides(void *unused)
{
    struct overrides overrides = {.entries = NULL};
    int64_t offset = 0;
    int r = 0;

    (void)unused;
    for (; r == 0 && offset < MANY; offset++)
        r = overrides_raise(&overrides, 1, offset);
    assert_int_equal(overrides_count(&overrides), r ? offset - 1 : MANY);
    if (r)
        assert_int_equal(overrides_find(&overrides, 1, offset - 1), OVERRIDE_NONE);
    overrides_deinit(&overrides);
    return r;
}

static void records_that_were_refused(void **state)
{
    (void)state;
    assert_true(alloc_fail_each(raise_overrides, NULL) > MANY);
}

static int sync_temps(void *unused)
{
    static struct worker_temp wanted[MANY];
    struct worker_table table = {.temps = wanted, .temp_count = MANY};
    struct converge converge = {.table = &table};

    (void)unused;
    for (int i = 0; i < MANY; i++)
        snprintf(wanted[i].name, sizeof wanted[i].name, "temp-%d", i);
    int r = temps_sync(&converge);
    for (int i = 0; r == 0 && i < MANY; i++)
        assert_non_null(temps_find(&converge, wanted[i].name));
    table.temp_count = 0;
    assert_int_equal(temps_sync(&converge), 0);
    assert_null(converge.temps);
    return r;
}

static void temps_of_a_table(void **state)
{
    (void)state;
    assert_true(alloc_fail_each(sync_temps, NULL) > MANY);
}

/* Sessions without memory are in the total alone. */
static int count_sessions(void *unused)
{
    const struct figures one = {.received = 1, .delivered = 1};
    struct tally tally;
    char uid[16];

    (void)unused;
    tally_init(&tally);
    for (int i = 0; i < MANY; i++) {
        snprintf(uid, sizeof uid, "uid-%d", i);
        tally_session(&tally, uid, &one);
        tally_split(&tally, &one);
    }
    assert_int_equal(tally.split.received, MANY);
    tally_deinit(&tally);
    return 0;
}

static void totals_of_sessions(void **state)
{
    size_t n = 0;
    int r;

    (void)state;
    while (alloc_fail_at(n, count_sessions, NULL, &r))
        n++;
    assert_true(n > MANY);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(records_that_were_refused),
        cmocka_unit_test(temps_of_a_table),
        cmocka_unit_test(totals_of_sessions),
    };

    return cmocka_run_group_tests_name("kafka_memory", tests, NULL, NULL);
}
