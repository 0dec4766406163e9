#include "worker/route/index_layout.h"
static void index_free(struct route_index *index)
{
    for (size_t i = 0; i < index->filter_count; i++) {
        if (index->regexes)
            regex_free(index->regexes[i]);
        if (index->filters)
            free((void *)(uintptr_t)index->filters[i].name.data);
    }
    free(index->regexes);
    free(index->filters);
    free(index->sessions);
    free(index);
}
static int copy_filters(struct route_index *index, const struct route_table *table, struct reason *why)
{
    for (size_t i = 0; i < index->session_count; i++) {
        index->sessions[i] = *route_table_session(table, i);
        for (size_t k = index->sessions[i].filter_first;
             k < index->sessions[i].filter_first + index->sessions[i].filter_count; k++) {
            const struct route_filter *f = route_table_filter(table, k);
            char *name;
            int r = str_dup(f->name, &name);
            if (r < 0)
                return r;
            index->filters[k].name = (struct str){name, f->name.len};
            r = regex_compile(f->pattern, &index->regexes[k], why);
            if (r)
                return r > 0 ? ROUTE_REFUSED : r;
        }
    }
    return 0;
}
int route_index_build(const struct route_table *table, const struct route_index *previous, struct route_index **ret,
                      struct reason *why)
{
    struct route_index *index = calloc(1, sizeof *index);
    int r = -ENOMEM;
    (void)previous;
    if (!index)
        return r;
    index->refs = 1;
    index->generation = route_table_generation(table);
    index->session_count = route_table_session_count(table);
    for (size_t i = 0; i < index->session_count; i++)
        index->filter_count += route_table_session(table, i)->filter_count;
    index->sessions = calloc(index->session_count + 1, sizeof *index->sessions);
    index->filters = calloc(index->filter_count + 1, sizeof *index->filters);
    index->regexes = calloc(index->filter_count + 1, sizeof *index->regexes);
    if (index->sessions && index->filters && index->regexes)
        r = copy_filters(index, table, why);
    if (r) {
        index_free(index);
        return r;
    }
    *ret = index;
    return 0;
}
struct route_index *route_index_ref(struct route_index *index)
{
    index->refs++;
    return index;
}
void route_index_unref(struct route_index *index)
{
    if (index && --index->refs == 0)
        index_free(index);
}
uint64_t route_index_generation(const struct route_index *index) { return index->generation; }
size_t route_index_session_count(const struct route_index *index) { return index->session_count; }
void route_index_session(const struct route_index *index, size_t number, struct route_session_health *ret)
{
    *ret = (struct route_session_health){.uid = index->sessions[number].uid,
                                         .mode = index->sessions[number].mode,
                                         .destination = index->sessions[number].destination};
}
int route_scratch_new(struct route_scratch **ret)
{
    struct route_scratch *s = calloc(1, sizeof *s);
    if (!s)
        return -ENOMEM;
    int r = regex_scratch_new(&s->regex);
    if (r) {
        free(s);
        return r;
    }
    *ret = s;
    return 0;
}
void route_scratch_free(struct route_scratch *s)
{
    if (!s)
        return;
    regex_scratch_free(s->regex);
    free(s->mirrors);
    free(s);
}
int route_scratch_prepare(struct route_scratch *s, const struct route_index *index)
{
    void *m = reallocarray(s->mirrors, index->session_count + 1, sizeof *s->mirrors);
    if (!m)
        return -ENOMEM;
    s->mirrors = m;
    return 0;
}
static bool filter_matches(const struct route_index *index, size_t k, struct route_scratch *s,
                           const struct route_header *h, size_t n, uint32_t *un)
{
    for (size_t i = 0; i < n; i++) {
        if (h[i].null || !str_equal(h[i].name, index->filters[k].name))
            continue;
        int r = regex_search(index->regexes[k], s->regex, h[i].value);
        if (r == REGEX_MATCH)
            return true;
        if (r == REGEX_LIMIT)
            ++*un;
    }
    return false;
}
void route_decide(const struct route_index *index, struct route_scratch *s, const struct route_header *h, size_t n,
                  struct mono now, struct route_decision *ret)
{
    (void)now;
    *ret = (struct route_decision){.mirrors = s->mirrors};
    for (uint32_t i = 0; i < index->session_count; i++) {
        const struct route_session *x = &index->sessions[i];
        struct route_copy copy = {i, x->destination};
        bool all = x->filter_count > 0;
        if (x->mode == ROUTE_STEAL && ret->stolen)
            continue;
        for (uint32_t k = 0; all && k < x->filter_count; k++)
            all = filter_matches(index, x->filter_first + k, s, h, n, &ret->unevaluated);
        if (!all)
            continue;
        if (x->mode == ROUTE_STEAL) {
            ret->stolen = true;
            ret->steal = copy;
        } else
            s->mirrors[ret->mirror_count++] = copy;
    }
}
