/* See table.h. Widths are counted in characters, not bytes; wide characters count as one. */
#include "cli/table.h"

#include <stdlib.h>

void table_init(struct table *table, const char *const *headings, size_t column_count)
{
    check(column_count > 0 && column_count <= TABLE_COLUMNS_MAX);
    *table = (struct table){.arena = ARENA_INIT(TABLE_BYTES_MAX), .headings = headings, .column_count = column_count};
    for (size_t i = 0; i < column_count; i++)
        table->widths[i] = strlen(headings[i]);
}

void table_deinit(struct table *table)
{
    arena_deinit(&table->arena);
    free(table->cells);
    table->cells = NULL;
    table->cell_count = table->capacity = 0;
}

static size_t columns_of(struct str text)
{
    size_t columns = 0;
    for (size_t i = 0; i < text.len; i++)
        columns += ((unsigned char)text.data[i] & 0xC0) != 0x80;
    return columns;
}

/* Bytes of as many characters. */
static size_t bytes_of(struct str text, size_t columns)
{
    size_t i = 0;
    for (size_t seen = 0; i < text.len; i++) {
        seen += ((unsigned char)text.data[i] & 0xC0) != 0x80;
        if (seen > columns)
            break;
    }
    return i;
}

static int table_grow(struct table *table)
{
    size_t capacity = table->capacity ? table->capacity * 2 : 64;
    if (table->cell_count < table->capacity)
        return 0;
    if (table->cell_count >= (size_t)TABLE_ROWS_MAX * table->column_count)
        return -ENOBUFS;
    struct table_cell *cells = reallocarray(table->cells, capacity, sizeof *cells);
    if (!cells)
        return -ENOMEM;
    table->cells = cells;
    table->capacity = capacity;
    return 0;
}

int table_cell(struct table *table, struct str text, enum colour colour)
{
    CLEANUP(buf_deinit) struct buf clean = BUF_INIT(TABLE_BYTES_MAX);
    struct table_cell cell = {.colour = colour};
    int r = table_grow(table);
    if (r == 0)
        r = text_clean(text.len ? text : STR("-"), &clean);
    if (r < 0)
        return r;
    if (columns_of(buf_str(&clean)) > TABLE_CELL_COLUMNS_MAX) {
        clean.len = bytes_of(buf_str(&clean), TABLE_CELL_COLUMNS_MAX - 3);
        r = buf_append_str(&clean, STR("..."));
    }
    if (r == 0)
        r = arena_str(&table->arena, buf_str(&clean), &cell.text);
    if (r < 0)
        return r;
    cell.columns = columns_of(str_of(cell.text));
    size_t *width = &table->widths[table->cell_count % table->column_count];
    *width = cell.columns > *width ? cell.columns : *width;
    table->cells[table->cell_count++] = cell;
    return 0;
}

size_t table_rows(const struct table *table) { return table->cell_count / table->column_count; }

/* One cell, cut to what is left of the line. */
static int render_cell(const struct table *table, const struct terminal *terminal, const struct table_cell *cell,
                       size_t column, size_t *left, struct buf *buf)
{
    struct str text = str_of(cell->text);
    bool last = column + 1 == table->column_count;
    size_t shown = cell->columns < *left ? cell->columns : *left;
    size_t padded = table->widths[column] + 2 < *left ? table->widths[column] + 2 : *left;
    int r = buf_printf(buf, "%s%.*s%s", colour_begin(terminal, cell->colour), (int)bytes_of(text, shown), text.data,
                       colour_end(terminal, cell->colour));
    if (r == 0 && !last)
        r = buf_printf(buf, "%*s", (int)(padded - shown), "");
    *left -= last ? 0 : padded;
    return r;
}

static int render_row(const struct table *table, const struct terminal *terminal, const struct table_cell *cells,
                      unsigned columns, struct buf *buf)
{
    size_t left = columns ? columns : (size_t)TABLE_CELL_COLUMNS_MAX * TABLE_COLUMNS_MAX * 2;
    int r = 0;
    for (size_t i = 0; r == 0 && i < table->column_count; i++)
        r = render_cell(table, terminal, &cells[i], i, &left, buf);
    return r == 0 ? buf_append_char(buf, '\n') : r;
}

int table_render(const struct table *table, const struct terminal *terminal, unsigned columns, struct buf *buf)
{
    struct table_cell headings[TABLE_COLUMNS_MAX];
    check(table->cell_count % table->column_count == 0);
    for (size_t i = 0; i < table->column_count; i++)
        headings[i] = (struct table_cell){table->headings[i], strlen(table->headings[i]), COLOUR_BOLD};
    int r = render_row(table, terminal, headings, columns, buf);
    for (size_t i = 0; r == 0 && i < table->cell_count; i += table->column_count)
        r = render_row(table, terminal, &table->cells[i], columns, buf);
    return r;
}
