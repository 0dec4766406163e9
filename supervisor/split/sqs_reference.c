/* Reading of names, URLs and ARNs of SQS queues. Pure; refuses what names no queue. */
#include "supervisor/split/sqs_reference.h"

#include <ctype.h>

#define ACCOUNT_DIGITS 12
#define ARN_PARTS 6 /* arn:partition:sqs:region:account:name */

bool sqs_name_is_valid(struct str name)
{
    struct str plain = name;
    if (str_ends_with(plain, STR(SQS_FIFO)))
        plain.len -= STR(SQS_FIFO).len;
    for (size_t i = 0; i < plain.len; i++)
        if (!isalnum((unsigned char)plain.data[i]) && plain.data[i] != '-' && plain.data[i] != '_')
            return false;
    return plain.len > 0 && name.len <= SQS_NAME_MAX;
}

static bool is_account(struct str text)
{
    for (size_t i = 0; i < text.len; i++)
        if (!isdigit((unsigned char)text.data[i]))
            return false;
    return text.len == ACCOUNT_DIGITS;
}

/* Letters, digits and '-', with a '-' in it: "eu-north-1". */
static bool is_region(struct str text)
{
    bool dash = false;
    for (size_t i = 0; i < text.len; i++) {
        if (!isalnum((unsigned char)text.data[i]) && text.data[i] != '-')
            return false;
        dash = dash || text.data[i] == '-';
    }
    return dash;
}

/* What stands before the next separator, which is taken off *rest too; at the end everything. */
static struct str next_part(struct str *rest, char separator)
{
    const char *at = rest->len ? memchr(rest->data, separator, rest->len) : NULL;
    struct str part = {rest->data, at ? (size_t)(at - rest->data) : rest->len};
    size_t used = part.len + (at != NULL);
    *rest = (struct str){rest->data + used, rest->len - used};
    return part;
}

/* The last part, with what is before it left in *rest. */
static struct str last_part(struct str *rest, char separator)
{
    size_t start = rest->len;
    while (start > 0 && rest->data[start - 1] != separator)
        start--;
    struct str part = {rest->data + start, rest->len - start};
    rest->len = start ? start - 1 : 0;
    return part;
}

static int set(struct arena *arena, struct str name, struct str account, struct str region, struct str url,
               struct sqs_reference *ret)
{
    struct sqs_reference reference = {.name = ""};
    if (!sqs_name_is_valid(name))
        return SQS_REFERENCE_REFUSED;
    int r = arena_str(arena, name, &reference.name);
    if (r == 0)
        r = arena_str(arena, account, &reference.account);
    if (r == 0)
        r = arena_str(arena, region, &reference.region);
    if (r == 0)
        r = arena_str(arena, url, &reference.url);
    if (r == 0)
        *ret = reference;
    return r;
}

static int parse_arn(struct str text, struct arena *arena, struct sqs_reference *ret)
{
    struct str parts[ARN_PARTS], rest = text;
    for (size_t i = 0; i + 1 < ARN_PARTS; i++)
        parts[i] = next_part(&rest, ':');
    parts[ARN_PARTS - 1] = rest;
    if (!str_equal(parts[2], STR("sqs")) || !parts[3].len || !is_account(parts[4]))
        return SQS_REFERENCE_REFUSED;
    return set(arena, parts[5], parts[4], parts[3], STR(""), ret);
}

/* sqs.REGION.amazonaws.com, REGION.queue.amazonaws.com, vpce-1.sqs.REGION.vpce.amazonaws.com, sqs.REGION.localhost...; the oldest
 * form, queue.amazonaws.com, is of us-east-1. */
static struct str region_of_host(struct str host)
{
    struct str rest = host, before = STR(""), part = STR("");
    if (str_equal(host, STR("queue.amazonaws.com")))
        return STR("us-east-1");
    while (rest.len) {
        before = part;
        part = next_part(&rest, '.');
        if (is_region(part) && (str_equal(before, STR("sqs")) || str_equal(before, STR("sqs-fips"))))
            return part;
        if (str_equal(part, STR("queue")) && is_region(before))
            return before;
    }
    return STR("");
}

static int parse_url(struct str text, size_t scheme, struct arena *arena, struct sqs_reference *ret)
{
    struct str rest = {text.data + scheme, text.len - scheme};
    struct str host = next_part(&rest, '/');
    struct str name = last_part(&rest, '/');
    struct str account = last_part(&rest, '/');
    const char *port = host.len ? memchr(host.data, ':', host.len) : NULL;
    /* A password has no place in the URL of a queue, and would be copied into the record. */
    if (!host.len || memchr(host.data, '@', host.len))
        return SQS_REFERENCE_REFUSED;
    if (port && host.data[0] != '[')
        host.len = (size_t)(port - host.data);
    struct str region = region_of_host(host), in_path = last_part(&rest, '/');
    if (!region.len && is_region(in_path)) /* emulators: host/queue/REGION/ACCOUNT/NAME */
        region = in_path;
    return set(arena, name, is_account(account) ? account : STR(""), region, text, ret);
}

int sqs_reference_parse(struct str text, struct arena *arena, struct sqs_reference *ret)
{
    if (str_starts_with(text, STR("arn:")))
        return parse_arn(text, arena, ret);
    if (str_starts_with(text, STR("https://")))
        return parse_url(text, strlen("https://"), arena, ret);
    if (str_starts_with(text, STR("http://")))
        return parse_url(text, strlen("http://"), arena, ret);
    return set(arena, text, STR(""), STR(""), STR(""), ret);
}
