/* kubeconfig files, and what a credential command prints (S-10): the whole input is a file, then the answer of the command that it
 * describes. What is accepted has a server; what is refused says why. */
#include "common/base/fd.h"
#include "common/kube/kubeconfig.h"
#include "tests/fuzz/fuzz.h"

#include <stdio.h>

static char *nothing(const char *name)
{
    (void)name;
    return NULL;
}

static void read_answer(const struct kube_exec *exec, struct str text)
{
    CLEANUP(buf_deinit) struct buf info = BUF_INIT(4u << 20);
    struct kube_exec_answer answer;
    struct reason why = {.code = REASON_NONE};

    check(kube_exec_info(exec, true, &info) == 0);
    int r = kube_exec_read(exec, text, &answer, &why);
    check(r == 0 || (r == KUBECONFIG_REFUSED && why.text[0]));
    if (r != 0)
        return;
    check(answer.token.len > 0 || answer.certificate.len > 0);
    kube_exec_answer_deinit(&answer);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    static char version[] = "client.authentication.k8s.io/v1", program[] = "x";
    char *argv[] = {program, NULL}, path[64];
    const struct kube_exec exec = {.api_version = version, .argv = argv};
    CLEANUP(kubeconfig_deinit) struct kubeconfig config = {.access = kube_access_empty()};
    CLEANUP(fd_closep) int fd = -1;
    struct reason why = {.code = REASON_NONE};

    check(fd_memfd_sealed("kubeconfig", data, size, &fd) == 0);
    snprintf(path, sizeof path, "/proc/self/fd/%d", fd);
    const struct kubeconfig_query query = {.file = path, .lookup = nothing};
    int r = kubeconfig_read(&query, &config, &why);
    check(r == 0 || r == KUBECONFIG_ABSENT || (r == KUBECONFIG_REFUSED && why.text[0]));
    check(r != 0 || config.access.server);
    read_answer(r == 0 && config.exec ? config.exec : &exec, (struct str){(const char *)data, size});
    return 0;
}
