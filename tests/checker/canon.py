"""The hash that producers and collectors give a message, and text forms of keys and headers.

Owns the byte layout of FORMAT.md; every client in another language repeats it and is held against the same vectors.
"""
import hashlib
import struct

NULL_LENGTH = b"\xff\xff\xff\xff"


def _field(value):
    return NULL_LENGTH if value is None else struct.pack(">I", len(value)) + value


def message_hash(key, value, headers):
    """key, value: bytes or None; headers: list of (str, bytes or None) in order. Returns 32 hex digits."""
    parts = [_field(key), _field(value), struct.pack(">I", len(headers))]
    for name, header in headers:
        parts.append(_field(name.encode()))
        parts.append(_field(header))
    return hashlib.sha256(b"".join(parts)).hexdigest()[:32]


def key_text(key):
    """A key as it stands in the logs: None, text, or hex:... when it is not UTF-8."""
    if key is None:
        return None
    try:
        return key.decode()
    except UnicodeDecodeError:
        return "hex:" + key.hex()


def header_json(value):
    """A header value as it stands in a `sent` line."""
    if value is None:
        return None
    try:
        return value.decode()
    except UnicodeDecodeError:
        return {"hex": value.hex()}


def header_bytes(value):
    """The way back: bytes of a header value of a `sent` line."""
    if value is None:
        return None
    return bytes.fromhex(value["hex"]) if isinstance(value, dict) else value.encode()


def header_last(headers, name):
    """Text of the last header with that name, or None; headers as in message_hash."""
    for header_name, value in reversed(headers or []):
        if header_name == name and value is not None:
            return value.decode(errors="replace")
    return None
