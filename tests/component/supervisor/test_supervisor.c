/* The supervisor as a person meets it: what it becomes, what it refuses and how it says so, how it ends and comes back
 * (docs/standalone.md). */
#include "tests/component/supervisor/person.h"

#include "common/base/mono.h"
#include <poll.h>
#include <signal.h>
#include <stdio.h>
#include <sys/stat.h>
#include <unistd.h>

#define IS_UP "the supervisor is up"
#define SUPERVISOR_NAME "sluice-supervis" /* the kernel keeps 15 bytes */

static struct person *begin(void **state)
{
    struct person *person = *state;
    person_start_usual(person, 0);
    person_hears(person, 0, IS_UP, 1);
    return person;
}

static void assert_refused(struct person *person, int code, const char *says)
{
    person_start_usual(person, 1);
    assert_int_equal(person_wait(person, 1), code);
    if (!strstr(person_output(person, 1), says))
        fail_msg("'%s' was not said, but:\n%s", says, person_output(person, 1));
}

static void wrong_options_say_what_is_missing(void **state)
{
    struct person *person = *state;
    person_start(person, 0, (const char *const[]){NULL});
    assert_int_equal(person_wait(person, 0), 2);
    assert_non_null(strstr(person_output(person, 0), "--standalone DIR"));
    person_start(person, 0, (const char *const[]){"--standalone", "%s/manifests", "--none", NULL});
    assert_int_equal(person_wait(person, 0), 2);
    assert_non_null(strstr(person_output(person, 0), "--none"));
    person_start(person, 0, (const char *const[]){"--help", NULL});
    assert_int_equal(person_wait(person, 0), 0);
    assert_non_null(strstr(person_output(person, 0), "Exit codes"));
}

static void a_folder_that_is_not_there_is_refused_by_name(void **state)
{
    struct person *person = *state;
    person_start(person, 0, (const char *const[]){"--standalone", "%s/none", NULL});
    assert_int_equal(person_wait(person, 0), 3);
    assert_non_null(strstr(person_output(person, 0), "/none: No such file"));
    assert_non_null(strstr(person_output(person, 0), "ManifestUnreadable"));
}

static void a_folder_that_others_can_write_is_refused(void **state)
{
    struct person *person = *state;
    char path[96];
    snprintf(path, sizeof path, "%s/manifests", person->folder);
    assert_int_equal(chmod(path, 0777), 0);
    assert_refused(person, 3, "FolderUnsafe");
    assert_non_null(strstr(person_output(person, 1), "take away the write permission"));
}

static void a_wrong_setting_is_refused(void **state)
{
    struct person *person = *state;
    person_setenv(person, "OPERATOR_MAX_SPLITS", "many");
    assert_refused(person, 3, "OPERATOR_MAX_SPLITS");
}

static void a_misspelt_setting_is_told_with_the_nearest(void **state)
{
    struct person *person = *state;
    person_setenv(person, "OPERATOR_MAX_SPLIT", "3");
    begin(state);
    person_hears(person, 0, "OPERATOR_MAX_SPLIT is no setting; the nearest is OPERATOR_MAX_SPLITS", 1);
}

static void a_second_supervisor_of_one_folder_is_refused_and_the_first_lives_on(void **state)
{
    struct person *person = begin(state);
    pid_t supervisor = child_of(person->programs[0].pid, SUPERVISOR_NAME);
    assert_refused(person, 4, "StateLocked");
    assert_non_null(strstr(person_output(person, 1), "Stop the other supervisor"));
    assert_int_equal(child_of(person->programs[0].pid, SUPERVISOR_NAME), supervisor);
}

static void a_state_folder_that_cannot_be_made_is_refused_by_name(void **state)
{
    struct person *person = *state;
    person_setenv(person, "STATE_DIRECTORY", "/dev/null/state");
    assert_refused(person, 5, "/dev/null/state: Not a directory");
    person_setenv(person, "STATE_DIRECTORY", NULL);
    person_setenv(person, "XDG_STATE_HOME", NULL);
    assert_refused(person, 5, "none of STATE_DIRECTORY, XDG_STATE_HOME and HOME");
}

static void a_damaged_record_is_named_with_its_folder_and_the_way_out(void **state)
{
    struct person *person = *state;
    char says[160];
    person_setenv(person, "STATE_DIRECTORY", "%s/state");
    person_put(person, "state/QueueSplit.default.x.json", "{\"apiVersion\":");
    snprintf(says, sizeof says, "%s/state: state file QueueSplit.default.x.json, line 1", person->folder);
    assert_refused(person, 5, says);
    assert_non_null(strstr(person_output(person, 1), "StateDamaged"));
    assert_non_null(strstr(person_output(person, 1), "Put the file back from a copy"));
}

