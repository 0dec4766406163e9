/* Who may ask the page's listener for what (S-14). Pure; owns the token of this start.
 *
 * The listener is on the loopback, where any page in a browser and any user of this host reaches it. So a request must have been meant
 * for this address (Host: no name that was made to point here), must not come from another page (Origin, Sec-Fetch-Site), and whatever
 * tells or changes something needs the token, in a header that no other page can set. There is no cookie: a browser sends a cookie to
 * every port of a host, so to programs of other users too. */
#pragma once

#include <stdbool.h>
#include <stdint.h>

#define PAGE_TOKEN_BYTES 32
#define PAGE_TOKEN_SIZE (2 * PAGE_TOKEN_BYTES + 1)
#define PAGE_HOST_SIZE 32

struct page_gate {
    char address[PAGE_HOST_SIZE]; /* "127.0.0.1:PORT" */
    char name[PAGE_HOST_SIZE];    /* "localhost:PORT" */
    char token[PAGE_TOKEN_SIZE];
};
/* With a new token. */
void page_gate_init(struct page_gate *gate, uint16_t port);

/* Headers of a request; NULL: absent. */
struct page_caller {
    const char *host, *origin, *fetch_site, *authorization;
};

enum page_need {
    PAGE_NEED_NOTHING, /* the page's own files, which are the same for everybody */
    PAGE_NEED_TOKEN,
    PAGE_NEED_ORIGIN, /* changes something: the token, and an origin that is ours */
};

enum page_verdict { PAGE_WELCOME, PAGE_WRONG_HOST, PAGE_WRONG_ORIGIN, PAGE_WRONG_TOKEN };
enum page_verdict page_gate_judge(const struct page_gate *gate, const struct page_caller *caller,
                                  enum page_need need);
