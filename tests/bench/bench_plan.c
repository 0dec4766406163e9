/* What one change costs the operator to plan, in a cluster of many splits and sessions (P-13): the view of one target and its
 * plan, and what the store takes of memory. Processor time; one change touches one target. */
#include "common/base/secret.h"
#include "supervisor/apply/view_build.h"
#include "supervisor/split/reconcile.h"
#include <stdio.h>
#include <stdlib.h>
#include <sys/resource.h>
#include <unistd.h>

#define SPLITS 1000
#define SESSIONS_EACH 10
#define CHANGES 300
#define NAMESPACES 20
#define ARENA_BYTES (64u << 20)

static double cpu_us(void)
{
    struct rusage usage;
    getrusage(RUSAGE_SELF, &usage);
    return (double)(usage.ru_utime.tv_sec + usage.ru_stime.tv_sec) * 1e6 +
           (double)(usage.ru_utime.tv_usec + usage.ru_stime.tv_usec);
}

static double rss_mb(void)
{
    long pages = 0, resident = 0;
    FILE *file = fopen("/proc/self/statm", "re");
    check(file && fscanf(file, "%ld %ld", &pages, &resident) == 2);
    fclose(file);
    return (double)resident * (double)sysconf(_SC_PAGESIZE) / (1 << 20);
}

/* A whole document from a text; uid and version are made of number. */
static void put(struct store *store, unsigned *number, const char *text)
{
    const struct json_limits limits = JSON_LIMITS_DOCUMENT;
    struct json_error error;
    struct json *document = NULL, *metadata = NULL;
    char uid[32], version[16];
    check(json_parse(str_of(text), &limits, &document, &error) == 0);
    snprintf(uid, sizeof uid, "uid-%u", ++*number);
    snprintf(version, sizeof version, "%u", *number);
    check(json_object_at(document, "metadata", &metadata) == 0);
    if (!json_get(metadata, "uid"))
        check(json_set_text(metadata, "uid", uid) == 0);
    check(json_set_text(metadata, "resourceVersion", version) == 0);
    check(json_set_text(metadata, "creationTimestamp", "2026-01-02T03:04:05Z") == 0);
    check(store_mirror_put(store, document) == 0);
}

static void put_target(struct store *store, unsigned *number, unsigned i)
{
    char text[4096];
    unsigned namespace = i % NAMESPACES;
    snprintf(text, sizeof text,
             "{\"apiVersion\":\"apps/"
             "v1\",\"kind\":\"Deployment\",\"metadata\":{\"namespace\":\"ns-%u\",\"name\":\"app-%u\","
             "\"uid\":\"target-%u\"},\"spec\":{\"template\":{\"spec\":{\"containers\":[{\"name\":\"main\",\"env\":[{"
             "\"name\":\"TOPIC\",\"value\":\"orders-%u\"},{\"name\":\"GROUP\",\"value\":\"billing-%u\"}]}]}}}}",
             namespace, i, i, i, i);
    put(store, number, text);
    snprintf(text, sizeof text,
             "{\"apiVersion\":\"queues.mirrord.metalbear.co/v1alpha\",\"kind\":\"MirrordKafkaTopicsConsumer\","
             "\"metadata\":{\"namespace\":\"ns-%u\",\"name\":\"consumer-%u\"},\"spec\":{\"consumerName\":\"app-%u\","
             "\"consumerApiVersion\":\"apps/v1\",\"consumerKind\":\"Deployment\",\"topics\":[{\"id\":\"orders\","
             "\"clientConfig\":\"base\",\"nameSources\":[{\"directEnvVar\":{\"container\":\"main\",\"variable\":"
             "\"TOPIC\"}}],"
             "\"groupIdSources\":[{\"directEnvVar\":{\"container\":\"main\",\"variable\":\"GROUP\"}}]}]}}",
             namespace, i, i);
    put(store, number, text);
}

static void put_split(struct store *store, unsigned *number, unsigned i)
{
    static const char *const ids[] = {"orders", NULL};
    struct split_temp temps[1 + SESSIONS_EACH];
    char names[1 + SESSIONS_EACH][64], groups[1 + SESSIONS_EACH][64], uids[1 + SESSIONS_EACH][32], name[64],
        target[32], topic[32];
    struct json *original = json_new_object(), *document = NULL, *status = json_new_object();
    struct buf text CLEANUP(buf_deinit) = BUF_INIT(1u << 20);
    char key[64];
    snprintf(name, sizeof name, "split-%u", i);
    snprintf(target, sizeof target, "app-%u", i);
    snprintf(topic, sizeof topic, "orders-%u", i);
    snprintf(key, sizeof key, "ns-%u", i % NAMESPACES);
    for (unsigned k = 0; k <= SESSIONS_EACH; k++) {
        snprintf(names[k], sizeof names[k], "mirrord-tmp-%u-orders-%u", k, i);
        snprintf(groups[k], sizeof groups[k], "mirrord-tmp-%u-billing-%u", k, i);
        snprintf(uids[k], sizeof uids[k], "session-%u-%u", i, k);
        temps[k] = (struct split_temp){names[k],
                                       k ? WORKER_TEMP_SESSION : WORKER_TEMP_FALLBACK,
                                       k ? uids[k] : "",
                                       k ? uids[k] : "",
                                       groups[k],
                                       false,
                                       ""};
    }
    check(original && json_set_text(original, "form", "Value") == 0);
    const struct split_entry entry = {
        .container = "main", .variable = "TOPIC", .temporary = names[0], .original = original, .base = ""};
    struct split_record record = {
        .key = {.kind = KIND_QUEUE_SPLIT},
        .target_kind = "Deployment",
        .target_name = target,
        .target_uid = "uid",
        .original = {QUEUE_TYPE_KAFKA, "c1", topic, "billing"},
        .client_config = "base",
        .resource_hash = "abcd",
        .ids = ids,
        .settings = {.restart_timeout_ms = 60000, .drain_timeout_ms = -1, .wait_for_pods = -1},
        .entries = &entry,
        .entry_count = 1,
        .temps = temps,
        .temp_count = 1 + SESSIONS_EACH};
    check(str_copy(record.key.namespace, sizeof record.key.namespace, str_of(key)) == 0);
    check(str_copy(record.key.name, sizeof record.key.name, str_of(name)) == 0);
    check(split_record_encode(&record, &document) == 0);
    check(status && json_set_text(status, "phase", "Active") == 0 && json_set_take(document, "status", status) == 0);
    check(json_write(document, JSON_COMPACT, &text) == 0);
    put(store, number, text.data);
    json_free(document);
    json_free(original);
}

