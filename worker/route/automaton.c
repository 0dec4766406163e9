/* Builds the trie from sorted words, then its failure links and rows, breadth first. Owns nodes, rows and numbers.
 *
 * The root and nodes with several children get a full row, so that a step there is one read; the long single branches
 * that most words end in stay lists. Rows are bounded in number, after that every node is a list. */
#include "worker/route/automaton.h"
#include <stdlib.h>

#define ROW_CHILDREN_MIN 3
#define ROW_CELLS_MAX (4u << 20)

struct builder {
    struct automaton *automaton;
    enum automaton_kind kind;
    const struct automaton_word *words;
    size_t count;
    uint32_t *queue; /* nodes, breadth first */
    uint32_t row_cells;
};

static unsigned char byte_at(enum automaton_kind kind, struct str text, size_t i)
{
    return (unsigned char)text.data[kind == AUTOMATON_BACKWARD ? text.len - 1 - i : i];
}

static size_t common_prefix(enum automaton_kind kind, struct str a, struct str b)
{
    size_t len = a.len < b.len ? a.len : b.len, i = 0;
    while (i < len && byte_at(kind, a, i) == byte_at(kind, b, i))
        i++;
    return i;
}

static int word_order(enum automaton_kind kind, struct str a, struct str b)
{
    size_t i = common_prefix(kind, a, b);
    if (i < a.len && i < b.len)
        return byte_at(kind, a, i) < byte_at(kind, b, i) ? -1 : 1;
    return a.len < b.len ? -1 : a.len > b.len;
}

static int order_forward(const void *a, const void *b)
{
    const struct automaton_word *x = a, *y = b;
    return word_order(AUTOMATON_FORWARD, x->text, y->text);
}

static int order_backward(const void *a, const void *b)
{
    const struct automaton_word *x = a, *y = b;
    return word_order(AUTOMATON_BACKWARD, x->text, y->text);
}

static size_t shared_len(const struct builder *b, size_t i)
{
    return i == 0 ? 0 : common_prefix(b->kind, b->words[i - 1].text, b->words[i].text);
}

static size_t nodes_needed(const struct builder *b, size_t *ret_len_max)
{
    size_t needed = 1;
    *ret_len_max = 0;
    for (size_t i = 0; i < b->count; i++) {
        needed += b->words[i].text.len - shared_len(b, i);
        if (b->words[i].text.len > *ret_len_max)
            *ret_len_max = b->words[i].text.len;
    }
    return needed;
}

static uint32_t node_add(struct builder *b, uint32_t parent, uint32_t before, unsigned char byte)
{
    struct automaton *a = b->automaton;
    uint32_t added = (uint32_t)a->node_count++;
    a->nodes[added] = (struct automaton_node){.row = AUTOMATON_NONE,
                                              .child = AUTOMATON_NONE,
                                              .sibling = AUTOMATON_NONE,
                                              .fail = AUTOMATON_NONE,
                                              .output = AUTOMATON_NONE,
                                              .byte = byte};
    if (parent != AUTOMATON_NONE)
        *(before == AUTOMATON_NONE ? &a->nodes[parent].child : &a->nodes[before].sibling) = added;
    return added;
}

/* path[n] is the node after n bytes of the word before. As words are sorted, a new child always comes last. */
static void trie_fill(struct builder *b, uint32_t *path)
{
    struct automaton *a = b->automaton;
    size_t previous_len = 0;

    path[0] = node_add(b, AUTOMATON_NONE, AUTOMATON_NONE, 0);
    for (size_t i = 0; i < b->count; i++) {
        struct str text = b->words[i].text;
        size_t shared = shared_len(b, i);
        for (size_t n = shared; n < text.len; n++) {
            uint32_t before = n == shared && previous_len > shared ? path[n + 1] : AUTOMATON_NONE;
            path[n + 1] = node_add(b, path[n], before, byte_at(b->kind, text, n));
        }
        previous_len = text.len;
        if (a->nodes[path[text.len]].count++ == 0)
            a->nodes[path[text.len]].first = (uint32_t)i;
        a->numbers[i] = b->words[i].number;
    }
}

/* Words are sorted: what the first and the last share, all share. As the nodes of the first word come first, the walk can
 * start at node common.len. */
static void common_find(struct builder *b)
{
    struct str first = b->words[0].text;
    size_t len = common_prefix(b->kind, first, b->words[b->count - 1].text);

    if (len == first.len) /* the shortest word with these letters: leave its last one to the walk */
        len--;
    b->automaton->common = (struct str){first.data, len};
    if (b->kind == AUTOMATON_BACKWARD)
        b->automaton->common.data += first.len - len;
}

static void classes_assign(struct builder *b)
{
    struct automaton *a = b->automaton;
    a->class_count = 1;
    for (size_t i = 1; i < a->node_count; i++)
        if (a->class_of[a->nodes[i].byte] == 0)
            a->class_of[a->nodes[i].byte] = (unsigned char)a->class_count++;
}

