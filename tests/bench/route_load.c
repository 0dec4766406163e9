/* Makes the load. Owns nothing. */
#include "tests/bench/route_load.h"
#include <stdio.h>

enum { USER, SESSION, TEAM, TRACE, ORDER, TENANT };
static const char *const names[LOAD_HEADERS] = {"x-user",      "x-session", "x-team",
                                                "traceparent", "x-order",   "x-tenant"};

static void add_filter(struct route_table *table, int name, const char *pattern)
{
    struct reason why;
    check(route_table_add_filter(table, str_of(names[name]), str_of(pattern), &why) == 0);
}

static void add_filters(struct route_table *table, uint32_t i)
{
    char pattern[128];
    int name = USER;
    switch (i % 10) {
    case 4:
    case 5:
        name = SESSION;
        snprintf(pattern, sizeof pattern, "^my-session-%u-", i);
        break;
    case 6:
        name = TEAM;
        snprintf(pattern, sizeof pattern, "^(team-%u|squad-%u|guild-%u)$", i, i, i);
        break;
    case 7:
        name = TRACE;
        snprintf(pattern, sizeof pattern, "-%08x-", i);
        break;
    case 8:
        add_filter(table, TENANT, "^acme$");
        snprintf(pattern, sizeof pattern, "^user-%u@", i);
        break;
    case 9:
        name = ORDER;
        snprintf(pattern, sizeof pattern, "^order-%u-[0-9]+$", i);
        break;
    default:
        snprintf(pattern, sizeof pattern, "^user-%u@example\\.org$", i);
        break;
    }
    add_filter(table, name, pattern);
}

struct route_table *load_table(uint32_t sessions)
{
    struct route_table *table = NULL;
    struct reason why;
    check(route_table_new(1, &table) == 0);
    for (uint32_t i = 0; i < sessions; i++) {
        char uid[32];
        snprintf(uid, sizeof uid, "bench-session-%u", i);
        check(route_table_add_session(table, str_of(uid), ROUTE_STEAL, i, &why) == 0);
        add_filters(table, i);
    }
    return table;
}

/* Values that no session has, then those of one session if the message is to match. */
static void fill_message(struct load_message *message, uint32_t number, uint32_t matching)
{
    static const char *const formats[LOAD_HEADERS] = {
        "user-%u@example.org",         "other-session-%u-abcdef", "team-%u",
        "00-4bf92f3577b34da6-%08x-01", "order-%u-none",           "acme"};
    uint32_t values[LOAD_HEADERS];
    for (size_t i = 0; i < LOAD_HEADERS; i++)
        values[i] = 1000000 + number * 7 + (uint32_t)i;
    if (matching != UINT32_MAX)
        values[(const int[10]){USER, USER, USER, USER, SESSION, SESSION, TEAM, TRACE, USER, ORDER}[matching % 10]] =
            matching;
    for (size_t i = 0; i < LOAD_HEADERS; i++) {
        const char *format = formats[i];
        int len;
        if (i == SESSION && values[i] == matching)
            format = "my-session-%u-abcdef";
        if (i == ORDER && values[i] == matching)
            format = "order-%u-12345";
            /* The table above is constant; the compiler cannot see that. */
#pragma GCC diagnostic push
#pragma GCC diagnostic ignored "-Wformat-nonliteral"
        len = snprintf(message->values[i], LOAD_VALUE_BYTES, format, values[i]);
#pragma GCC diagnostic pop
        message->headers[i] =
            (struct route_header){.name = str_of(names[i]), .value = {message->values[i], (size_t)len}};
    }
}

struct load_message *load_messages(uint32_t sessions)
{
    struct load_message *messages = calloc(LOAD_MESSAGES, sizeof *messages);
    uint64_t state = 1;
    check(messages != NULL);
    for (uint32_t i = 0; i < LOAD_MESSAGES; i++) {
        state = state * UINT64_C(6364136223846793005) + 1442695040888963407u;
        fill_message(&messages[i], i, i % 2 ? UINT32_MAX : (uint32_t)(state >> 33) % sessions);
    }
    return messages;
}
