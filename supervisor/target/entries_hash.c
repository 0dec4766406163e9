/* The hash of a wanted environment, by which wanted and observed are compared. Pure. */
#include "common/base/buf.h"
#include "common/base/secret.h"
#include "supervisor/target/target.h"

#define ENTRIES_BYTES_MAX (4u << 20)

/* Each text with its length, so that no two lists run together. */
static int append(struct buf *buf, const char *text) { return buf_printf(buf, "%zu:%s,", strlen(text), text); }

void target_entries_hash(const struct target_entry *entries, size_t count, char ret_hash[65])
{
    struct buf buf CLEANUP(buf_deinit) = BUF_INIT(ENTRIES_BYTES_MAX);
    int r = 0;
    for (size_t i = 0; r == 0 && i < count; i++) {
        r = append(&buf, entries[i].container);
        if (r == 0)
            r = append(&buf, entries[i].variable);
        if (r == 0)
            r = append(&buf, entries[i].value);
    }
    check(r == 0); /* at most TARGET_ENTRIES_MAX entries of bounded texts */
    sha256_hex(buf_str(&buf), ret_hash);
}
