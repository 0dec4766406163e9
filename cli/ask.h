/* What the commands ask of the API, and what its answers mean to a shell. The calls themselves are common/kube's. */
#pragma once

#include "cli/exit_code.h"
#include "common/kube/client.h"

/* EXIT_CODE_OK: a 2xx; else what the failure means. */
enum exit_code ask_exit_code(const struct kube_answer *answer);

/* Asks and waits, turning the loop: for commands that do one thing after the other. body is borrowed and may be NULL. Returns
 * EXIT_CODE_OK or what the failure means, with *why; ret_body is owned by the caller and may be NULL. */
MUST_USE int ask_wait(struct kube_client *client, const char *method, const char *path, const struct json *body,
                      struct json **ret_body, struct reason *why);
/* Everybody who is logged in may ask a cluster which kinds it has, also who has no other right. EXIT_CODE_ANSWER with *why: it has none of
 * ours. EXIT_CODE_OK: it has, or that cannot be known. */
MUST_USE int ask_whether_installed(struct kube_client *client, struct reason *why);
/* One call; a PATCH is a JSON merge patch (RFC 7396). */
MUST_USE int ask_send(struct kube_client *client, const char *method, const char *path, const struct json *body,
                      kube_done_fn *done, void *context, struct kube_call **ret);
/* The path of a resource; NULL leaves a part out. */
MUST_USE int ask_path(enum kind kind, const char *namespace, const char *name, struct buf *buf);
