"""Queue attributes: which may be set, to what, and what a new queue has.

Pure. Source: CreateQueue and SetQueueAttributes of the SQS API reference.
"""

import json
import re
from typing import Any, Mapping

from .errors import SqsError

NAME = re.compile(r"[A-Za-z0-9_-]{1,80}|(?=.{6,80}$)[A-Za-z0-9_-]+\.fifo")
RANGES = {
    "DelaySeconds": (0, 900), "MaximumMessageSize": (1024, 1048576), "MessageRetentionPeriod": (60, 1209600),
    "ReceiveMessageWaitTimeSeconds": (0, 20), "VisibilityTimeout": (0, 43200), "KmsDataKeyReusePeriodSeconds": (60, 86400),
}
WORDS = {
    "FifoQueue": ("true",), "ContentBasedDeduplication": ("true", "false"), "DeduplicationScope": ("queue", "messageGroup"),
    "FifoThroughputLimit": ("perQueue", "perMessageGroupId"), "SqsManagedSseEnabled": ("true", "false"),
}
FIFO_ONLY = ("FifoQueue", "ContentBasedDeduplication", "DeduplicationScope", "FifoThroughputLimit")
DOCUMENTS = ("Policy", "RedrivePolicy", "RedriveAllowPolicy")
SETTABLE = {*RANGES, *WORDS, *DOCUMENTS, "KmsMasterKeyId"}
DEFAULTS = {"DelaySeconds": "0", "MaximumMessageSize": "1048576", "MessageRetentionPeriod": "345600", "ReceiveMessageWaitTimeSeconds": "0",
            "VisibilityTimeout": "30", "SqsManagedSseEnabled": "true"}
FIFO_DEFAULTS = {"ContentBasedDeduplication": "false", "DeduplicationScope": "queue", "FifoThroughputLimit": "perQueue", "FifoQueue": "true"}


def _bad(name: str, value: str, why: str = "") -> SqsError:
    return SqsError("InvalidAttributeValue", f"Invalid value for the parameter {name}. Reason: {why or value!r}")


def attributes_check(attributes: "Mapping[str, Any]", fifo: bool) -> None:
    """Raises on what cannot be set on such a queue. What a policy names is not looked up here."""
    for name, value in attributes.items():
        if name not in SETTABLE or (name in FIFO_ONLY and not fifo):
            raise SqsError("InvalidAttributeName", f"Unknown Attribute {name}.")
        if not isinstance(value, str):
            raise _bad(name, str(value), "not text")
        if name in RANGES:
            low, high = RANGES[name]
            if not value.isdigit() or not low <= int(value) <= high:
                raise _bad(name, value, f"must be between {low} and {high}")
        elif name in WORDS and value not in WORDS[name]:
            raise _bad(name, value)
        elif name in DOCUMENTS and value:
            _document_check(name, value)
    if attributes.get("KmsMasterKeyId") and attributes.get("SqsManagedSseEnabled") == "true":
        raise SqsError("InvalidAttributeValue", "You can use one type of server-side encryption (SSE) at one time. "
                       "You can either enable KMS SSE or SQS SSE.")
    if fifo and attributes.get("FifoThroughputLimit") == "perMessageGroupId" and attributes.get("DeduplicationScope") != "messageGroup":
        raise _bad("FifoThroughputLimit", "perMessageGroupId", "DeduplicationScope must be messageGroup")


def _document_check(name: str, value: str) -> None:
    try:
        document = json.loads(value)
    except ValueError as error:
        raise _bad(name, value, "not JSON") from error
    if not isinstance(document, dict):
        raise _bad(name, value, "not an object")
    if name == "RedrivePolicy":
        count = str(document.get("maxReceiveCount", ""))
        if not isinstance(document.get("deadLetterTargetArn"), str) or not count.isdigit() or not 1 <= int(count) <= 1000:
            raise _bad(name, value, "deadLetterTargetArn and maxReceiveCount from 1 to 1000 are needed")


def attributes_filled(attributes: "Mapping[str, str]", fifo: bool) -> "dict[str, str]":
    """As a new queue has them. An empty document is none."""
    found = {**DEFAULTS, **(FIFO_DEFAULTS if fifo else {}), **attributes}
    if found.get("KmsMasterKeyId"):
        found["SqsManagedSseEnabled"] = "false"
    for name in (*DOCUMENTS, "KmsMasterKeyId"):
        if name in found and not found[name]:
            del found[name]
    return found


def name_check(name: Any, attributes: "Mapping[str, str]") -> None:
    if not isinstance(name, str) or not NAME.fullmatch(name):
        raise SqsError("InvalidParameterValueException", "Can only include alphanumeric characters, hyphens, or underscores. 1 to 80 in length")
    if name.endswith(".fifo") != (attributes.get("FifoQueue") == "true"):
        raise SqsError("InvalidParameterValueException", "The name of a FIFO queue can only include alphanumeric characters, hyphens, or underscores, "
                       "must end with .fifo suffix and be 1 to 80 in length.")
