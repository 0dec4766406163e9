"""systemd's EnvironmentFile syntax, read and written (systemd.exec(5)).

Pure. Standard library only: the service script uses it under whatever Python there is.
"""

PLAIN = set("abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789_-./:,+@%=")
DOUBLE_ESCAPES = set('"\\`$')


class EnvFileError(ValueError):
    """Not this syntax."""


def _value(text, place):
    """(value, place after its line): unquoted, '...' and "..." parts, backslash-newline joins lines."""
    out, kept = [], 0    # kept: length up to the last character that trailing blanks must not eat
    while place < len(text) and text[place] != "\n":
        char = text[place]
        if char == "\\":
            if text[place + 1:place + 2] != "\n":
                out.append(text[place + 1:place + 2])
            kept, place = len(out), place + 2
        elif char in "'\"" and not "".join(out).strip():
            part, place = _quoted(text, place)
            out = out[:kept] + [part]
            kept = len(out)
        else:
            out.append(char)
            place += 1
            if char not in " \t\r":
                kept = len(out)
    return "".join(out[:kept]), place + 1


def _quoted(text, place):
    quote, out, place = text[place], [], place + 1
    while place < len(text):
        char = text[place]
        if char == quote:
            return "".join(out), place + 1
        if char == "\\" and quote == '"' and place + 1 < len(text):
            following = text[place + 1]
            out.append("" if following == "\n" else following if following in DOUBLE_ESCAPES else char + following)
            place += 2
        else:
            out.append(char)
            place += 1
    raise EnvFileError("a quote is not closed")


def env_file_parse(text):
    """Dictionary of the file's text. Raises EnvFileError."""
    found, place = {}, 0
    while place < len(text):
        if text[place] in " \t\r\n":
            place += 1
            continue
        end = text.find("\n", place)
        end = len(text) if end < 0 else end
        if text[place] in "#;":
            place = end + 1
            continue
        equals = text.find("=", place, end)
        if equals < 0:
            raise EnvFileError(f"no '=' in {text[place:end][:40]!r}")
        name = text[place:equals].strip()
        start = equals + 1
        while start < len(text) and text[start] in " \t":
            start += 1
        found[name], place = _value(text, start)
    return found


def env_file_text(environment, quoted=False):
    """The way back, one line a variable, in double quotes where needed, or everywhere, as Sluice writes it."""
    lines = []
    for name, value in environment.items():
        if quoted or not value or set(value) - PLAIN:
            value = '"' + "".join("\\" + c if c in DOUBLE_ESCAPES else c for c in value) + '"'
        lines.append(f"{name}={value}\n")
    return "".join(lines)
