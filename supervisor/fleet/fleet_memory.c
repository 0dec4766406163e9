/* What a supervisor remembers of a worker for the next one: the last incarnation, and the last event that was told, so that
 * no number is given twice and no event is told twice; and whether it is to be replaced. One small file for each worker beside its lock, gone with the runtime
 * folder as the workers are. Not being able to write it is no reason not to start a worker: locks keep two apart. */
#include <fcntl.h>
#include <stdio.h>
#include <unistd.h>

#include "common/base/fd.h"
#include "common/base/log.h"
#include "common/json/json.h"
#include "supervisor/fleet/fleet_entry.h"

#define MEMORY_BYTES_MAX 256
#define PATH_SIZE 4096

static void path_of(const struct fleet *fleet, const struct fleet_entry *entry, char path[PATH_SIZE])
{
    snprintf(path, PATH_SIZE, "%s/ipc/%s.json", fleet->config.runtime_dir, entry->worker);
}

void fleet_memory_load(const struct fleet *fleet, struct fleet_entry *entry)
{
    char path[PATH_SIZE];
    struct buf text CLEANUP(buf_deinit) = BUF_INIT(MEMORY_BYTES_MAX);
    struct json *memory CLEANUP(json_freep) = NULL;
    struct json_error error;
    int64_t incarnation = 0, event = 0;
    bool outdated = false;
    path_of(fleet, entry, path);
    int r = file_read(AT_FDCWD, path, &text);
    if (r == 0)
        r = json_parse(buf_str(&text), &JSON_LIMITS_DOCUMENT, &memory, &error);
    if (r == 0)
        r = json_int(json_get(memory, "incarnation"), &incarnation);
    if (r == 0)
        r = json_int(json_get(memory, "event"), &event);
    if (r == 0 && json_get(memory, "outdated"))
        r = json_bool(json_get(memory, "outdated"), &outdated);
    if (r == 0 && incarnation > 0 && event >= 0) {
        entry->incarnation = (uint64_t)incarnation;
        entry->event_seen = (uint64_t)event;
        entry->outdated = outdated;
    } else if (r != -ENOENT) {
        log_warn(COMPONENT_FLEET, "what was remembered of a worker cannot be read, ignored: events may be told again",
                 LF_STR("worker", entry->worker), LF_ERR(r));
    }
}

void fleet_memory_save(const struct fleet *fleet, struct fleet_entry *entry)
{
    char path[PATH_SIZE], text[MEMORY_BYTES_MAX];
    path_of(fleet, entry, path);
    int length = snprintf(text, sizeof text, "{\"incarnation\":%llu,\"event\":%llu,\"outdated\":%s}",
                          (unsigned long long)entry->incarnation, (unsigned long long)entry->event_seen,
                          entry->outdated ? "true" : "false");
    int r = file_write_atomic(AT_FDCWD, path, text, (size_t)length, 0600);
    entry->memory_dirty = false;
    if (r < 0)
        log_warn(COMPONENT_FLEET, "a worker cannot be remembered, ignored: events may be told again",
                 LF_STR("worker", entry->worker), LF_ERR(r));
}

void fleet_memory_drop(const struct fleet *fleet, const struct fleet_entry *entry)
{
    char path[PATH_SIZE];
    path_of(fleet, entry, path);
    unlink(path); /* ignored: it says nothing that is wrong */
}
