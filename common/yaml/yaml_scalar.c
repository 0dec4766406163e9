/* The core schema of YAML 1.2: plain text -> null, boolean, integer, float or string.
 *
 * Pure. "yes", "on" and other words of YAML 1.1 are strings, and a leading zero does not make a number octal. */
#include "common/yaml/yaml_scalar.h"

#include <math.h>

enum form {
    FORM_NULL,
    FORM_TRUE,
    FORM_FALSE,
    FORM_DECIMAL,
    FORM_OCTAL,
    FORM_HEX,
    FORM_FLOAT,
    FORM_NOT_FINITE,
    FORM_STR
};

static const struct {
    const char *text;
    enum form form;
} words[] = {
    {"", FORM_NULL},           {"~", FORM_NULL},          {"null", FORM_NULL},       {"Null", FORM_NULL},
    {"NULL", FORM_NULL},       {"true", FORM_TRUE},       {"True", FORM_TRUE},       {"TRUE", FORM_TRUE},
    {"false", FORM_FALSE},     {"False", FORM_FALSE},     {"FALSE", FORM_FALSE},     {".nan", FORM_NOT_FINITE},
    {".NaN", FORM_NOT_FINITE}, {".NAN", FORM_NOT_FINITE}, {".inf", FORM_NOT_FINITE}, {".Inf", FORM_NOT_FINITE},
    {".INF", FORM_NOT_FINITE},
};

static size_t span(const char *at, const char *accept) { return strspn(at, accept); }

static const char *skip_sign(const char *text) { return *text == '-' || *text == '+' ? text + 1 : text; }

static bool is_all(const char *text, const char *accept) { return *text && text[span(text, accept)] == '\0'; }

/* [-+]? ( \. [0-9]+ | [0-9]+ ( \. [0-9]* )? ) ( [eE] [-+]? [0-9]+ )? */
static bool is_float(const char *text)
{
    const char *at = skip_sign(text);
    size_t whole = span(at, "0123456789"), fraction = 0;

    at += whole;
    if (*at == '.') {
        fraction = span(at + 1, "0123456789");
        at += 1 + fraction;
    }
    if (whole + fraction == 0)
        return false;
    if (*at == '\0')
        return true;
    return (*at == 'e' || *at == 'E') && is_all(skip_sign(at + 1), "0123456789");
}

static enum form number_form(const char *text)
{
    if (is_all(skip_sign(text), "0123456789"))
        return FORM_DECIMAL;
    if (text[0] == '0' && text[1] == 'o' && is_all(text + 2, "01234567"))
        return FORM_OCTAL;
    if (text[0] == '0' && text[1] == 'x' && is_all(text + 2, "0123456789abcdefABCDEF"))
        return FORM_HEX;
    return is_float(text) ? FORM_FLOAT : FORM_STR;
}

static enum form form_of(struct str text)
{
    struct str unsigned_text = text;

    if (memchr(text.data, '\0', text.len))
        return FORM_STR;
    if (text.len > 1 && (text.data[0] == '-' || text.data[0] == '+') && text.data[1] == '.')
        unsigned_text = (struct str){text.data + 1, text.len - 1};
    for (size_t i = 0; i < sizeof(words) / sizeof(words[0]); i++) {
        struct str word = str_of(words[i].text);

        if (str_equal(text, word) || (words[i].form == FORM_NOT_FINITE && str_equal(unsigned_text, word)))
            return words[i].form;
    }
    return number_form(text.data);
}

static int take(struct json *value, struct json **ret)
{
    *ret = value;
    return value ? 0 : -ENOMEM;
}

static int make_float(const char *text, struct json **ret)
{
    double number = strtod(text, NULL);

    return isfinite(number) ? take(json_new_double(number), ret) : YAML_SCALAR_TOO_LARGE;
}

/* Whole numbers outside int64 are doubles, as in JSON; those in base 8 or 16 have no such habit. */
static int make_int(const char *text, int base, struct json **ret)
{
    long long number;

    errno = 0;
    number = strtoll(base == 8 ? text + 2 : text, NULL, base);
    if (errno == 0)
        return take(json_new_int(number), ret);
    return base == 10 ? make_float(text, ret) : YAML_SCALAR_TOO_LARGE;
}

static int make(struct str text, enum form form, struct json **ret)
{
    switch (form) {
    case FORM_NULL:
        return take(json_new_null(), ret);
    case FORM_TRUE:
        return take(json_new_bool(true), ret);
    case FORM_FALSE:
        return take(json_new_bool(false), ret);
    case FORM_DECIMAL:
        return make_int(text.data, 10, ret);
    case FORM_OCTAL:
        return make_int(text.data, 8, ret);
    case FORM_HEX:
        return make_int(text.data, 16, ret);
    case FORM_FLOAT:
        return make_float(text.data, ret);
    case FORM_NOT_FINITE:
        return YAML_SCALAR_TOO_LARGE;
    case FORM_STR:
        return take(json_new_str(text), ret);
    }
    return -EINVAL;
}

int yaml_scalar_plain(struct str text, struct json **ret) { return make(text, form_of(text), ret); }

int yaml_scalar_tagged(struct str text, const char *tag, struct json **ret)
{
    static const struct {
        const char *tag;
        unsigned forms; /* bits: the forms that the tag accepts */
    } tags[] = {
        {"tag:yaml.org,2002:null", 1u << FORM_NULL},
        {"tag:yaml.org,2002:bool", 1u << FORM_TRUE | 1u << FORM_FALSE},
        {"tag:yaml.org,2002:int", 1u << FORM_DECIMAL | 1u << FORM_OCTAL | 1u << FORM_HEX},
        {"tag:yaml.org,2002:float", 1u << FORM_DECIMAL | 1u << FORM_FLOAT | 1u << FORM_NOT_FINITE},
    };
    enum form form = form_of(text);

    if (strcmp(tag, "!") == 0 || strcmp(tag, "tag:yaml.org,2002:str") == 0)
        return make(text, FORM_STR, ret);
    for (size_t i = 0; i < sizeof(tags) / sizeof(tags[0]); i++) {
        if (strcmp(tag, tags[i].tag) != 0)
            continue;
        if (!(tags[i].forms & 1u << form))
            return YAML_SCALAR_MISFIT;
        return make(text, tags[i].forms & 1u << FORM_FLOAT && form == FORM_DECIMAL ? FORM_FLOAT : form, ret);
    }
    return YAML_SCALAR_MISFIT;
}
