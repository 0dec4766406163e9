/* The credential command of a kubeconfig, run when the client needs credentials (Kubernetes, "client-go credential plugins").
 *
 * Owns the process while it runs, and reads at most KUBE_EXEC_ANSWER_BYTES_MAX of it. What it printed is wiped, and never shown;
 * what it writes on stderr is the user's to see. */
#pragma once

#include "common/kube/kubeconfig.h"
#include "common/loop/loop.h"

enum { EXEC_PLUGIN_MS = 300000 }; /* people log in with it */

struct exec_plugin;
/* exec is borrowed. */
MUST_USE int exec_plugin_new(struct loop *loop, const struct kube_exec *exec, struct exec_plugin **ret);
void exec_plugin_free(struct exec_plugin *plugin); /* ends the process */
struct kube_fetcher exec_plugin_fetcher(struct exec_plugin *plugin);
/* From now on the terminal is another's: it is not given to the command. NULL is allowed. */
void exec_plugin_keep_off_terminal(struct exec_plugin *plugin);
