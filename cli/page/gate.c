/* See gate.h. */
#include "cli/page/gate.h"

#include <stdio.h>
#include <string.h>
#include <strings.h>

#include "common/base/secret.h"

void page_gate_init(struct page_gate *gate, uint16_t port)
{
    unsigned char bytes[PAGE_TOKEN_BYTES];
    snprintf(gate->address, sizeof gate->address, "127.0.0.1:%u", port);
    snprintf(gate->name, sizeof gate->name, "localhost:%u", port);
    random_bytes(bytes, sizeof bytes);
    hex_encode(bytes, sizeof bytes, gate->token);
}

/* A browser leaves out the port where it is that of the scheme. */
static bool is_host(const char *host, const char *ours)
{
    static const char usual[] = ":80";
    size_t length = strlen(ours), bare = length - (sizeof usual - 1);
    if (strcasecmp(host, ours) == 0)
        return true;
    return strcmp(ours + bare, usual) == 0 && strlen(host) == bare && strncasecmp(host, ours, bare) == 0;
}

static bool is_ours(const struct page_gate *gate, const char *host)
{
    return is_host(host, gate->address) || is_host(host, gate->name);
}

/* Of the same host as was asked: 127.0.0.1 and localhost are two origins. */
static bool is_own_origin(const struct page_caller *caller)
{
    static const char scheme[] = "http://";
    return strncmp(caller->origin, scheme, sizeof scheme - 1) == 0 &&
           strcasecmp(caller->origin + sizeof scheme - 1, caller->host) == 0;
}

/* What a page of another site lets the browser ask; "none" is a person, who typed or followed the address. */
static bool is_other_site(const char *fetch_site)
{
    return strcmp(fetch_site, "same-origin") != 0 && strcmp(fetch_site, "none") != 0;
}

static bool has_token(const struct page_gate *gate, const char *authorization)
{
    static const char scheme[] = "Bearer ";
    if (!authorization || strncasecmp(authorization, scheme, sizeof scheme - 1) != 0)
        return false;
    const char *token = authorization + sizeof scheme - 1;
    return strlen(token) == PAGE_TOKEN_SIZE - 1 && secret_equal(token, gate->token, PAGE_TOKEN_SIZE - 1);
}

enum page_verdict page_gate_judge(const struct page_gate *gate, const struct page_caller *caller, enum page_need need)
{
    if (!caller->host || !is_ours(gate, caller->host))
        return PAGE_WRONG_HOST;
    if (caller->origin ? !is_own_origin(caller) : need == PAGE_NEED_ORIGIN)
        return PAGE_WRONG_ORIGIN;
    if (need != PAGE_NEED_NOTHING && caller->fetch_site && is_other_site(caller->fetch_site))
        return PAGE_WRONG_ORIGIN;
    if (need != PAGE_NEED_NOTHING && !has_token(gate, caller->authorization))
        return PAGE_WRONG_TOKEN;
    return PAGE_WELCOME;
}
