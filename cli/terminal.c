/* See terminal.h. Writing to a stream that is gone is ignored: there is nobody left to tell. */
#include "cli/terminal.h"
#include "cli/exit_code.h"

#include <stdarg.h>
#include <stdlib.h>
#include <sys/ioctl.h>
#include <unistd.h>

enum { SAY_BYTES_MAX = 8192 };

struct terminal terminal_of(FILE *stream)
{
    const char *no_colour = getenv("NO_COLOR"), *name = getenv("TERM");
    bool terminal = isatty(fileno(stream)) && !(name && strcmp(name, "dumb") == 0);
    return (struct terminal){stream, terminal && !(no_colour && no_colour[0]), terminal};
}

unsigned terminal_columns(const struct terminal *terminal)
{
    struct winsize size = {0};
    if (!terminal->live || ioctl(fileno(terminal->stream), TIOCGWINSZ, &size) < 0)
        return 0;
    return size.ws_col;
}

const char *colour_begin(const struct terminal *terminal, enum colour colour)
{
    static const char *const sequences[] = {
        [COLOUR_NONE] = "",        [COLOUR_GOOD] = "\033[32m", [COLOUR_WARN] = "\033[33m",
        [COLOUR_BAD] = "\033[31m", [COLOUR_DIM] = "\033[2m",   [COLOUR_BOLD] = "\033[1m",
    };
    return terminal->colour ? sequences[colour] : "";
}

const char *colour_end(const struct terminal *terminal, enum colour colour)
{
    return terminal->colour && colour != COLOUR_NONE ? "\033[0m" : "";
}

/* C0, DEL, and C1 as UTF-8 writes it. */
static bool is_control(const char *data, size_t len)
{
    unsigned char first = (unsigned char)data[0];
    return first < 0x20 || first == 0x7F || (len == 2 && first == 0xC2 && (unsigned char)data[1] < 0xA0);
}

int text_clean(struct str text, struct buf *buf)
{
    int r = buf_append(buf, "", 0);
    for (size_t at = 0; r == 0 && at < text.len;) {
        size_t len = str_utf8_first((struct str){text.data + at, text.len - at});
        if (len == 0 || is_control(text.data + at, len))
            r = buf_append_char(buf, '?');
        else
            r = buf_append(buf, text.data + at, len);
        at += len ? len : 1;
    }
    return r;
}

void say(const char *format, ...)
{
    CLEANUP(buf_deinit) struct buf raw = BUF_INIT(SAY_BYTES_MAX);
    CLEANUP(buf_deinit) struct buf line = BUF_INIT(SAY_BYTES_MAX);
    va_list arguments;
    va_start(arguments, format);
    int r = buf_vprintf(&raw, format, arguments);
    va_end(arguments);
    if (r == 0)
        r = text_clean(buf_str(&raw), &line);
    fprintf(stderr, "sluice: %s\n", r == 0 ? line.data : "a message too long to show");
}

void say_reason(const struct reason *why)
{
    if (why->code == REASON_NONE) {
        say("%s", why->text);
        return;
    }
    say("%s (%s)", why->text, reason_name(why->code));
    fprintf(stderr, "  next: %s\n", reason_next_step(why->code));
}

int say_error(int error)
{
    say("%s", strerror(-error));
    return EXIT_CODE_INTERNAL;
}