static size_t queue_fill(struct builder *b)
{
    const struct automaton_node *nodes = b->automaton->nodes;
    size_t filled = 0;
    b->queue[filled++] = 0;
    for (size_t i = 0; i < filled; i++)
        for (uint32_t child = nodes[b->queue[i]].child; child != AUTOMATON_NONE; child = nodes[child].sibling)
            b->queue[filled++] = child;
    return filled;
}

static size_t children_count(const struct automaton *a, uint32_t node, size_t max)
{
    size_t count = 0;
    for (uint32_t c = a->nodes[node].child; c != AUTOMATON_NONE && count < max; c = a->nodes[c].sibling)
        count++;
    return count;
}

/* Which nodes get a row: shallow ones first, as they are met most. */
static void rows_assign(struct builder *b)
{
    struct automaton *a = b->automaton;
    for (size_t i = 0; i < a->node_count; i++) {
        uint32_t node = b->queue[i];
        bool row = node == 0 || children_count(a, node, ROW_CHILDREN_MIN) == ROW_CHILDREN_MIN;
        if (!row || b->row_cells + a->class_count > ROW_CELLS_MAX)
            continue;
        a->nodes[node].row = b->row_cells;
        b->row_cells += a->class_count;
    }
}

/* What a node does on bytes without a child: as its failure node does; the root stays, a plain trie ends. */
static void row_fill(const struct automaton *a, uint32_t node)
{
    uint32_t *row = a->rows + a->nodes[node].row;
    uint32_t fail = a->nodes[node].fail;

    for (uint32_t class = 0; class < a->class_count; class ++)
        row[class] = a->kind == AUTOMATON_ANYWHERE ? 0 : AUTOMATON_NONE;
    for (unsigned byte = 0; fail != AUTOMATON_NONE && byte < 256; byte++)
        if (a->class_of[byte] != 0)
            row[a->class_of[byte]] = automaton_step(a, fail, (unsigned char)byte);
    for (uint32_t child = a->nodes[node].child; child != AUTOMATON_NONE; child = a->nodes[child].sibling)
        row[a->class_of[a->nodes[child].byte]] = child;
}

/* Breadth first: everything that lies nearer to the root, and so every failure node, is finished before. */
static void links_fill(const struct builder *b)
{
    struct automaton *a = b->automaton;
    for (size_t i = 0; i < a->node_count; i++) {
        uint32_t at = b->queue[i];
        struct automaton_node *node = &a->nodes[at];
        if (node->count > 0)
            node->output = at;
        else if (node->fail != AUTOMATON_NONE)
            node->output = a->nodes[node->fail].output;
        if (node->row != AUTOMATON_NONE)
            row_fill(a, at);
        for (uint32_t c = node->child; c != AUTOMATON_NONE && a->kind == AUTOMATON_ANYWHERE; c = a->nodes[c].sibling)
            a->nodes[c].fail = at == 0 ? 0 : automaton_step(a, node->fail, a->nodes[c].byte);
    }
}

static int build_trie(struct builder *b)
{
    struct automaton *a = b->automaton;
    size_t len_max, needed = nodes_needed(b, &len_max);
    CLEANUP(cleanup_freep) uint32_t *path = reallocarray(NULL, len_max + 1, sizeof *path);

    check(needed < AUTOMATON_NONE);
    a->nodes = reallocarray(NULL, needed, sizeof *a->nodes);
    a->numbers = reallocarray(NULL, b->count + 1, sizeof *a->numbers);
    if (!path || !a->nodes || !a->numbers)
        return -ENOMEM;
    trie_fill(b, path);
    classes_assign(b);
    common_find(b);
    return 0;
}

static int build_links(struct builder *b)
{
    struct automaton *a = b->automaton;
    CLEANUP(cleanup_freep) uint32_t *queue = reallocarray(NULL, a->node_count, sizeof *queue);

    if (!queue)
        return -ENOMEM;
    b->queue = queue;
    check(queue_fill(b) == a->node_count);
    rows_assign(b);
    a->rows = reallocarray(NULL, b->row_cells, sizeof *a->rows);
    if (!a->rows)
        return -ENOMEM;
    links_fill(b);
    return 0;
}

int automaton_build(enum automaton_kind kind, struct automaton_word *words, size_t count, struct automaton **ret)
{
    CLEANUP(automaton_freep) struct automaton *automaton = calloc(1, sizeof *automaton);
    struct builder builder = {.automaton = automaton, .kind = kind, .words = words, .count = count};
    int r;

    if (!automaton)
        return -ENOMEM;
    automaton->kind = kind;
    qsort(words, count, sizeof *words, kind == AUTOMATON_BACKWARD ? order_backward : order_forward);
    r = build_trie(&builder);
    if (r == 0)
        r = build_links(&builder);
    if (r < 0)
        return r;
    *ret = TAKE(automaton);
    return 0;
}

void automaton_free(struct automaton *automaton)
{
    if (!automaton)
        return;
    free(automaton->nodes);
    free(automaton->rows);
    free(automaton->numbers);
    free(automaton);
}
