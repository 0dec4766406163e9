/* See uninstall.h: the rooms, and the end in order. */
#include "supervisor/main/uninstall_internal.h"

#include <stdlib.h>

#include "common/base/log.h"
#include "supervisor/guardian/guardian_wire.h"
#include "supervisor/main/start.h"

#define SETTINGS_BYTES_MAX (256u << 10)
#define LOOK_MS 1000
#define TELL_MS 10000

/* A session that is asked for meanwhile would keep its split. */
static void end_sessions(struct uninstall *uninstall)
{
    struct json *sessions CLEANUP(json_freep) = NULL;
    if (uninstall_list(uninstall, KIND_SPLIT_SESSION, &sessions) != 0)
        return; /* asked again with the next look */
    for (size_t i = 0; i < json_count(sessions); i++) {
        const struct json *session = json_at(sessions, i);
        int r = json_path(session, "metadata", "deletionTimestamp", NULL)
                    ? 0
                    : uninstall_delete(uninstall, KIND_SPLIT_SESSION, session);
        if (r == 0)
            log_info(COMPONENT, "a session was ended",
                     LF_STR("session", json_text(json_path(session, "metadata", "name", NULL))),
                     LF_STR("namespace", json_text(json_path(session, "metadata", "namespace", NULL))));
    }
}

static void tell_splits(const struct json *splits)
{
    for (size_t i = 0; i < json_count(splits); i++) {
        const struct json *split = json_at(splits, i);
        log_info(COMPONENT, "waiting for a split to end",
                 LF_STR("namespace", json_text(json_path(split, "metadata", "namespace", NULL))),
                 LF_STR("split", json_text(json_path(split, "metadata", "name", NULL))),
                 LF_STR("phase", json_text(json_path(split, "status", "phase", NULL))),
                 LF_STR("waits_for", json_text(json_path(split, "status", "waitsFor", NULL))));
    }
}

/* 0: no split is left; 1: there are, and the time is over. < 0: the API server could not be asked. */
static int end_in_order(struct uninstall *uninstall, int64_t deadline_ms)
{
    struct mono deadline = mono_after(mono_now(), deadline_ms), told = {0};
    int r = 1;
    while (r != 0 && !mono_reached(mono_now(), deadline)) {
        struct json *splits CLEANUP(json_freep) = NULL;
        end_sessions(uninstall);
        int listed = uninstall_list(uninstall, KIND_QUEUE_SPLIT, &splits);
        r = listed != 0 ? -EIO : json_count(splits) > 0;
        if (r > 0 && mono_reached(mono_now(), mono_after(told, TELL_MS))) {
            tell_splits(splits);
            told = mono_now();
        }
        if (r != 0)
            uninstall_pause(uninstall, LOOK_MS);
    }
    return r;
}

static int open_rooms(struct uninstall *uninstall)
{
    struct reason why;
    int r = loop_new(&uninstall->loop);
    if (r == 0)
        r = kube_access_in_cluster(getenv, KUBE_SERVICE_ACCOUNT_FOLDER, &uninstall->access, &why);
    if (r > 0)
        return start_refuse(&why, SUPERVISOR_EXIT_CONFIG);
    if (r == 0)
        r = kube_client_new(uninstall->loop, &uninstall->access, &uninstall->client);
    return r < 0 ? start_surprise(r, "client of the API server") : 0;
}

static int finish(struct uninstall *uninstall, int64_t deadline_ms)
{
    int r = end_in_order(uninstall, deadline_ms);
    if (r == 0) {
        log_info(COMPONENT, "no split is left");
        return 0;
    }
    log_warn(COMPONENT, "the operator has not ended every split in time; what is left is restored from the records",
             LF_INT("seconds", deadline_ms / 1000));
    return uninstall_force(uninstall) == 0 ? 0 : EXIT_FAILURE;
}

int uninstall_run(const struct options *options)
{
    struct arena arena CLEANUP(arena_deinit) = ARENA_INIT(SETTINGS_BYTES_MAX);
    struct settings settings;
    struct uninstall uninstall = {.options = options, .access = kube_access_empty()};
    int code = start_read_settings(&arena, &settings);
    if (code == 0)
        code = open_rooms(&uninstall);
    if (code == 0) {
        uninstall.namespaces = settings.namespace_list;
        code = finish(&uninstall, settings.uninstall_s * 1000);
    }
    loop_timer_free(uninstall.pause);
    kube_client_free(uninstall.client);
    kube_access_deinit(&uninstall.access);
    loop_free(uninstall.loop);
    return code;
}
