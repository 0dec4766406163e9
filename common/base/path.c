/* Comparing of paths. Never fails, never touches a file. */
#include "common/base/path.h"

#include <stddef.h>
#include <string.h>

#define PATH_SIZE 4096

static void path_pop(char *path, size_t *length)
{
    while (*length > 0 && path[--*length] != '/')
        ;
}

/* "/a//./b/../c" becomes "/a/c", and "/" the empty text: never longer than what begins with a slash. */
static void path_plain(const char *path, char plain[PATH_SIZE])
{
    size_t length = 0;

    for (const char *part = path + strspn(path, "/"); *part; part += strspn(part, "/")) {
        size_t count = strcspn(part, "/");
        if (count == 2 && memcmp(part, "..", 2) == 0) {
            path_pop(plain, &length);
        } else if (count != 1 || *part != '.') {
            plain[length++] = '/';
            memcpy(plain + length, part, count);
            length += count;
        }
        part += count;
    }
    plain[length] = '\0';
}

bool path_same(const char *a, const char *b)
{
    char left[PATH_SIZE], right[PATH_SIZE];

    if (a[0] != '/' || b[0] != '/' || strlen(a) >= PATH_SIZE || strlen(b) >= PATH_SIZE)
        return strcmp(a, b) == 0;
    path_plain(a, left);
    path_plain(b, right);
    return strcmp(left, right) == 0;
}
