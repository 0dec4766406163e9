/* See mirrord_config.h. The file may hold what the user's own holds, so only he can read it; it is removed with CMD's end. */
#include "cli/mirrord_config.h"
#include "common/base/fd.h"

#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

enum { CONFIG_BYTES_MAX = 4 << 20, PATH_BYTES_MAX = 4096 };

bool mirrord_is_exec(char *const *argv)
{
    const char *slash = strrchr(argv[0], '/');
    return strcmp(slash ? slash + 1 : argv[0], "mirrord") == 0 && argv[1] && strcmp(argv[1], "exec") == 0;
}

static int override_variables(struct json *feature, const struct json *env)
{
    struct json *environment = NULL, *override = NULL;
    bool on;
    /* false: the client leaves the environment alone, and ours is there already; true: all of it, with ours on top. */
    if (json_bool(json_get(feature, "env"), &on) == 0) {
        if (!on)
            return 0;
        json_delete(feature, "env");
    }
    int r = json_object_at(feature, "env", &environment);
    if (r == 0)
        r = json_object_at(environment, "override", &override);
    for (size_t i = 0; r == 0 && i < json_count(env); i++)
        r = json_set_take(override, json_text(json_get(json_at(env, i), "name")),
                          json_new_str(json_str(json_get(json_at(env, i), "value"))));
    return r;
}

int mirrord_derive(const struct json *document, const struct json *env, struct json **ret)
{
    CLEANUP(json_freep) struct json *derived = NULL;
    struct json *feature = NULL;
    int r = 0;
    if (document)
        r = json_dup(document, &derived);
    else if (!(derived = json_new_object()))
        r = -ENOMEM;
    if (r == 0)
        r = json_set_bool(derived, "operator", false);
    if (r == 0)
        r = json_object_at(derived, "feature", &feature);
    if (r == 0) {
        json_delete(feature, "split_queues");
        r = override_variables(feature, env);
    }
    if (r == 0)
        *ret = TAKE(derived);
    return r;
}

/* A new file that only the user can read. */
static int write_private(struct str text, char **ret_path)
{
    const char *runtime = getenv("XDG_RUNTIME_DIR"), *temporary = getenv("TMPDIR");
    const char *folder = runtime && runtime[0] ? runtime : temporary && temporary[0] ? temporary : "/tmp";
    CLEANUP(buf_deinit) struct buf path = BUF_INIT(PATH_BYTES_MAX);
    int r = buf_printf(&path, "%s/sluice-mirrord-XXXXXX.json", folder);
    if (r < 0)
        return r;
    CLEANUP(fd_closep) int fd = mkostemps(path.data, (int)strlen(".json"), O_CLOEXEC); /* mode 0600 */
    if (fd < 0)
        return -errno;
    r = fd_write_all(fd, text.data, text.len);
    if (r == 0)
        r = buf_take(&path, ret_path);
    if (r < 0)
        unlink(path.data);
    return r;
}

/* Index of the command's own option for a file, and where its value stands; 0: there is none. */
static size_t option_find(char *const *argv, const char **ret_value)
{
    static const char *const names[] = {"-f", "--config-file"};
    for (size_t i = 2; argv[i] && strcmp(argv[i], "--") != 0; i++)
        for (size_t n = 0; n < 2; n++) {
            struct str name = str_of(names[n]);
            if (!str_starts_with(str_of(argv[i]), name))
                continue;
            const char *rest = argv[i] + name.len;
            *ret_value = rest[0] == '=' ? rest + 1 : n == 0 && rest[0] ? rest : argv[i + 1];
            if (rest[0] == '\0' || rest[0] == '=' || n == 0)
                return i;
        }
    return 0;
}

/* argv with "-f path" after "mirrord exec" and without the option that stood there. */
static int argv_build(char *const *argv, size_t option, char *path, char ***ret)
{
    static char flag[] = "-f";
    size_t count = 0, used = 0;
    while (argv[count])
        count++;
    char **built = calloc(count + 3, sizeof *built);
    if (!built)
        return -ENOMEM;
    for (size_t i = 0; i < count; i++) {
        bool separate = strcmp(argv[i], "-f") == 0 || strcmp(argv[i], "--config-file") == 0;
        if (option != 0 && i == option) {
            i += separate && argv[i + 1] ? 1 : 0;
            continue;
        }
        built[used++] = argv[i];
        if (i == 1) {
            built[used++] = flag;
            built[used++] = path;
        }
    }
    *ret = built;
    return 0;
}

static int derived_text(const struct json *document, const struct json *env, struct buf *text)
{
    CLEANUP(json_freep) struct json *derived = NULL;
    int r = mirrord_derive(document, env, &derived);
    return r == 0 ? json_write(derived, JSON_PRETTY, text) : r;
}

int mirrord_command_new(char *const *argv, const struct client_file *file, const struct json *env,
                        struct mirrord_command *ret, struct reason *why)
{
    CLEANUP(client_file_deinit) struct client_file own = {.queues = NULL};
    CLEANUP(mirrord_command_deinit) struct mirrord_command command = {.path = NULL};
    CLEANUP(buf_deinit) struct buf text = BUF_INIT(CONFIG_BYTES_MAX);
    const char *own_path = NULL;
    size_t option = option_find(argv, &own_path);
    int r = option && own_path ? client_file_read(own_path, &own, why) : 0;
    if (r == 0)
        r = derived_text(own.document ? own.document : file->document, env, &text);
    if (r == 0)
        r = write_private(buf_str(&text), &command.path);
    if (r == 0)
        r = argv_build(argv, option, command.path, &command.argv);
    if (r != 0)
        return r;
    *ret = command;
    command = (struct mirrord_command){.path = NULL};
    return 0;
}

void mirrord_command_deinit(struct mirrord_command *command)
{
    if (command->path)
        unlink(command->path);
    free(command->path);
    free(command->argv);
    *command = (struct mirrord_command){.path = NULL};
}
