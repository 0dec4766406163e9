/* The files of the page, as they lie in files/: built in, so that nothing is read or installed beside the program. */
#pragma once

#include <stddef.h>

struct page_file {
    const char *path; /* "/", "/main.js" */
    const char *content_type;
    const char *etag; /* with its quotes; of the content */
    const unsigned char *data;
    size_t length;
};
extern const struct page_file page_files[];
extern const size_t page_file_count;
/* NULL: there is none. */
const struct page_file *page_file_find(const char *path);
