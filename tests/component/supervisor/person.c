/* Owns the folder and the programs of one test; kills what is left of them. */
#include "tests/component/supervisor/person.h"

#include "common/base/mono.h"
#include <dirent.h>
#include <fcntl.h>
#include <ftw.h>
#include <poll.h>
#include <signal.h>
#include <spawn.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#define OUTPUT_BYTES_MAX (1u << 20)
#define LOOK_MS 10 /* between two looks at a state that nothing announces */

int person_open(void **state)
{
    static const char *const folders[] = {"", "/manifests", "/state", "/run"};
    char path[96];
    struct person *person = calloc(1, sizeof *person);
    assert_non_null(person);
    snprintf(person->folder, sizeof person->folder, "/tmp/sluice-person-XXXXXX");
    assert_non_null(mkdtemp(person->folder));
    for (size_t i = 1; i < sizeof folders / sizeof *folders; i++) {
        snprintf(path, sizeof path, "%s%s", person->folder, folders[i]);
        assert_int_equal(mkdir(path, 0700), 0);
    }
    person_setenv(person, "PATH", "/usr/bin:/bin");
    person_setenv(person, "XDG_STATE_HOME", "%s/state");
    person_setenv(person, "XDG_RUNTIME_DIR", "%s/run");
    *state = person;
    return 0;
}

static int drop(const char *path, const struct stat *status, int type, struct FTW *at)
{
    (void)status, (void)type, (void)at;
    return remove(path);
}

int person_close(void **state)
{
    struct person *person = *state;
    for (unsigned i = 0; i < PROGRAMS_MAX; i++)
        if (person->programs[i].pid) {
            kill(person->programs[i].pid, SIGKILL); /* the kernel ends its children */
            waitpid(person->programs[i].pid, NULL, 0);
        }
    int r = nftw(person->folder, drop, 8, FTW_DEPTH | FTW_PHYS);
    free(person);
    return r;
}

static void with_folder(const struct person *person, const char *text, char *ret, size_t size)
{
    bool below = strncmp(text, "%s", 2) == 0;
    int length = snprintf(ret, size, "%s%s", below ? person->folder : "", below ? text + 2 : text);
    assert_true(length >= 0 && (size_t)length < size);
}

void person_setenv(struct person *person, const char *name, const char *value)
{
    char text[128] = "";
    size_t length = strlen(name), free_row = 8, used = 0;
    for (size_t i = 8; i-- > 0;)
        if (!person->environment[i][0] ||
            (strncmp(person->environment[i], name, length) == 0 && person->environment[i][length] == '=')) {
            person->environment[i][0] = '\0';
            free_row = i;
        }
    assert_true(free_row < 8);
    if (value) {
        with_folder(person, value, text, sizeof text);
        snprintf(person->environment[free_row], sizeof *person->environment, "%s=%s", name, text);
    }
    for (size_t i = 0; i < 8; i++)
        if (person->environment[i][0])
            person->environ[used++] = person->environment[i];
    person->environ[used] = NULL;
}

void person_start(struct person *person, unsigned number, const char *const *arguments)
{
    struct program *program = &person->programs[number];
    char words[8][128], *argv[9];
    size_t count = 0;
    posix_spawn_file_actions_t actions;
    with_folder(person, SUPERVISOR_PROGRAM, words[count], sizeof *words);
    argv[count] = words[count];
    for (count = 1; arguments[count - 1]; count++) {
        with_folder(person, arguments[count - 1], words[count], sizeof *words);
        argv[count] = words[count];
    }
    argv[count] = NULL;
    char output[sizeof program->output];
    snprintf(output, sizeof output, "%s/output-%u", person->folder, number);
    memcpy(program->output, output, sizeof output);
    posix_spawn_file_actions_init(&actions);
    posix_spawn_file_actions_addopen(&actions, 0, "/dev/null", O_RDONLY, 0);
    posix_spawn_file_actions_addopen(&actions, 1, program->output, O_WRONLY | O_CREAT | O_TRUNC | O_APPEND, 0600);
    posix_spawn_file_actions_adddup2(&actions, 1, 2);
    assert_int_equal(posix_spawn(&program->pid, SUPERVISOR_PROGRAM, &actions, NULL, argv, person->environ), 0);
    posix_spawn_file_actions_destroy(&actions);
}

