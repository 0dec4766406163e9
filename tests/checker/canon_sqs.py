"""The hash of an SQS message, in the same byte layout as any other.

Owns what stands for key, value and headers: the group, the body, and the attributes by name, each with its type.
"""
from .canon import message_hash

OURS = "mirrord-"     # what a session's copy may carry more
TRACE = "AWSTraceHeader"


def sqs_hash(group, body, attributes, trace=None):
    """group: text or None. body: text. attributes: name -> (type, bytes). trace: the X-Ray header, text or None. Returns 32 hex digits."""
    headers = [(name, kind.encode() + b"\0" + value) for name, (kind, value) in sorted(attributes.items(), key=lambda a: a[0].encode()) if not name.startswith(OURS)]
    if trace is not None:
        headers.append((TRACE, b"system\0" + trace.encode()))
    return message_hash(None if group is None else group.encode(), body.encode(), headers)
