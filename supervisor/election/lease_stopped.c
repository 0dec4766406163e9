/* The list of those that have no worker left, as text in an annotation. Cannot fail: what does not fit is left out. */
#include "supervisor/election/lease.h"

#include <string.h>

/* The next of a list, and what is behind it. False at its end. */
static bool take_next(const char **list, struct str *ret)
{
    const char *from = *list + strspn(*list, " ");
    *ret = (struct str){from, strcspn(from, " ")};
    *list = from + ret->len;
    return ret->len > 0;
}

bool lease_is_stopped(const struct lease_record *record, const char *identity)
{
    const char *list = record->stopped;
    struct str one;
    while (take_next(&list, &one))
        if (str_equal(one, str_of(identity)))
            return true;
    return false;
}

static void append(char list[LEASE_STOPPED_SIZE], struct str identity)
{
    size_t length = strlen(list), space = length > 0;
    if (length + space + identity.len >= LEASE_STOPPED_SIZE)
        return;
    if (space)
        list[length] = ' ';
    memcpy(list + length + space, identity.data, identity.len);
    list[length + space + identity.len] = '\0';
}

void lease_stopped_set(struct lease_record *record, const char *identity, bool stopped)
{
    char made[LEASE_STOPPED_SIZE] = "";
    const char *list = record->stopped;
    struct str one;
    if (stopped)
        append(made, str_of(identity));
    while (take_next(&list, &one))
        if (!str_equal(one, str_of(identity)))
            append(made, one);
    memcpy(record->stopped, made, sizeof made);
}

/* Half an identity could be another's. */
void lease_stopped_read(struct str text, struct lease_record *record)
{
    str_copy_cut(record->stopped, sizeof record->stopped, text);
    size_t length = strlen(record->stopped);
    if (length == text.len)
        return;
    const char *last = strrchr(record->stopped, ' ');
    record->stopped[last ? (size_t)(last - record->stopped) : 0] = '\0';
}