static void W_1_a_damaged_record_of_a_service_is_named_with_its_folder(void **state)
{
    static const char *const damaged[] = {
        "", "{\"uid\":\"u\",\"cont", "{\"uid\":\"u\"}",
        "{\"uid\":\"u\",\"content\":\"\",\"own\":{\"containers\":[{\"name\":\"main\"}]}}"};
    struct person *person = *state;
    char says[160];
    person_setenv(person, "STATE_DIRECTORY", "%s/state");
    snprintf(says, sizeof says, "%s/state: state file target.default.shop.json", person->folder);
    for (size_t i = 0; i < sizeof damaged / sizeof *damaged; i++) {
        person_put(person, "state/target.default.shop.json", damaged[i]);
        assert_refused(person, 5, says);
        assert_non_null(strstr(person_output(person, 1), "StateDamaged"));
    }
}

static void S_13_a_folder_that_others_could_swap_is_refused(void **state)
{
    struct person *person = *state;
    char path[96], shared[96];
    snprintf(path, sizeof path, "%s/state", person->folder);
    assert_int_equal(chmod(path, 0777), 0);
    person_setenv(person, "STATE_DIRECTORY", "%s/state");
    assert_refused(person, 5, "/state: it is not a folder of the supervisor's user that others cannot write");
    assert_non_null(strstr(person_output(person, 1), "FolderUnsafe"));
    assert_non_null(strstr(person_output(person, 1), "chmod go-w"));
    assert_int_equal(chmod(path, 0700), 0);
    snprintf(shared, sizeof shared, "%s/run/sluice-%u", person->folder, (unsigned)geteuid());
    assert_int_equal(symlink("/tmp", shared), 0);
    assert_refused(person, 5, shared);
    assert_int_equal(unlink(shared), 0);
    assert_int_equal(mkdir(shared, 0700), 0);
    assert_int_equal(chmod(shared, 0777), 0);
    assert_refused(person, 5, shared);
}

static void S_13_the_folder_of_the_sockets_is_ours_alone(void **state)
{
    struct person *person = *state;
    char path[96];
    struct stat status;
    person_setenv(person, "RUNTIME_DIRECTORY", "%s/run");
    snprintf(path, sizeof path, "%s/run/ipc", person->folder);
    assert_int_equal(mkdir(path, 0755), 0);
    begin(state);
    assert_int_equal(stat(path, &status), 0);
    assert_int_equal(status.st_mode & 0777, 0700);
}

static void started_by_a_person_it_becomes_the_guardian(void **state)
{
    struct person *person = begin(state);
    char name[32];
    process_name(person->programs[0].pid, name);
    assert_string_equal(name, "sluice-guardian");
    assert_true(child_of(person->programs[0].pid, SUPERVISOR_NAME) > 0);
}

static void SIGTERM_ends_everything_in_order(void **state)
{
    struct person *person = begin(state);
    pid_t supervisor = child_of(person->programs[0].pid, SUPERVISOR_NAME);
    assert_int_equal(kill(person->programs[0].pid, SIGTERM), 0);
    assert_int_equal(person_wait(person, 0), 0);
    assert_non_null(strstr(person_output(person, 0), "stopping in order"));
    assert_int_equal(kill(supervisor, 0), -1);
    person_start_usual(person, 0); /* nothing of it stands in the way of the next */
    person_hears(person, 0, IS_UP, 1);
}

#define STOPPED "the supervisor before this one was stopped in order"
#define CRASHED "the supervisor before this one did not end in order"

static void a_stop_and_a_crash_are_told_apart_by_the_next_start(void **state)
{
    struct person *person = begin(state);
    assert_null(strstr(person_output(person, 0), "the supervisor before this one")); /* the first one here */
    assert_int_equal(kill(person->programs[0].pid, SIGTERM), 0);
    assert_int_equal(person_wait(person, 0), 0);
    begin(state);
    assert_non_null(strstr(person_output(person, 0), STOPPED));
    assert_int_equal(kill(child_of(person->programs[0].pid, SUPERVISOR_NAME), SIGKILL), 0);
    person_hears(person, 0, CRASHED, 1);
    person_hears(person, 0, IS_UP, 2);
    assert_int_equal(kill(person->programs[0].pid, SIGKILL), 0);
    assert_int_equal(person_wait(person, 0), 1000 + SIGKILL);
    begin(state);
    assert_non_null(strstr(person_output(person, 0), CRASHED));
    assert_null(strstr(person_output(person, 0), STOPPED));
}

static bool is_gone(pid_t pid)
{
    struct mono deadline = mono_after(mono_now(), PERSON_WAIT_MS);
    while (kill(pid, 0) == 0 && !mono_reached(mono_now(), deadline))
        poll(NULL, 0, 10);
    return kill(pid, 0) == -1;
}

static void the_death_of_the_guardian_ends_everything_too(void **state)
{
    struct person *person = begin(state);
    pid_t supervisor = child_of(person->programs[0].pid, SUPERVISOR_NAME);
    assert_int_equal(kill(person->programs[0].pid, SIGKILL), 0);
    assert_int_equal(person_wait(person, 0), 1000 + SIGKILL);
    assert_true(is_gone(supervisor));
    person_start_usual(person, 0);
    person_hears(person, 0, IS_UP, 1);
}