void person_start_usual(struct person *person, unsigned number)
{
    person_start(person, number, (const char *const[]){"--standalone", "%s/manifests", NULL});
}

int person_wait(struct person *person, unsigned number)
{
    struct program *program = &person->programs[number];
    struct mono deadline = mono_after(mono_now(), PERSON_WAIT_MS);
    int status = 0;
    while (waitpid(program->pid, &status, WNOHANG) == 0) {
        assert_false(mono_reached(mono_now(), deadline));
        poll(NULL, 0, LOOK_MS);
    }
    program->pid = 0;
    return WIFEXITED(status) ? WEXITSTATUS(status) : 1000 + WTERMSIG(status);
}

static const char *text_of(const char *path)
{
    static char text[OUTPUT_BYTES_MAX + 1];
    struct buf buf CLEANUP(buf_deinit) = BUF_INIT(OUTPUT_BYTES_MAX);
    text[0] = '\0';
    if (file_read(AT_FDCWD, path, &buf) == 0 && buf.len) {
        memcpy(text, buf.data, buf.len);
        text[buf.len] = '\0';
    }
    return text;
}

const char *person_output(struct person *person, unsigned number) { return text_of(person->programs[number].output); }

static unsigned count_of(const char *text, const char *part)
{
    unsigned count = 0;
    for (; (text = strstr(text, part)); text++)
        count++;
    return count;
}

void person_hears(struct person *person, unsigned number, const char *text, unsigned times)
{
    struct mono deadline = mono_after(mono_now(), PERSON_WAIT_MS);
    while (count_of(person_output(person, number), text) < times) {
        if (mono_reached(mono_now(), deadline))
            fail_msg("'%s' was not said %u times, but:\n%s", text, times, person_output(person, number));
        poll(NULL, 0, LOOK_MS);
    }
}

void person_put(struct person *person, const char *name, const char *text)
{
    char path[160];
    snprintf(path, sizeof path, "%s/%s", person->folder, name);
    assert_int_equal(file_write_atomic(AT_FDCWD, path, text, strlen(text), 0600), 0);
}

const char *person_text(struct person *person, const char *name)
{
    char path[160];
    snprintf(path, sizeof path, "%s/%s", person->folder, name);
    return text_of(path);
}

/* "pid (name) state parent ..." */
static bool read_stat(const char *pid, char ret_name[32], pid_t *ret_parent)
{
    char path[300];
    struct buf text CLEANUP(buf_deinit) = BUF_INIT(4096);
    snprintf(path, sizeof path, "/proc/%s/stat", pid);
    if (file_read(AT_FDCWD, path, &text) != 0)
        return false;
    const char *start = strchr(text.data, '('), *end = strrchr(text.data, ')');
    if (!start || !end)
        return false;
    snprintf(ret_name, 32, "%.*s", (int)(end - start - 1), start + 1);
    *ret_parent = (pid_t)strtol(end + 4, NULL, 10);
    return true;
}

pid_t child_of(pid_t parent, const char *name)
{
    pid_t found = 0;
    DIR *folder = opendir("/proc");
    for (const struct dirent *entry; (entry = readdir(folder));) {
        char own[32];
        pid_t its_parent = 0;
        if (entry->d_name[0] >= '1' && entry->d_name[0] <= '9' && read_stat(entry->d_name, own, &its_parent) &&
            its_parent == parent && strcmp(own, name) == 0)
            found = (pid_t)strtol(entry->d_name, NULL, 10);
    }
    closedir(folder);
    return found;
}

void process_name(pid_t pid, char ret_name[32])
{
    char text[16];
    pid_t parent = 0;
    snprintf(text, sizeof text, "%d", (int)pid);
    assert_true(read_stat(text, ret_name, &parent));
}
