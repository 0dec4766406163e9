/* What patterns are taken for, by examples and against the engine (C-15). */
#include "common/regex/regex.h"
#include "tests/unit/route/random_case.h"
#include "worker/route/shape.h"
// clang-format off
#include <setjmp.h>
#include <stdarg.h>
#include <cmocka.h>
// clang-format on
#include <stdio.h>

#define PATTERNS 12000
#define VALUES_PER_PATTERN 60

static bool atom_matches(const struct atom *atom, struct str value)
{
    switch (atom->kind) {
    case ATOM_EXACT:
        return str_equal(value, atom->text);
    case ATOM_PREFIX:
        return str_starts_with(value, atom->text);
    case ATOM_SUFFIX:
        return str_ends_with(value, atom->text);
    case ATOM_CONTAINS:
        return str_find(value, atom->text) >= 0;
    case ATOM_KIND_COUNT:
        break;
    }
    return false;
}

static bool any_atom_matches(const struct shape *shape, struct str value)
{
    for (size_t i = 0; i < shape->atom_count; i++)
        if (atom_matches(&shape->atoms[i], value))
            return true;
    return false;
}

/* "E:a|P:b" and so on, in the order of the atoms; "*" for present; "?" and the required literals for generic. */
static void shape_text(const struct shape *shape, char *text, size_t size)
{
    size_t len = 0;
    text[0] = '\0';
    if (shape->kind == SHAPE_PRESENT)
        len = (size_t)snprintf(text, size, "*");
    if (shape->kind == SHAPE_GENERIC)
        len = (size_t)snprintf(text, size, "?");
    for (size_t i = 0; i < shape->atom_count; i++)
        len += (size_t)snprintf(text + len, size - len, "%s%c:%.*s", i ? "|" : "", "EPSC"[shape->atoms[i].kind],
                                STR_ARG(shape->atoms[i].text));
}

static void test_c15_shapes_of_usual_patterns(void **state)
{
    static const struct {
        const char *pattern, *shape;
    } examples[] = {
        {"^me$", "E:me"},
        {"^(beginner|intermediate)$", "E:beginner|E:intermediate"},
        {"^my-session-", "P:my-session-"},
        {"-tail$", "S:-tail"},
        {"part", "C:part"},
        {"a|^b|c$|^d$", "C:a|P:b|S:c|E:d"},
        {"^(?:a|b)-(c|d)$", "E:a-c|E:b-c|E:a-d|E:b-d"},
        {"^user\\.name\\$$", "E:user.name$"},
        {"^$", "E:"},
        {"", "*"},
        {".*", "*"},
        {".*me.*", "C:me"},
        {"^me.*", "P:me"},
        {".*me$", "S:me"},
        {"^me.*$", "?P:me"},
        {"^.*me", "?C:me"},
        {".*$", "?"},
        {"^", "?"},
        {"^.+$", "?"},
        {"(?i)^me$", "?"},
        {"^user-[0-9]+$", "?P:user-"},
        {"^(dev|test)-[0-9]{2,4}-end$", "?S:-end"},
        {"ab?c+d", "?C:a"},
        {"abc+de", "?C:abc"},
        {"a[b]|[c]de", "?C:a|C:de"},
        {"a|[c]+", "?"},
        {"foo(?=bar)", "?"},
        {"ab+$|ab[c]$|^ab*|^[a]bc|a[b]ccc$|^aaa[b]ccc$", "?C:ab|C:ab|P:a|C:bc|S:ccc|P:aaa"},
        {"^*ab[c]", "?"},
        {"(a|b)\\1ccc", "?C:ccc"},
        {"me{2}", "?C:m"},
        {"me{", "?"},
        {"\\Qme\\E", "?"},
        {"m\xc3\xa4", "?"},
        {"a(b|(c))d", "?C:a"},
        {"a**", "?"},
        {"(a", "?"},
        {"a)", "?"},
        {"[a", "?"},
        {"a\\", "?"},
    };
    (void)state;
    for (size_t i = 0; i < sizeof examples / sizeof *examples; i++) {
        struct shape shape;
        char text[512];
        assert_int_equal(shape_of_pattern(str_of(examples[i].pattern), &shape), 0);
        shape_text(&shape, text, sizeof text);
        if (strcmp(text, examples[i].shape) != 0)
            fail_msg("%s is %s, not %s", examples[i].pattern, text, examples[i].shape);
        shape_deinit(&shape);
    }
}