static void put_sessions(struct store *store, unsigned *number, unsigned i)
{
    for (unsigned k = 1; k <= SESSIONS_EACH; k++) {
        char text[2048];
        snprintf(
            text, sizeof text,
            "{\"apiVersion\":\"sluice.dev/v1alpha1\",\"kind\":\"SplitSession\",\"metadata\":{\"namespace\":\"ns-%u\","
            "\"name\":\"session-%u-%u\",\"uid\":\"session-%u-%u\",\"annotations\":{\"sluice.dev/renewed\":\"1\"}},"
            "\"spec\":{\"target\":{\"kind\":\"Deployment\",\"name\":\"app-%u\"},\"queues\":[{\"id\":\"orders\","
            "\"type\":"
            "\"Kafka\",\"messageFilter\":{\"x-user\":\"^user-%u$\"}}],\"owner\":{\"username\":\"user-%u\","
            "\"hostname\":"
            "\"laptop\"},\"key\":\"k\"},\"status\":{\"phase\":\"Ready\"}}",
            i % NAMESPACES, i, k, i, k, i, k, k);
        put(store, number, text);
    }
}

static int observe_worker(void *context, const char *worker, struct arena *arena, struct worker_view *ret)
{
    (void)context, (void)worker, (void)arena, (void)ret;
    return 0;
}

static void observe_target(void *context, const struct resource_key *key, bool concerned, struct target_observed *ret)
{
    (void)context, (void)key, (void)concerned;
    *ret = (struct target_observed){.exists = true, .state = TARGET_STATE_ROLLING};
}

static int compare(const void *a, const void *b)
{
    double left = *(const double *)a, right = *(const double *)b;
    return left < right ? -1 : left > right;
}

static void plan_changes(const struct view_source *source, double spent_us[CHANGES])
{
    for (unsigned i = 0; i < CHANGES; i++) {
        struct arena arena CLEANUP(arena_deinit) = ARENA_INIT(ARENA_BYTES);
        struct target_memory memory = {.pass = 0};
        struct resource_key key = {.kind = KIND_DEPLOYMENT};
        struct target_view view;
        struct plan plan;
        snprintf(key.namespace, sizeof key.namespace, "ns-%u", i % NAMESPACES);
        snprintf(key.name, sizeof key.name, "app-%u", i);
        plan_init(&plan);
        double began_us = cpu_us();
        check(view_build(source, &key, mono_now(), wall_now_ms(), i, &arena, &view) == 0);
        check(reconcile(&view, &memory, &plan) == 0);
        spent_us[i] = cpu_us() - began_us;
        check(view.split_count == 1 && view.session_count == SESSIONS_EACH && plan.count > 0);
        plan_deinit(&plan);
        target_memory_deinit(&memory);
    }
}

static char *get_none(const char *name)
{
    (void)name;
    return NULL;
}

int main(void)
{
    static double spent_us[CHANGES];
    struct arena arena CLEANUP(arena_deinit) = ARENA_INIT(1u << 20);
    struct settings settings;
    struct store *store = NULL;
    struct reason why;
    const struct reason known = {.code = REASON_NONE};
    unsigned number = 0;
    check(store_new(-1, &store, &why) == 0 && settings_read(get_none, &arena, &settings, &why) == 0);
    store_group_by(store, target_of_cluster_document);
    double empty_mb = rss_mb();
    for (unsigned i = 0; i < SPLITS; i++) {
        put_target(store, &number, i);
        put_split(store, &number, i);
        put_sessions(store, &number, i);
    }
    store_doubt_inputs(store, &known);
    double full_mb = rss_mb();
    const struct effects effects = {.workers.observe = observe_worker, .targets.observe = observe_target};
    const struct view_source source = {TARGETS_CLUSTER, store, &effects, &settings, "mirrord", 0, NULL};
    plan_changes(&source, spent_us);
    qsort(spent_us, CHANGES, sizeof *spent_us, compare);
    printf("P-13 %d splits, %d sessions: a change is planned in %.2f ms (median; worst of %d: %.2f ms; target 5 ms); "
           "documents take %.1f MB, with all that plans them the process has %.1f MB (target 64 MB)\n",
           SPLITS, SPLITS * SESSIONS_EACH, spent_us[CHANGES / 2] / 1e3, CHANGES, spent_us[CHANGES - 1] / 1e3,
           full_mb - empty_mb, rss_mb());
    store_free(store);
    return 0;
}
