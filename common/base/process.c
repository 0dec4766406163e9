/* Processor time by getrusage(2), the rest by proc(5). Fails as reading files fails. */
#include "common/base/process.h"

#include "common/base/fd.h"
#include <dirent.h>
#include <fcntl.h>
#include <stdio.h>
#include <sys/resource.h>
#include <unistd.h>

static uint64_t ms_of(struct timeval time) { return (uint64_t)time.tv_sec * 1000 + (uint64_t)time.tv_usec / 1000; }

uint64_t process_cpu_ms(void)
{
    struct rusage used;
    check(getrusage(RUSAGE_SELF, &used) == 0);
    return ms_of(used.ru_utime) + ms_of(used.ru_stime);
}

/* The second number of statm: pages that are resident. */
int process_memory_bytes(uint64_t *ret)
{
    char text[128];
    unsigned long long size, resident;
    int fd CLEANUP(fd_closep) = open("/proc/self/statm", O_RDONLY | O_CLOEXEC);
    ssize_t len = fd < 0 ? -1 : read(fd, text, sizeof text - 1);
    if (len < 0)
        return -errno;
    text[len] = 0;
    if (sscanf(text, "%llu %llu", &size, &resident) != 2)
        return -EINVAL;
    *ret = (uint64_t)resident * (uint64_t)sysconf(_SC_PAGESIZE);
    return 0;
}

int process_files(uint64_t *ret)
{
    DIR *folder = opendir("/proc/self/fd");
    uint64_t count = 0;
    if (!folder)
        return -errno;
    for (const struct dirent *entry; (entry = readdir(folder));)
        count += entry->d_name[0] != '.';
    closedir(folder);
    *ret = count - 1; /* without the one that reads */
    return 0;
}
