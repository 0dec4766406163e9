/* Folders and socket paths derived from DIR and the environment (docs/standalone.md). */
#include "supervisor/main/place.h"
#include "tests/unit/cmocka_all.h"

#include <ftw.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <unistd.h>

static char folder[64], dir[96], hash[17];

static void in_folder(const char *name, const char *below)
{
    char path[128];
    snprintf(path, sizeof path, "%s/%s", folder, below);
    assert_int_equal(setenv(name, path, 1), 0);
}

static int begin(void **state)
{
    static const char *const names[] = {"STATE_DIRECTORY", "RUNTIME_DIRECTORY", "LOGS_DIRECTORY", "XDG_STATE_HOME"};
    (void)state;
    snprintf(folder, sizeof folder, "/tmp/sluice-place-XXXXXX");
    assert_non_null(mkdtemp(folder));
    snprintf(dir, sizeof dir, "%s/manifests", folder);
    assert_int_equal(mkdir(dir, 0700), 0);
    for (size_t i = 0; i < sizeof names / sizeof *names; i++)
        unsetenv(names[i]);
    in_folder("HOME", "home");
    in_folder("XDG_RUNTIME_DIR", "run");
    return 0;
}

static int drop(const char *path, const struct stat *status, int type, struct FTW *at)
{
    (void)status, (void)type, (void)at;
    return remove(path);
}

static int end(void **state)
{
    (void)state;
    return nftw(folder, drop, 8, FTW_DEPTH | FTW_PHYS);
}

static void open_place(struct place *place)
{
    struct reason why = {.text = ""};
    if (place_open(dir, place, &why) != 0)
        fail_msg("%s", why.text);
    const char *slash = strrchr(place->state, '/');
    snprintf(hash, sizeof hash, "%s", slash + 1);
}

static void assert_path(const char *path, const char *format, ...) __attribute__((format(printf, 2, 3)));
static void assert_path(const char *path, const char *format, ...)
{
    char wanted[PLACE_PATH_SIZE], below[256];
    va_list arguments;
    va_start(arguments, format);
    vsnprintf(below, sizeof below, format, arguments);
    va_end(arguments);
    snprintf(wanted, sizeof wanted, "%s%s", folder, below);
    assert_string_equal(path, wanted);
}

static void without_a_service_manager_all_lies_below_the_home(void **state)
{
    struct place place;
    (void)state;
    open_place(&place);
    assert_int_equal(strlen(hash), 16);
    assert_path(place.state, "/home/.local/state/sluice/%s", hash);
    assert_path(place.logs, "/home/.local/state/sluice/%s/logs", hash);
    assert_path(place.runtime, "/run/sluice-%u/%s", (unsigned)geteuid(), hash);
    assert_path(place.api_socket, "/run/sluice-%u/%s/api.sock", (unsigned)geteuid(), hash);
    place_close(&place);
    in_folder("XDG_STATE_HOME", "elsewhere");
    open_place(&place);
    assert_path(place.state, "/elsewhere/sluice/%s", hash);
    place_close(&place);
}

static void a_service_manager_names_the_folders(void **state)
{
    struct place place;
    (void)state;
    in_folder("STATE_DIRECTORY", "s");
    in_folder("RUNTIME_DIRECTORY", "r");
    in_folder("LOGS_DIRECTORY", "l");
    open_place(&place);
    assert_path(place.state, "/s");
    assert_path(place.runtime, "/r");
    assert_path(place.logs, "/l");
    assert_path(place.api_socket, "/r/api.sock");
    place_close(&place);
}

static void one_folder_under_two_names_is_one_place(void **state)
{
    struct place place, other;
    struct reason why;
    char link[96], before[17];
    (void)state;
    open_place(&place);
    memcpy(before, hash, sizeof before);
    snprintf(link, sizeof link, "%s/link", folder);
    assert_int_equal(symlink(dir, link), 0);
    assert_int_equal(place_open(link, &other, &why), PLACE_LOCKED);
    assert_int_equal(why.code, REASON_STATE_LOCKED);
    assert_non_null(strstr(why.text, before));
    place_close(&place);
    assert_int_equal(place_open(link, &other, &why), 0); /* the lock is gone with its holder */
    place_close(&other);
}

static void a_path_that_is_too_long_is_refused(void **state)
{
    struct place place;
    struct reason why;
    char below[450];
    (void)state;
    memset(below, 'x', sizeof below - 1);
    below[sizeof below - 1] = '\0';
    for (size_t i = 100; i < sizeof below - 1; i += 100)
        below[i] = '/';
    char path[600];
    snprintf(path, sizeof path, "%s/%s", folder, below);
    setenv("STATE_DIRECTORY", path, 1);
    assert_int_equal(place_open(dir, &place, &why), PLACE_STATE);
    assert_non_null(strstr(why.text, "File name too long"));
}

#define PLACE_TEST(name) cmocka_unit_test_setup_teardown(name, begin, end)
int main(void)
{
    const struct CMUnitTest tests[] = {
        PLACE_TEST(without_a_service_manager_all_lies_below_the_home),
        PLACE_TEST(a_service_manager_names_the_folders),
        PLACE_TEST(one_folder_under_two_names_is_one_place),
        PLACE_TEST(a_path_that_is_too_long_is_refused),
    };
    return cmocka_run_group_tests_name("place", tests, NULL, NULL);
}
