/* What the supervisor knows now, as `status` and `check` read it: sessions, splits and, where available, figures. */
#pragma once

#include "cli/connect.h"
#include "cli/figures.h"

struct state {
    struct json *sessions; /* owned: the list's items */
    struct json *splits;
    struct json *inputs;  /* owned: see inputs.h; NULL: not known */
    struct json *figures; /* owned: see figures.h; NULL: not known */
};
void state_deinit(struct state *state); /* also the CLEANUP form */
/* namespace NULL: all. EXIT_CODE_OK or an exit status with *why; then *state is as it was. */
MUST_USE int state_read(const struct connection *connection, const char *namespace, struct state *state,
                        struct reason *why);
/* The document of that name in a list, or NULL. */
const struct json *state_find(const struct json *list, const char *name);
/* Owned by the caller. They may be out of reach (rights, an older supervisor); then NULL. namespace NULL: of all; splits: those that
 * there are, by which the operator of a cluster is found. */
struct json *state_figures(const struct connection *connection, const char *namespace, const struct json *splits);
/* {"events": [...]}, what happened lately; as above. */
struct json *state_events(const struct connection *connection, const char *namespace, const struct json *splits);
/* One list. */
MUST_USE int state_list(const struct connection *connection, enum kind kind, const char *namespace, struct json **ret,
                        struct reason *why);
