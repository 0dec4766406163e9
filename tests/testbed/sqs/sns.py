"""SNS topics of moto that deliver to its queues, as services do that publish once for many readers.

Owns the topic and the queues that it subscribed, until close().
"""

import itertools
import json
import secrets
from typing import Any, Mapping

from .moto import Moto


class SnsTopic:
    """A topic with a name of its own. fifo: its queues are FIFO as well."""

    def __init__(self, moto: Moto, name: str, fifo: bool = False) -> None:
        self.moto, self.fifo = moto, fifo
        self.suffix = ".fifo" if fifo else ""
        self.token = secrets.token_hex(3)
        self.sns, self.sqs = moto.client("sns"), moto.client("sqs")
        attributes = {"FifoTopic": "true"} if fifo else {}
        self.arn: str = self.sns.create_topic(Name=f"{name}-{self.token}{self.suffix}", Attributes=attributes)["TopicArn"]
        self.urls: "list[str]" = []
        self._count = itertools.count(1)

    def subscribe_queue(self, name: str, raw: bool = False) -> "tuple[str, str]":
        """URL and ARN of a new queue that gets everything. raw: without the envelope."""
        name = f"{name}-{self.token}{self.suffix}"
        arn = self.moto.queue_arn(name)
        allowed = {"Version": "2012-10-17", "Statement": [{
            "Effect": "Allow", "Principal": {"Service": "sns.amazonaws.com"}, "Action": "sqs:SendMessage", "Resource": arn,
            "Condition": {"ArnEquals": {"aws:SourceArn": self.arn}}}]}
        attributes = {"Policy": json.dumps(allowed), **({"FifoQueue": "true"} if self.fifo else {})}
        url = self.sqs.create_queue(QueueName=name, Attributes=attributes)["QueueUrl"]
        self.urls.append(url)
        self.subscribe(arn, raw)
        return url, arn

    def subscribe(self, queue_arn: str, raw: bool = False) -> None:
        """A queue that is there already, and whose policy lets us in."""
        self.sns.subscribe(TopicArn=self.arn, Protocol="sqs", Endpoint=queue_arn, Attributes={"RawMessageDelivery": str(raw).lower()})

    def publish(self, body: str, attributes: "Mapping[str, Any] | None" = None, group: "str | None" = None) -> str:
        """MessageId. group: only with FIFO topics, and then always."""
        ordered = {"MessageGroupId": group, "MessageDeduplicationId": f"{self.token}-{next(self._count)}"} if group else {}
        return str(self.sns.publish(TopicArn=self.arn, Message=body, MessageAttributes=attributes or {}, **ordered)["MessageId"])

    def close(self) -> None:
        self.sns.delete_topic(TopicArn=self.arn)
        for url in self.urls:
            self.sqs.delete_queue(QueueUrl=url)
