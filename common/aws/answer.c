/* What a refusal says. A body that is neither JSON nor XML has no code, which is no error. */
#include "common/aws/answer.h"

#include "common/aws/xml.h"
#include "common/json/json.h"

/* Past the last of these. */
static struct str after(struct str text, char separator)
{
    const char *at = text.len ? memrchr(text.data, separator, text.len) : NULL;

    return at ? (struct str){at + 1, text.len - (size_t)(at + 1 - text.data)} : text;
}

static struct str before(struct str text, char separator)
{
    const char *at = text.len ? memchr(text.data, separator, text.len) : NULL;

    return at ? (struct str){text.data, (size_t)(at - text.data)} : text;
}

/* As an identifier is, so that it may stand in logs and labels. */
static void set_code(struct str code, struct aws_error *error)
{
    for (size_t i = 0; i < code.len; i++)
        if (!memchr("ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789_-", code.data[i], 64))
            return;
    if (str_copy(error->code, sizeof error->code, code) < 0)
        error->code[0] = '\0';
}

static void set_message(struct str text, struct aws_error *error)
{
    if (!str_is_utf8(text) || memchr(text.data ? text.data : "", 0, text.len))
        return;
    str_copy_cut(error->message, sizeof error->message, text);
    for (char *at = error->message; *at; at++)
        if ((unsigned char)*at < 0x20 || *at == 0x7F)
            *at = ' ';
}

/* "com.amazonaws.sqs#QueueDoesNotExist", "aws.protocols#X:http://internal.amazon.com/..." */
static void read_json(struct str body, struct aws_error *error)
{
    static const char *const messages[] = {"message", "Message", "errorMessage"};
    const struct json_limits limits = {.bytes_max = AWS_ERROR_BYTES_MAX, .depth_max = 16, .values_max = 1024};
    CLEANUP(json_freep) struct json *json = NULL;
    struct json_error refusal;

    if (json_parse(body, &limits, &json, &refusal) != 0)
        return;
    struct str type = json_str(json_get(json, "__type"));
    if (!type.data)
        type = json_str(json_get(json, "code"));
    set_code(after(before(type, ':'), '#'), error);
    for (size_t i = 0; i < sizeof messages / sizeof *messages && !error->message[0]; i++)
        set_message(json_str(json_get(json, messages[i])), error);
}

static void read_xml(struct str body, struct aws_error *error)
{
    CLEANUP(buf_deinit) struct buf code = BUF_INIT(AWS_CODE_SIZE);
    CLEANUP(buf_deinit) struct buf message = BUF_INIT(AWS_ERROR_BYTES_MAX);

    if (aws_xml_text(body, "Code", &code) == 0)
        set_code(after(buf_str(&code), '.'), error);
    if (aws_xml_text(body, "Message", &message) == 0)
        set_message(buf_str(&message), error);
}

void aws_error_read(struct str body, const char *query_error, struct aws_error *ret)
{
    *ret = (struct aws_error){.code = ""};
    if (str_starts_with(body, STR("<")) && body.len <= AWS_ERROR_BYTES_MAX)
        read_xml(body, ret);
    else
        read_json(body, ret);
    if (!ret->code[0] && query_error)
        set_code(after(before(str_of(query_error), ';'), '.'), ret);
}

enum aws_error_kind aws_error_kind_of(struct str code)
{
    static const struct {
        struct str code;
        enum aws_error_kind kind;
    } rows[] = {
#define AWS_ERROR(name, kind) {{#name, sizeof #name - 1}, AWS_ERROR_##kind},
#include "common/aws/error.def"
#undef AWS_ERROR
    };

    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++)
        if (str_equal(code, rows[i].code))
            return rows[i].kind;
    return AWS_ERROR_OTHER;
}
