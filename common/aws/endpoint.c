/* Where a service is. The suffixes are those of the partitions that the SDKs' partitions.json lists. Pure. */
#include "common/aws/endpoint.h"

#include <arpa/inet.h>
#include <stdio.h>
#include <strings.h>

static const struct {
    const char *region_prefix;
    const char *suffix;
} partitions[] = {
    {"cn-", "amazonaws.com.cn"},   {"eusc-", "amazonaws.eu"},      {"us-iso-", "c2s.ic.gov"},
    {"us-isob-", "sc2s.sgov.gov"}, {"us-isof-", "csp.hci.ic.gov"}, {"eu-isoe-", "cloud.adc-e.uk"},
    {"", "amazonaws.com"}, /* us-gov- too */
};

static bool is_small(char c) { return (c >= 'a' && c <= 'z') || (c >= '0' && c <= '9'); }

bool aws_region_ok(struct str region)
{
    if (region.len == 0 || region.len >= AWS_NAME_SIZE || !is_small(region.data[0]) ||
        !is_small(region.data[region.len - 1]))
        return false;
    for (size_t i = 0; i < region.len; i++)
        if (!is_small(region.data[i]) && region.data[i] != '-')
            return false;
    return true;
}

static const char *suffix_of(const char *region)
{
    size_t i = 0;

    while (!str_starts_with(str_of(region), str_of(partitions[i].region_prefix)))
        i++;
    return partitions[i].suffix;
}

int aws_endpoint_build(const char *service, const char *region, struct aws_endpoint *ret)
{
    struct aws_endpoint endpoint = {.host_at = sizeof "https://" - 1};

    if (!aws_region_ok(str_of(service)) || !aws_region_ok(str_of(region)))
        return -EINVAL;
    snprintf(endpoint.url, sizeof endpoint.url, "https://%s.%s.%s", service, region, suffix_of(region));
    *ret = endpoint;
    return 0;
}

/* "host" or "host:port" or "[address]:port". */
static bool is_place(struct str text, struct str *ret_port)
{
    static const char host[] = "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789.-_",
                      address[] = "0123456789abcdefABCDEF:.";
    bool bracket = text.len > 0 && text.data[0] == '[';
    size_t len = bracket;
    uint64_t port;

    while (len < text.len && text.data[len] && strchr(bracket ? address : host, text.data[len]))
        len++;
    if (len == bracket || (bracket && (len == text.len || text.data[len++] != ']')))
        return false;
    *ret_port = (struct str){text.data + len, text.len - len};
    if (ret_port->len == 0)
        return true;
    const struct str digits = {ret_port->data + 1, ret_port->len - 1};
    return ret_port->data[0] == ':' && str_to_u64(digits, 65535, &port) == 0 && port > 0;
}

static bool has_scheme(struct str text, struct str scheme)
{
    return text.len > scheme.len && strncasecmp(text.data, scheme.data, scheme.len) == 0;
}

int aws_endpoint_parse(struct str text, struct aws_endpoint *ret)
{
    bool https = has_scheme(text, STR("https://"));
    struct str scheme = https ? STR("https://") : STR("http://"), port;

    if (!https && !has_scheme(text, scheme))
        return -EINVAL;
    struct str place = {text.data + scheme.len, text.len - scheme.len};
    if (str_ends_with(place, STR("/")))
        place.len--;
    if (!is_place(place, &port) || scheme.len + place.len >= sizeof ret->url)
        return -EINVAL;
    if (str_equal(port, https ? STR(":443") : STR(":80")))
        place.len -= port.len;
    snprintf(ret->url, sizeof ret->url, "%.*s%.*s", STR_ARG(scheme), STR_ARG(place));
    ret->host_at = scheme.len;
    return 0;
}

int aws_url_split(const char *text, struct aws_endpoint *ret, const char **ret_path)
{
    const char *place = strstr(text, "://");
    size_t len = place ? (size_t)(place - text) + 3 : 0;

    len += strcspn(text + len, "/?#");
    for (const char *at = text + len; *at; at++)
        if ((unsigned char)*at <= 0x20 || (unsigned char)*at >= 0x7F || *at == '#')
            return -EINVAL;
    if (text[len] == '?')
        return -EINVAL;
    int r = aws_endpoint_parse((struct str){text, len}, ret);
    if (r == 0)
        *ret_path = text[len] ? text + len : "/";
    return r;
}

static struct str host_of(const struct aws_endpoint *endpoint)
{
    const char *host = aws_endpoint_host(endpoint);
    size_t len = host[0] == '[' ? strcspn(host, "]") + 1 : strcspn(host, ":");

    return (struct str){host, len};
}

static bool is_loopback(struct str host)
{
    char text[16];
    struct in_addr address;

    return str_copy(text, sizeof text, host) == 0 && inet_pton(AF_INET, text, &address) == 1 &&
           ntohl(address.s_addr) >> 24 == 127;
}

/* Of the container agents of ECS and EKS, and of EC2's instance metadata. */
bool aws_endpoint_is_safe(const struct aws_endpoint *endpoint)
{
    static const char *const near[] = {"169.254.169.254", "169.254.170.2", "169.254.170.23", "[fd00:ec2::254]",
                                       "[fd00:ec2::23]",  "[::1]",         "localhost"};
    struct str host = host_of(endpoint);
    bool safe = strncasecmp(endpoint->url, "https://", 8) == 0 || is_loopback(host);

    for (size_t i = 0; i < sizeof near / sizeof *near; i++)
        safe = safe || str_equal(host, str_of(near[i]));
    return safe;
}
