/* Rows of text in columns, as wide as their widest cell. Pure; the strings are copied. */
#pragma once

#include "cli/terminal.h"
#include "common/base/arena.h"

enum {
    TABLE_COLUMNS_MAX = 12,
    TABLE_ROWS_MAX = 20000,
    TABLE_CELL_COLUMNS_MAX = 100, /* what is longer is cut, with an ellipsis */
    TABLE_BYTES_MAX = 32 << 20,
};

struct table_cell {
    const char *text;
    size_t columns; /* on the screen */
    enum colour colour;
};

struct table {
    struct arena arena;
    const char *const *headings; /* borrowed, of the caller's literals */
    size_t column_count;
    struct table_cell *cells; /* owned, row after row */
    size_t cell_count;
    size_t capacity;
    size_t widths[TABLE_COLUMNS_MAX];
};

void table_init(struct table *table, const char *const *headings, size_t column_count);
void table_deinit(struct table *table); /* also the CLEANUP form */
/* The next cell, left to right, row after row. "" shows as "-". -ENOBUFS beyond the limits. */
MUST_USE int table_cell(struct table *table, struct str text, enum colour colour);
size_t table_rows(const struct table *table);
/* Headings and rows; the last row must be complete. Lines are cut to columns, if not 0. */
MUST_USE int table_render(const struct table *table, const struct terminal *terminal, unsigned columns,
                          struct buf *buf);
