/* Tables: widths, cutting, and what others wrote. */
#include "tests/unit/cmocka_all.h"

#include "cli/table.h"

static const char *const headings[] = {"NAME", "PHASE"};

static void fill(struct table *table, const char *const *cells, size_t count)
{
    table_init(table, headings, 2);
    for (size_t i = 0; i < count; i++)
        assert_int_equal(table_cell(table, str_of(cells[i]), i % 2 ? COLOUR_GOOD : COLOUR_NONE), 0);
}

static void assert_render(const char *const *cells, size_t count, const struct terminal *terminal, unsigned columns,
                          const char *wanted)
{
    CLEANUP(table_deinit) struct table table;
    CLEANUP(buf_deinit) struct buf text = BUF_INIT(1u << 16);
    fill(&table, cells, count);
    assert_int_equal(table_rows(&table), count / 2);
    assert_int_equal(table_render(&table, terminal, columns, &text), 0);
    assert_string_equal(text.data, wanted);
}

static const struct terminal plain = {.colour = false};

static void columns_are_as_wide_as_their_widest_cell(void **state)
{
    (void)state;
    static const char *const cells[] = {"a", "Ready", "much-longer", ""};
    assert_render(cells, 4, &plain, 0, "NAME         PHASE\na            Ready\nmuch-longer  -\n");
}

static void lines_are_cut_to_the_terminal(void **state)
{
    (void)state;
    static const char *const cells[] = {"abcdef", "Ready"};
    assert_render(cells, 2, &plain, 10, "NAME    PH\nabcdef  Re\n");
    assert_render(cells, 2, &plain, 4, "NAME\nabcd\n");
}

static void colours_take_no_room(void **state)
{
    (void)state;
    static const char *const cells[] = {"a", "Ready"};
    const struct terminal terminal = {.colour = true};
    assert_render(cells, 2, &terminal, 0, "\033[1mNAME\033[0m  \033[1mPHASE\033[0m\na     \033[32mReady\033[0m\n");
}

/* S-11: control characters and what is not UTF-8 become question marks; characters count, not bytes. */
static void text_of_others_is_cleaned(void **state)
{
    (void)state;
    static const char *const cells[] = {"\033[2Jx\xC2\x9B\x80\n", "\xC3\xA4\xC3\xB6", "1234567890", "y"};
    assert_render(cells, 4, &plain, 0, "NAME        PHASE\n?[2Jx???    \xC3\xA4\xC3\xB6\n1234567890  y\n");
}

static void long_cells_are_cut(void **state)
{
    (void)state;
    char text[301];
    CLEANUP(table_deinit) struct table table;
    memset(text, 'a', 300);
    text[300] = '\0';
    const char *cells[] = {text, "x"};
    fill(&table, cells, 2);
    assert_int_equal(table.cells[0].columns, TABLE_CELL_COLUMNS_MAX);
    assert_true(str_ends_with(str_of(table.cells[0].text), STR("aaa...")));
}

static void rows_have_a_limit(void **state)
{
    (void)state;
    CLEANUP(table_deinit) struct table table;
    int r = 0;
    table_init(&table, headings, 1);
    for (size_t i = 0; i < TABLE_ROWS_MAX * 2 && r == 0; i++)
        r = table_cell(&table, STR("x"), COLOUR_NONE);
    assert_int_equal(r, -ENOBUFS);
    assert_true(table_rows(&table) >= TABLE_ROWS_MAX);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(columns_are_as_wide_as_their_widest_cell),
        cmocka_unit_test(lines_are_cut_to_the_terminal),
        cmocka_unit_test(colours_take_no_room),
        cmocka_unit_test(text_of_others_is_cleaned),
        cmocka_unit_test(long_cells_are_cut),
        cmocka_unit_test(rows_have_a_limit),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
