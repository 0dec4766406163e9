"""An SQS server as a test sees it: queues, what is in them, and what is left of them.

Owns one client with an administrator's rights. Receives only in log_left, and nothing else may receive then.
"""
import json

from checker.canon_sqs import sqs_hash

from .events import now_ms
from .wait import wait_until

TEMPORARY = "mirrord-"
SEEN_S = 20.0
COUNTS = ("ApproximateNumberOfMessages", "ApproximateNumberOfMessagesNotVisible", "ApproximateNumberOfMessagesDelayed")


class Sqs:
    """server: an SqsServer of the testbed."""

    def __init__(self, server):
        self.server = server
        self.client = server.client()

    def create(self, name, tags=None, **attributes):
        """URL of a new queue, seen. attributes: as SQS names them."""
        if name.endswith(".fifo"):
            attributes.setdefault("FifoQueue", "true")
        url = self.client.create_queue(QueueName=name, Attributes=attributes, tags=tags or {})["QueueUrl"]
        wait_until(lambda: name in self.names(name), SEEN_S, f"queue {name} to be seen", seen=self.names)
        return url

    def delete(self, *names):
        for name in names:
            self.client.delete_queue(QueueUrl=self.server.queue_url(name))

    def names(self, prefix=""):
        return sorted(url.rsplit("/", 1)[1] for url in self.client.list_queues(QueueNamePrefix=prefix).get("QueueUrls", []))

    def temporary(self):
        """Temporary queues of splits."""
        return self.names(TEMPORARY)

    def attributes(self, name):
        return self.client.get_queue_attributes(QueueUrl=self.server.queue_url(name), AttributeNames=["All"])["Attributes"]

    def tags(self, name):
        return self.client.list_queue_tags(QueueUrl=self.server.queue_url(name)).get("Tags", {})

    def counts(self, name):
        """(visible, in flight, delayed)"""
        found = self.attributes(name)
        return tuple(int(found.get(count, 0)) for count in COUNTS)

    def wait_empty(self, name, deadline_s=60.0):
        wait_until(lambda: self.counts(name) == (0, 0, 0), deadline_s, f"queue {name} empty", seen=lambda: self.counts(name))

    def send(self, name, *bodies, **entry):
        """Messages without a line in any log."""
        for body in bodies:
            self.client.send_message(QueueUrl=self.server.queue_url(name), MessageBody=body, **entry)

    def receive(self, name, wait_s=1, **options):
        options.setdefault("MaxNumberOfMessages", 10)
        return self.client.receive_message(QueueUrl=self.server.queue_url(name), WaitTimeSeconds=wait_s, AttributeNames=["All"], MessageAttributeNames=["All"],
                                           **options).get("Messages", [])

    def log_left(self, folder, name):
        """Receives what lies in a queue, deletes it, and logs it as left there, for the checker. Returns how many."""
        count = 0
        with open(folder / f"left-{name}.jsonl", "a", encoding="utf-8") as file:
            while found := self.receive(name):
                for message in found:
                    file.write(json.dumps(_left(name, message)) + "\n")
                    self.client.delete_message(QueueUrl=self.server.queue_url(name), ReceiptHandle=message["ReceiptHandle"])
                count += len(found)
        return count


def _left(name, message):
    attributes = {n: (a["DataType"], a["BinaryValue"] if a["DataType"].startswith("Binary") else a["StringValue"].encode())
                  for n, a in message.get("MessageAttributes", {}).items()}
    system = message.get("Attributes", {})
    group = system.get("MessageGroupId")
    return {"t": "got", "dest": f"left:{name}", "inst": "test", "uid": attributes["uid"][1].decode(), "key": group, "seq": int(attributes["seq"][1]), "topic": name,
            "partition": None, "offset": message["MessageId"], "ts": None, "hash": sqs_hash(group, message["Body"], attributes, system.get("AWSTraceHeader")),
            "at": now_ms()}
