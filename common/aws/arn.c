/* Amazon resource names. */
#include "common/aws/arn.h"

static int take_part(struct str *rest, struct str *ret)
{
    const char *colon = rest->len ? memchr(rest->data, ':', rest->len) : NULL;

    if (!colon)
        return -EINVAL;
    *ret = (struct str){rest->data, (size_t)(colon - rest->data)};
    *rest = (struct str){colon + 1, rest->len - ret->len - 1};
    return 0;
}

int aws_arn_parse(struct str text, struct aws_arn *ret)
{
    struct aws_arn arn;
    struct str first, rest = text;

    for (size_t i = 0; i < text.len; i++)
        if ((unsigned char)text.data[i] <= 0x20 || text.data[i] == 0x7F)
            return -EINVAL;
    if (text.len > AWS_ARN_BYTES_MAX || take_part(&rest, &first) < 0 || !str_equal(first, STR("arn")) ||
        take_part(&rest, &arn.partition) < 0 || take_part(&rest, &arn.service) < 0 ||
        take_part(&rest, &arn.region) < 0 || take_part(&rest, &arn.account) < 0)
        return -EINVAL;
    arn.resource = rest;
    if (arn.partition.len == 0 || arn.service.len == 0 || arn.resource.len == 0)
        return -EINVAL;
    *ret = arn;
    return 0;
}
