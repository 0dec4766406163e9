"""A message, its MD5 sums, and what may be sent.

Owns nothing outside itself. The sums are those of the developer guide ("Calculating the MD5 message digest for message attributes").
"""

import base64
import binascii
import re
import struct
from functools import lru_cache
from hashlib import md5
from typing import Any, Mapping

from .errors import SqsError, invalid

ATTRIBUTES_MAX = 10
ATTRIBUTE_NAME = re.compile(r"(?!(?i:aws\.|amazon\.))(?!\.)(?!.*\.\.)[A-Za-z0-9_.-]{1,256}(?<!\.)")
TYPE = re.compile(r"(String|Number|Binary)(\.[^\x00]{1,})?")
NUMBER = re.compile(r"-?\d+(\.\d+)?([eE][+-]?\d+)?")
GROUP = re.compile(r"[!-~]{1,128}")
# All but what #x9 | #xA | #xD | #x20 to #xD7FF | #xE000 to #xFFFD | #x10000 to #x10FFFF allows.
FORBIDDEN = re.compile("[\x00-\x08\x0b\x0c\x0e-\x1f\ud800-\udfff\ufffe\uffff]")


class Message:
    """One message in one queue. body: bytes. attributes, system: as they came, by name. times in seconds."""

    __slots__ = ("id", "body", "md5", "attributes", "attributes_md5", "system", "group", "dedup", "sequence", "sent_s", "first_s",
                 "receives", "visible_s", "handle", "sender", "deleted", "from_arn", "number")

    def __init__(self, id: str, entry: "Mapping[str, Any]", now_s: float) -> None:
        self.id = id
        self.body: str = entry["MessageBody"]
        self.md5 = md5(self.body.encode("utf-8", "surrogatepass")).hexdigest()
        self.attributes: "dict[str, dict[str, Any]]" = entry.get("MessageAttributes") or {}
        self.attributes_md5 = attributes_md5(self.attributes) if self.attributes else ""
        self.system: "dict[str, dict[str, Any]]" = entry.get("MessageSystemAttributes") or {}
        self.group: "str | None" = entry.get("MessageGroupId")
        self.dedup: "str | None" = entry.get("MessageDeduplicationId")
        self.sequence = ""
        self.sent_s = now_s
        self.first_s = 0.0
        self.receives = 0
        self.visible_s = 0.0
        self.handle = ""
        self.sender = ""
        self.deleted = False
        self.from_arn = ""
        self.number = 0

    def twin(self) -> "Message":
        """The same message once more, which somebody has to delete as well."""
        other = Message.__new__(Message)
        for name in self.__slots__:
            setattr(other, name, getattr(self, name))
        return other

    def attribute(self, name: str) -> "str | None":
        return (self.attributes.get(name) or {}).get("StringValue")


def _value(attribute: "Mapping[str, Any]") -> "tuple[int, bytes]":
    """(1, text) or (2, bytes)."""
    if attribute["DataType"].startswith("Binary"):
        return 2, base64.b64decode(attribute["BinaryValue"])
    return 1, attribute["StringValue"].encode("utf-8", "surrogatepass")


def attributes_size(attributes: "Mapping[str, Mapping[str, Any]]") -> int:
    return sum(len(name) + len(a["DataType"]) + len(_value(a)[1]) for name, a in attributes.items())


@lru_cache(4096)
def _sized(text: str) -> bytes:
    """Names and types come again and again."""
    raw = text.encode("utf-8", "surrogatepass")
    return struct.pack(">I", len(raw)) + raw


def attributes_md5(attributes: "Mapping[str, Mapping[str, Any]]") -> str:
    parts = []
    for name in sorted(attributes):
        transport, value = _value(attributes[name])
        parts += (_sized(name), _sized(attributes[name]["DataType"]), b"\2" if transport == 2 else b"\1", struct.pack(">I", len(value)), value)
    return md5(b"".join(parts)).hexdigest()


@lru_cache(4096)
def _name_fits(name: str) -> bool:
    return bool(ATTRIBUTE_NAME.fullmatch(name))


@lru_cache(4096)
def _type_fits(kind: str) -> bool:
    return bool(TYPE.fullmatch(kind)) and len(kind) <= 256


def entry_check(entry: "Mapping[str, Any]", fifo: bool, size_max: int) -> None:
    """Raises what AWS would say about a message that it does not take."""
    body = entry.get("MessageBody")
    if not isinstance(body, str) or not body:
        raise SqsError("MissingParameterException", "The request must contain the parameter MessageBody.")
    if FORBIDDEN.search(body):
        raise SqsError("InvalidMessageContents", "Invalid binary character was found in the message body.")
    attributes = entry.get("MessageAttributes") or {}
    _attributes_check(attributes)
    size = len(body.encode()) + attributes_size(attributes)
    if size > size_max:
        raise invalid(f"One or more parameters are invalid. Reason: Message must be shorter than {size_max} bytes.")
    _group_check(entry, fifo)


def _attributes_check(attributes: "Mapping[str, Any]") -> None:
    if len(attributes) > ATTRIBUTES_MAX:
        raise invalid(f"Number of message attributes [{len(attributes)}] exceeds the allowed maximum [{ATTRIBUTES_MAX}].")
    for name, attribute in attributes.items():
        if not _name_fits(name):
            raise invalid(f"Message (user) attribute name '{name}' is invalid.")
        kind = attribute.get("DataType", "")
        if not _type_fits(kind):
            raise invalid(f"The message attribute '{name}' has an invalid message attribute type.")
        value = attribute.get("BinaryValue" if kind.startswith("Binary") else "StringValue")
        if not value:
            raise invalid(f"Message (user) attribute '{name}' must contain a non-empty value of type '{kind}'.")
        if kind.startswith("Number") and not NUMBER.fullmatch(value):
            raise invalid(f"Can't cast the value of message (user) attribute '{name}' to a number.")
        if kind.startswith("Binary"):
            _base64_check(name, value)
        elif FORBIDDEN.search(value):
            raise SqsError("InvalidMessageContents", f"Invalid binary character was found in the attribute '{name}'.")


def _base64_check(name: str, value: str) -> None:
    try:
        base64.b64decode(value, validate=True)
    except (binascii.Error, ValueError) as error:
        raise invalid(f"Message (user) attribute '{name}' is not base64.") from error


def _group_check(entry: "Mapping[str, Any]", fifo: bool) -> None:
    group, dedup = entry.get("MessageGroupId"), entry.get("MessageDeduplicationId")
    if fifo and not group:
        raise SqsError("MissingParameterException", "The request must contain the parameter MessageGroupId.")
    if not fifo and dedup:
        raise invalid("The request include parameter that is not valid for this queue type: MessageDeduplicationId.")
    if fifo and entry.get("DelaySeconds"):
        raise invalid("Value for parameter DelaySeconds is invalid. Reason: The request include parameter that is not valid for this queue type.")
    for name, value in (("MessageGroupId", group), ("MessageDeduplicationId", dedup)):
        if value is not None and not GROUP.fullmatch(value):
            raise invalid(f"Value {value} for parameter {name} is invalid. Reason: {name} can only include alphanumeric and punctuation characters. 1 to 128 in length.")
