/* One element's text in a flat document. */
#include "common/aws/xml.h"

#include <stdio.h>

static const struct {
    struct str entity;
    char c;
} entities[] = {
    {{"&lt;", 4}, '<'},   {{"&gt;", 4}, '>'},   {{"&amp;", 5}, '&'}, {{"&quot;", 6}, '"'}, {{"&apos;", 6}, '\''},
    {{"&#xA;", 5}, '\n'}, {{"&#xD;", 5}, '\r'}, {{"&#34;", 5}, '"'}, {{"&#39;", 5}, '\''},
};

/* One character; *used: what it took. */
static char take_char(struct str text, size_t *used)
{
    for (size_t i = 0; i < sizeof entities / sizeof *entities; i++)
        if (str_starts_with(text, entities[i].entity)) {
            *used = entities[i].entity.len;
            return entities[i].c;
        }
    *used = 1;
    return text.data[0];
}

static struct str from(struct str text, size_t at) { return (struct str){text.data + at, text.len - at}; }

static int find_text(struct str document, const char *element, struct str *ret)
{
    char tag[64];
    struct str open = {tag, 0};

    check(strlen(element) + 3 < sizeof tag);
    open.len = (size_t)snprintf(tag, sizeof tag, "<%s>", element);
    ptrdiff_t at = str_find(document, open);
    if (at < 0)
        return AWS_XML_ABSENT;
    struct str rest = from(document, (size_t)at + open.len);
    ptrdiff_t end = str_find(rest, STR("<"));
    if (end < 0)
        return AWS_XML_ABSENT;
    struct str close = {tag, (size_t)snprintf(tag, sizeof tag, "</%s>", element)};
    *ret = (struct str){rest.data, (size_t)end};
    return str_starts_with(from(rest, (size_t)end), close) ? 0 : AWS_XML_ABSENT;
}

int aws_xml_text(struct str document, const char *element, struct buf *buf)
{
    struct str text;
    int r = find_text(document, element, &text);

    for (size_t used; r == 0 && text.len > 0; text = from(text, used)) {
        char c = take_char(text, &used);
        r = buf_append_char(buf, c);
    }
    return r;
}
