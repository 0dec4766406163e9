"""One call to an API server, or to what speaks like one: JSON in, text out. Owns the connection for the call alone."""

import http.client
import json
from typing import Any

TIMEOUT_S = 10.0


class ApiError(OSError):
    """Not answered, or not with success. status: HTTP status, 0 when there was no answer."""

    def __init__(self, status: int, text: str) -> None:
        super().__init__(f"{status}: {text}" if status else text)
        self.status = status


def call(link: http.client.HTTPConnection, verb: str, path: str, body: Any, headers: "dict[str, str]") -> str:
    """The answer as it came; body: None, text or bytes as they are, or what becomes JSON. Closes the connection. Raises ApiError."""
    try:
        data = body if body is None or isinstance(body, (bytes, str)) else json.dumps(body)
        link.request(verb, path, data, headers)
        answer = link.getresponse()
        text = answer.read().decode(errors="replace")
    except (OSError, http.client.HTTPException) as error:
        raise ApiError(0, f"{verb} {path}: {type(error).__name__}: {error}") from error
    finally:
        link.close()
    if answer.status >= 300:
        raise ApiError(answer.status, text)
    return text
