/* See the header. */
#include "worker/sqs/queue_url.h"

#include "common/base/buf.h"

/* All before the last part, with the separator. */
static struct str folder_of(struct str url)
{
    while (url.len > 0 && url.data[url.len - 1] != '/')
        url.len--;
    return url;
}

int queue_url_beside(const char *url, const char *name, char ret[SQS_URL_SIZE])
{
    struct buf buf CLEANUP(buf_deinit) = BUF_INIT(SQS_URL_SIZE - 1);
    int result = buf_append_str(&buf, folder_of(str_of(url)));

    if (!result)
        result = buf_append_str(&buf, str_of(name));
    return result ? result : str_copy(ret, SQS_URL_SIZE, buf_str(&buf));
}

struct str queue_url_account(const char *url)
{
    struct str folder = folder_of(str_of(url)), before, account;

    folder.len -= folder.len > 0;
    before = folder_of(folder);
    account = (struct str){folder.data + before.len, folder.len - before.len};
    for (size_t i = 0; i < account.len; i++)
        if (account.data[i] < '0' || account.data[i] > '9')
            return STR("");
    return account.len == SQS_ACCOUNT_SIZE - 1 ? account : STR("");
}
