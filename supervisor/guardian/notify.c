/* What the service manager is told, as sd_notify(3) has it: one datagram, dropped when nobody asked for it or it would block. */
#include "supervisor/guardian/guardian.h"

#define WORDS_BYTES_MAX 64

bool notify(const char *format, ...)
{
    struct sockaddr_un address = {.sun_family = AF_UNIX};
    const char *path = getenv("NOTIFY_SOCKET");
    size_t len = path ? strlen(path) : 0;
    char words[WORDS_BYTES_MAX];
    va_list arguments;
    va_start(arguments, format);
    vsnprintf(words, sizeof words, format, arguments); // NOLINT: the analyser loses the start of the list
    va_end(arguments);
    if (len == 0 || len >= sizeof address.sun_path)
        return true;
    memcpy(address.sun_path, path, len);
    if (path[0] == '@')
        address.sun_path[0] = '\0'; /* of the abstract namespace */
    int fd = socket(AF_UNIX, SOCK_DGRAM | SOCK_CLOEXEC, 0);
    sendto(fd, words, strlen(words), MSG_DONTWAIT | MSG_NOSIGNAL, (struct sockaddr *)&address,
           (socklen_t)(offsetof(struct sockaddr_un, sun_path) + len)); /* ignored: there is nobody else to tell */
    close(fd);
    return true;
}
