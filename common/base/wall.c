/* Wall time and its text form, RFC 3339. Owns nothing; wall_parse alone can fail, on text that is no time. */
#include "common/base/mono.h"
#include <time.h>

/* 0000-01-01T00:00:00Z and 9999-12-31T23:59:59Z: what four digits of a year can say. */
#define WALL_SECONDS_MIN INT64_C(-62167219200)
#define WALL_SECONDS_MAX INT64_C(253402300799)

int64_t wall_now_ms(void)
{
    struct timespec now;

    check(clock_gettime(CLOCK_REALTIME, &now) == 0);
    return (int64_t)now.tv_sec * 1000 + now.tv_nsec / 1000000;
}

/* Exactly count digits and the character after; moves *text behind them. (strftime does not pad years before 1000.) */
static void wall_put(char **text, int count, int value, char after)
{
    for (int i = count - 1; i >= 0; i--, value /= 10)
        (*text)[i] = (char)('0' + value % 10);
    (*text)[count] = after;
    *text += count + 1;
}

void wall_format(int64_t wall_ms, char text[WALL_TEXT_SIZE])
{
    int64_t seconds = wall_ms / 1000 - (wall_ms % 1000 < 0);
    struct tm tm;

    if (seconds < WALL_SECONDS_MIN)
        seconds = WALL_SECONDS_MIN;
    if (seconds > WALL_SECONDS_MAX)
        seconds = WALL_SECONDS_MAX;
    check(gmtime_r(&(time_t){seconds}, &tm));
    wall_put(&text, 4, tm.tm_year + 1900, '-');
    wall_put(&text, 2, tm.tm_mon + 1, '-');
    wall_put(&text, 2, tm.tm_mday, 'T');
    wall_put(&text, 2, tm.tm_hour, ':');
    wall_put(&text, 2, tm.tm_min, ':');
    wall_put(&text, 2, tm.tm_sec, 'Z');
    *text = '\0';
}

/* Exactly count digits, then the character after (unless NUL). Moves *p behind them. */
static int wall_digits(const char **p, int count, char after, int *ret)
{
    int value = 0;

    for (int i = 0; i < count; i++, (*p)++) {
        if (**p < '0' || **p > '9')
            return -EINVAL;
        value = value * 10 + (**p - '0');
    }
    if (after) {
        if (**p != after)
            return -EINVAL;
        (*p)++;
    }
    *ret = value;
    return 0;
}

static int wall_days_of_month(int year, int month)
{
    static const int days[] = {31, 28, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31};
    bool leap = (year % 4 == 0 && year % 100 != 0) || year % 400 == 0;

    return month == 2 && leap ? 29 : days[month - 1];
}

static int wall_parse_date(const char **p, struct tm *tm)
{
    int year, month, day;

    if (wall_digits(p, 4, '-', &year) < 0 || wall_digits(p, 2, '-', &month) < 0 || wall_digits(p, 2, 0, &day) < 0)
        return -EINVAL;
    if (month < 1 || month > 12 || day < 1 || day > wall_days_of_month(year, month))
        return -EINVAL;
    tm->tm_year = year - 1900;
    tm->tm_mon = month - 1;
    tm->tm_mday = day;
    return 0;
}

static int wall_parse_time(const char **p, struct tm *tm)
{
    if (wall_digits(p, 2, ':', &tm->tm_hour) < 0 || wall_digits(p, 2, ':', &tm->tm_min) < 0 ||
        wall_digits(p, 2, 0, &tm->tm_sec) < 0)
        return -EINVAL;
    /* 60 is a leap second. */
    return tm->tm_hour > 23 || tm->tm_min > 59 || tm->tm_sec > 60 ? -EINVAL : 0;
}

static int wall_parse_fraction(const char **p, int *ret_ms)
{
    int ms = 0, weight = 100;

    if (**p == '.') {
        const char *first = ++*p;
        for (; **p >= '0' && **p <= '9'; (*p)++, weight /= 10)
            ms += (**p - '0') * weight;
        if (*p == first)
            return -EINVAL;
    }
    *ret_ms = ms;
    return 0;
}

static int wall_parse_offset(const char **p, int *ret_seconds)
{
    int hours, minutes, sign = **p == '-' ? -1 : 1;

    if (**p == 'Z' || **p == 'z') {
        (*p)++;
        *ret_seconds = 0;
        return 0;
    }
    if (**p != '+' && **p != '-')
        return -EINVAL;
    (*p)++;
    if (wall_digits(p, 2, ':', &hours) < 0 || wall_digits(p, 2, 0, &minutes) < 0 || hours > 23 || minutes > 59)
        return -EINVAL;
    *ret_seconds = sign * (hours * 3600 + minutes * 60);
    return 0;
}

int wall_parse(const char *text, int64_t *ret_wall_ms)
{
    struct tm tm = {0};
    int ms, offset_seconds;

    if (wall_parse_date(&text, &tm) < 0)
        return -EINVAL;
    if (*text != 'T' && *text != 't')
        return -EINVAL;
    text++;
    if (wall_parse_time(&text, &tm) < 0 || wall_parse_fraction(&text, &ms) < 0 ||
        wall_parse_offset(&text, &offset_seconds) < 0 || *text != '\0')
        return -EINVAL;
    *ret_wall_ms = ((int64_t)timegm(&tm) - offset_seconds) * 1000 + ms;
    return 0;
}
