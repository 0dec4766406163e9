/* Keys that stand in the shared credentials file, or the shared config file. Read with each fetch, so that a file that was changed
 * counts as soon as its old keys are refused. */
#include "common/aws/profile_file.h"
#include "common/aws/provider.h"
#include "common/base/fd.h"

#include <fcntl.h>
#include <limits.h>
#include <stdio.h>
#include <string.h>

struct place {
    const char *variable, *at_home;
    bool config;
};
static const struct place places[] = {
    {"AWS_SHARED_CREDENTIALS_FILE", "/.aws/credentials", false},
    {"AWS_CONFIG_FILE", "/.aws/config", true},
};
enum { PLACES = sizeof places / sizeof *places };

/* "": nowhere. */
static void path_of(const struct aws_fetch *fetch, const struct place *place, char path[PATH_MAX])
{
    const char *given = aws_fetch_variable(fetch, place->variable), *home = aws_fetch_variable(fetch, "HOME");
    int len =
        given[0] ? snprintf(path, PATH_MAX, "%s", given) : snprintf(path, PATH_MAX, "%s%s", home, place->at_home);

    if ((!given[0] && !home[0]) || len >= PATH_MAX)
        path[0] = '\0';
}

/* A file that nobody named need not be there. */
static int read_file(struct aws_fetch *fetch, const struct place *place, struct buf *text)
{
    char path[PATH_MAX];

    path_of(fetch, place, path);
    int r = path[0] ? file_read(AT_FDCWD, path, text) : -ENOENT;
    if (r == 0 || r == -ENOMEM || !aws_fetch_variable(fetch, place->variable)[0])
        return r == -ENOMEM ? r : 0;
    return aws_fetch_say(fetch, AWS_FETCH_FAILED, "%s, which %s names, cannot be read: %s", path, place->variable,
                         strerror(-r));
}

static int judge(struct aws_fetch *fetch, const char *name, bool named, const struct aws_profile *profile)
{
    const struct aws_keys keys = {profile->id, profile->secret, profile->token};

    if (profile->id.len > 0 || profile->secret.len > 0)
        return aws_fetch_found(fetch, &keys, 0);
    if (profile->other.len > 0)
        return aws_fetch_say(fetch, AWS_FETCH_FAILED, "%s in profile '%s' is not supported", profile->other.data,
                             name);
    if (named)
        return aws_fetch_say(fetch, AWS_FETCH_FAILED, "profile '%s' %s", name,
                             profile->found ? "has no keys" : "does not exist");
    return aws_fetch_say(fetch, AWS_FETCH_ABSENT, "there is no shared credentials file with a profile '%s'", name);
}

static int start(struct aws_fetch *fetch, void **state)
{
    const char *given = aws_fetch_variable(fetch, "AWS_PROFILE"), *name = given[0] ? given : "default";
    struct buf texts[PLACES] = {BUF_SECRET_INIT(AWS_PROFILE_FILE_BYTES_MAX),
                                BUF_SECRET_INIT(AWS_PROFILE_FILE_BYTES_MAX)};
    struct aws_profile profile = {.found = false};
    int r = 0;

    (void)state;
    for (size_t i = 0; r == 0 && i < PLACES; i++) {
        r = read_file(fetch, &places[i], &texts[i]);
        if (r == 0)
            aws_profile_read(buf_str(&texts[i]), str_of(name), places[i].config, &profile);
    }
    if (r == 0)
        r = judge(fetch, name, given[0] != '\0', &profile);
    for (size_t i = 0; i < PLACES; i++)
        buf_deinit(&texts[i]);
    return r;
}

const struct aws_provider aws_provider_profile = {.name = "profile", .start = start};