static void test_limits_make_a_pattern_generic(void **state)
{
    char text[1024] = "^(a";
    struct shape shape;
    size_t count = 1;
    (void)state;
    for (; count < SHAPE_ATOMS_MAX; count++)
        snprintf(text + strlen(text), sizeof text - strlen(text), "|a%zu", count);
    snprintf(text + strlen(text), sizeof text - strlen(text), ")$");
    assert_int_equal(shape_of_pattern(str_of(text), &shape), 0);
    assert_int_equal(shape.kind, SHAPE_LITERALS);
    assert_int_equal(shape.atom_count, SHAPE_ATOMS_MAX);
    shape_deinit(&shape);
    snprintf(text + strlen(text) - 2, sizeof text - strlen(text) + 2, "|z)$");
    assert_int_equal(shape_of_pattern(str_of(text), &shape), 0);
    assert_int_equal(shape.kind, SHAPE_GENERIC);
    shape_deinit(&shape);
    memset(text, 'a', SHAPE_ATOM_BYTES_MAX + 1);
    assert_int_equal(shape_of_pattern((struct str){text, SHAPE_ATOM_BYTES_MAX + 1}, &shape), 0);
    assert_int_equal(shape.kind, SHAPE_GENERIC);
    assert_int_equal(shape.atom_count, 1);
    assert_int_equal(shape.atoms[0].text.len, SHAPE_ATOM_BYTES_MAX);
    shape_deinit(&shape);
}

static void assert_agrees(const struct shape *shape, int engine, struct str pattern, struct str value)
{
    bool agrees = true;
    if (shape->kind == SHAPE_PRESENT)
        agrees = engine == REGEX_MATCH;
    if (shape->kind == SHAPE_LITERALS)
        agrees = engine == (any_atom_matches(shape, value) ? REGEX_MATCH : 0);
    if (shape->kind == SHAPE_GENERIC && shape->atom_count > 0 && engine == REGEX_MATCH)
        agrees = any_atom_matches(shape, value);
    if (agrees)
        return;
    for (size_t i = 0; i < value.len; i++)
        print_message("%02x ", (unsigned char)value.data[i]);
    fail_msg("%.*s: the engine says %d", STR_ARG(pattern), engine);
}

/* Values from the generator, and the pattern's own literals with something before or behind them. */
static void test_c15_shapes_agree_with_the_engine(void **state)
{
    struct random_case *random = *state;
    CLEANUP(regex_scratch_freep) struct regex_scratch *scratch = NULL;
    size_t kinds[3] = {0}, gated = 0;

    assert_int_equal(regex_scratch_new(&scratch), 0);
    for (size_t i = 0; i < PATTERNS; i++) {
        CLEANUP(regex_freep) struct regex *regex = NULL;
        char pattern_text[RANDOM_PATTERN_BYTES];
        struct str pattern = random_pattern(random, pattern_text);
        struct shape shape;
        struct reason why;
        assert_int_equal(regex_compile(pattern, &regex, &why), 0);
        assert_int_equal(shape_of_pattern(pattern, &shape), 0);
        kinds[shape.kind]++;
        gated += shape.kind == SHAPE_GENERIC && shape.atom_count > 0;
        for (size_t k = 0; k < VALUES_PER_PATTERN; k++) {
            static const char *const extras[] = {"", "\n", "\xff", "a", "ä", "\xc3", " "};
            char value_text[RANDOM_VALUE_BYTES], mixed[2 * SHAPE_ATOM_BYTES_MAX];
            struct str value = random_value(random, value_text);
            if (shape.atom_count > 0 && k % 2 == 0) {
                struct str text = shape.atoms[random_below(random, (uint32_t)shape.atom_count)].text;
                int len = snprintf(mixed, sizeof mixed, "%s%.*s%s", extras[random_below(random, 7)], STR_ARG(text),
                                   extras[random_below(random, 7)]);
                value = (struct str){mixed, (size_t)len};
            }
            assert_agrees(&shape, regex_search(regex, scratch, value), pattern, value);
        }
        shape_deinit(&shape);
    }
    print_message("present %zu, literals %zu, generic %zu (%zu of them gated)\n", kinds[0], kinds[1], kinds[2],
                  gated);
    assert_true(kinds[SHAPE_PRESENT] > 10 && kinds[SHAPE_LITERALS] > PATTERNS / 5 && gated > PATTERNS / 20);
}

int main(int argc, char **argv)
{
    struct random_case random = {.state = argc > 1 ? strtoull(argv[1], NULL, 0) : mono_now_us()};
    struct CMUnitTest tests[] = {
        cmocka_unit_test(test_c15_shapes_of_usual_patterns),
        cmocka_unit_test(test_limits_make_a_pattern_generic),
        cmocka_unit_test_prestate(test_c15_shapes_agree_with_the_engine, &random),
    };
    print_message("seed %#llx\n", (unsigned long long)random.state);
    return cmocka_run_group_tests(tests, NULL, NULL);
}
