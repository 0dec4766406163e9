/* Asks for one pod after the other. A failed request proves nothing and is made again. */
#include "supervisor/election/former_pods.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "common/base/log.h"
#include "common/kube/path.h"

#define COMPONENT "supervisor.election"
#define WANTED_LOOKS 30 /* a pod that nobody asked about in so many rounds is forgotten */

struct former_pod {
    char name[LEASE_IDENTITY_SIZE]; /* of the pod */
    char uid[LEASE_IDENTITY_SIZE];
    bool gone;
    bool stopped;      /* as it was told last; who leads again takes that back */
    unsigned unwanted; /* rounds since somebody asked */
};

struct former_pods {
    struct former_pods_config config;
    struct loop_timer *timer;
    struct kube_call *call;
    struct former_pod pods[FORMER_PODS_MAX];
    size_t count;
    size_t asked; /* the one that the call is for, or the next */
};

static void ask_next(struct former_pods *pods);

static void pod_is_gone(struct former_pods *pods, struct former_pod *pod)
{
    pod->gone = true;
    log_info(COMPONENT, "the pod of a former leader is gone, and its workers with it", LF_STR("pod", pod->name),
             LF_STR("uid", pod->uid));
    pods->config.on_change(pods->config.context);
}

static void on_answer(void *context, const struct kube_answer *answer)
{
    struct former_pods *pods = context;
    struct former_pod *pod = &pods->pods[pods->asked++];
    const char *uid = json_text(json_path(answer->body, "metadata", "uid", NULL));
    bool absent = answer->error == 0 && answer->status == 404;
    bool replaced = kube_answer_ok(answer) && uid[0] && strcmp(uid, pod->uid) != 0;
    pods->call = NULL;
    if (absent || replaced)
        pod_is_gone(pods, pod);
    ask_next(pods);
}

/* Without resourceVersion: the answer is what a quorum of the store has. */
static int ask(struct former_pods *pods, const struct former_pod *pod)
{
    struct buf path CLEANUP(buf_deinit) = BUF_INIT(KUBE_PATH_BYTES_MAX);
    const struct kube_path parts = {
        .resource = {"", "v1", "pods"}, .namespace = pods->config.namespace, .name = pod->name};
    int r = kube_path_build(&parts, &path);
    const struct kube_call_spec spec = {
        .method = "GET", .path = path.data, .retry_ms = -1, .done = on_answer, .context = pods};
    return r ? r : kube_client_call(pods->config.client, &spec, &pods->call);
}

/* The name that an elector has. */
static bool says_stopped(const struct former_pods *pods, const struct former_pod *pod)
{
    char identity[LEASE_IDENTITY_SIZE];
    int length = snprintf(identity, sizeof identity, "%s_%s", pod->name, pod->uid);
    return length < (int)sizeof identity && elector_says_stopped(pods->config.elector, identity);
}

static void look_who_stopped(struct former_pods *pods)
{
    bool news = false;
    for (size_t i = 0; i < pods->count; i++) {
        struct former_pod *pod = &pods->pods[i];
        bool stopped = says_stopped(pods, pod), told = stopped && !pod->stopped;
        pod->stopped = stopped;
        if (told)
            log_info(COMPONENT, "a former leader says that it has no worker left", LF_STR("pod", pod->name),
                     LF_STR("uid", pod->uid));
        news = news || told;
    }
    if (news)
        pods->config.on_change(pods->config.context);
}

static void forget_unwanted(struct former_pods *pods)
{
    size_t kept = 0;
    for (size_t i = 0; i < pods->count; i++)
        if (pods->pods[i].unwanted++ < WANTED_LOOKS)
            pods->pods[kept++] = pods->pods[i];
    pods->count = kept;
}

static void ask_next(struct former_pods *pods)
{
    while (pods->asked < pods->count && !pods->call) {
        const struct former_pod *pod = &pods->pods[pods->asked];
        if (pod->gone || ask(pods, pod) < 0)
            pods->asked++;
    }
    if (pods->call)
        return;
    forget_unwanted(pods);
    pods->asked = 0;
    if (pods->count > 0)
        loop_timer_start(pods->timer, FORMER_PODS_MS);
}

static void on_timer(void *context)
{
    look_who_stopped(context);
    ask_next(context);
}

int former_pods_new(const struct former_pods_config *config, struct former_pods **ret)
{
    struct former_pods *pods CLEANUP(former_pods_freep) = calloc(1, sizeof *pods);
    if (!pods)
        return -ENOMEM;
    pods->config = *config;
    int r = loop_timer_new(config->loop, on_timer, pods, &pods->timer);
    if (r == 0)
        *ret = TAKE(pods);
    return r;
}

void former_pods_free(struct former_pods *pods)
{
    if (!pods)
        return;
    kube_call_cancel(pods->call);
    loop_timer_free(pods->timer);
    free(pods);
}

/* "NAME_UID": a pod's name has no '_'. */
static bool read_identity(const char *identity, struct former_pod *ret)
{
    const char *middle = strchr(identity, '_');
    *ret = (struct former_pod){.gone = false};
    return middle && middle > identity && middle[1] &&
           str_copy(ret->name, sizeof ret->name, (struct str){identity, (size_t)(middle - identity)}) == 0 &&
           str_copy(ret->uid, sizeof ret->uid, str_of(middle + 1)) == 0;
}

static struct former_pod *find(struct former_pods *pods, const struct former_pod *wanted)
{
    for (size_t i = 0; i < pods->count; i++)
        if (strcmp(pods->pods[i].uid, wanted->uid) == 0 && strcmp(pods->pods[i].name, wanted->name) == 0)
            return &pods->pods[i];
    return NULL;
}

bool former_pods_gone(struct former_pods *pods, const char *identity)
{
    struct former_pod wanted, *pod;
    if (elector_says_stopped(pods->config.elector, identity))
        return true;
    if (!read_identity(identity, &wanted))
        return false;
    pod = find(pods, &wanted);
    if (pod) {
        pod->unwanted = 0;
        return pod->gone;
    }
    if (pods->count == FORMER_PODS_MAX)
        return false;
    pods->pods[pods->count++] = wanted;
    if (!pods->call)
        loop_timer_start(pods->timer, 0);
    return false;
}