#define MANIFEST                                                                                          \
    "apiVersion: sluice.dev/v1alpha1\nkind: LocalService\nmetadata: {name: shop}\nspec:\n  containers:\n" \
    "  - {name: app, envFile: %s/env, env: [{name: TOPIC, value: orders}]}\n"                             \
    "  restart: [sh, -c, 'echo run >>%s/runs']\n"

static void put_service(struct person *person)
{
    char text[1024];
    snprintf(text, sizeof text, MANIFEST, person->folder, person->folder);
    person_put(person, "manifests/shop.yaml", text);
}

static void a_supervisor_that_is_killed_is_started_again_and_restarts_nothing(void **state)
{
    struct person *person = *state;
    put_service(person);
    begin(state);
    person_hears(person, 0, "a service runs as wanted", 1);
    assert_string_equal(person_text(person, "env"), "TOPIC=\"orders\"\n");
    assert_string_equal(person_text(person, "runs"), "run\n");
    pid_t first = child_of(person->programs[0].pid, SUPERVISOR_NAME);
    assert_int_equal(kill(first, SIGKILL), 0);
    person_hears(person, 0, IS_UP, 2);
    person_hears(person, 0, "a service runs as wanted", 2);
    assert_int_not_equal(child_of(person->programs[0].pid, SUPERVISOR_NAME), first);
    assert_string_equal(person_text(person, "runs"), "run\n");
}

/* It was told to end, and whoever inherits it has to take its status. */
static void expect_gone(pid_t pid)
{
    struct mono deadline = mono_after(mono_now(), PERSON_WAIT_MS);
    while (kill(pid, 0) == 0) {
        assert_false(mono_reached(mono_now(), deadline));
        poll(NULL, 0, 10);
    }
}

/* The command gets SIGTERM with the rest; what it left half done is done again. */
static void a_stop_during_a_restart_command_is_made_good_by_the_next_start(void **state)
{
    struct person *person = begin(state);
    char text[1024];
    snprintf(text, sizeof text, MANIFEST, person->folder, person->folder);
    char *command = strstr(text, "echo run");
    snprintf(command, sizeof text - (size_t)(command - text), "echo run >>%s/runs; exec sleep 1000']\n",
             person->folder);
    person_put(person, "manifests/shop.yaml", text);
    struct mono deadline = mono_after(mono_now(), PERSON_WAIT_MS);
    while (strcmp(person_text(person, "runs"), "run\n") != 0) {
        assert_false(mono_reached(mono_now(), deadline));
        poll(NULL, 0, 10);
    }
    pid_t sleeping = child_of(person->programs[0].pid, "sleep");
    assert_true(sleeping > 0);
    assert_int_equal(kill(person->programs[0].pid, SIGTERM), 0);
    assert_int_equal(person_wait(person, 0), 0);
    expect_gone(sleeping);
    put_service(person);
    begin(state);
    person_hears(person, 0, "a service runs as wanted", 1);
    assert_string_equal(person_text(person, "runs"), "run\nrun\n");
}

static void a_service_that_appears_later_is_taken_in(void **state)
{
    struct person *person = begin(state);
    put_service(person);
    person_hears(person, 0, "a service runs as wanted", 1);
    assert_string_equal(person_text(person, "runs"), "run\n");
}

#define PERSON_TEST(name) cmocka_unit_test_setup_teardown(name, person_open, person_close)
int main(void)
{
    const struct CMUnitTest tests[] = {
        PERSON_TEST(wrong_options_say_what_is_missing),
        PERSON_TEST(a_folder_that_is_not_there_is_refused_by_name),
        PERSON_TEST(a_folder_that_others_can_write_is_refused),
        PERSON_TEST(a_wrong_setting_is_refused),
        PERSON_TEST(a_misspelt_setting_is_told_with_the_nearest),
        PERSON_TEST(a_second_supervisor_of_one_folder_is_refused_and_the_first_lives_on),
        PERSON_TEST(a_state_folder_that_cannot_be_made_is_refused_by_name),
        PERSON_TEST(a_damaged_record_is_named_with_its_folder_and_the_way_out),
        PERSON_TEST(W_1_a_damaged_record_of_a_service_is_named_with_its_folder),
        PERSON_TEST(S_13_a_folder_that_others_could_swap_is_refused),
        PERSON_TEST(S_13_the_folder_of_the_sockets_is_ours_alone),
        PERSON_TEST(started_by_a_person_it_becomes_the_guardian),
        PERSON_TEST(SIGTERM_ends_everything_in_order),
        PERSON_TEST(a_stop_and_a_crash_are_told_apart_by_the_next_start),
        PERSON_TEST(the_death_of_the_guardian_ends_everything_too),
        PERSON_TEST(a_stop_during_a_restart_command_is_made_good_by_the_next_start),
        PERSON_TEST(a_supervisor_that_is_killed_is_started_again_and_restarts_nothing),
        PERSON_TEST(a_service_that_appears_later_is_taken_in),
    };
    return cmocka_run_group_tests_name("supervisor", tests, NULL, NULL);
}
