/* uninstall_probe URL NAMESPACE: ends the splits of a namespace without an operator, over an API server; prints how many are left. */
#include "supervisor/main/uninstall_internal.h"

#include <stdio.h>
#include <string.h>

int main(int argc, char **argv)
{
    const struct options options = {.operator_namespace = "mirrord"};
    struct uninstall uninstall = {.options = &options, .access = kube_access_empty()};
    check(argc == 3);
    const char *const namespaces[] = {argv[2], NULL};
    uninstall.namespaces = namespaces;
    check(str_dup(str_of(argv[1]), &uninstall.access.server) == 0 && loop_new(&uninstall.loop) == 0);
    check(kube_client_new(uninstall.loop, &uninstall.access, &uninstall.client) == 0);
    printf("%zu\n", uninstall_force(&uninstall));
    loop_timer_free(uninstall.pause);
    kube_client_free(uninstall.client);
    kube_access_deinit(&uninstall.access);
    loop_free(uninstall.loop);
    return 0;
}
