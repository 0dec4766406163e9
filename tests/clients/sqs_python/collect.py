"""A consumer of SQS with boto3, as an application would write it (variables: ../README.md).

Owns nothing but what it has in flight. Deletes only what it has logged, in batches; what a killed one held comes back when its visibility is over.
"""
import os
import signal
import sys
import time
from pathlib import Path

import boto3
from botocore.config import Config
from botocore.exceptions import BotoCoreError, ClientError

sys.path.insert(0, str(Path(__file__).resolve().parent.parent))

from collect_log import CollectLog, sqs_self_test  # noqa: E402
from sqs_queue import queue_urls  # noqa: E402

BATCH = 10
PAUSE_S = 0.5   # before the next try after an error


def number(name, default):
    return int(os.environ.get(name) or default)


class Collector:
    def __init__(self):
        self.sqs = boto3.client("sqs", config=Config(retries={"total_max_attempts": 5}))
        self.wait_s, self.visible_s = number("SQS_WAIT_S", 5), number("SQS_VISIBILITY_S", 30)
        self.delay_s, self.limit = number("COLLECT_DELAY_MS", 0) / 1000, number("COLLECT_LIMIT", 0)
        self.count, self.stopping = 0, False
        self.log = CollectLog("sqs-python")

    def stop(self, *_):
        self.stopping = True

    def run(self):
        urls = queue_urls(self.sqs)
        wait_s = self.wait_s if len(urls) == 1 else 1
        self.log.write("start", client="sqs-python", queues=urls)
        joined = False
        while not self.stopping:
            for url in urls:
                done = self.poll(url, wait_s)
                if done and not joined:
                    self.log.write("assigned", partitions=[])
                joined = joined or done
                if self.stopping:
                    break
        self.log.write("stop", clean=True)

    def poll(self, url, wait_s):
        """One receive and what comes of it. False when SQS did not answer as it should: the application tries again."""
        if self.limit and self.count >= self.limit:
            time.sleep(PAUSE_S)
            return True
        most = 1 if self.delay_s else min(BATCH, self.limit - self.count) if self.limit else BATCH
        try:
            found = self.sqs.receive_message(QueueUrl=url, MaxNumberOfMessages=most, WaitTimeSeconds=wait_s, VisibilityTimeout=self.visible_s,
                                             AttributeNames=["All"], MessageAttributeNames=["All"]).get("Messages", [])
            if found:
                self.take(url, found)
            return True
        except (BotoCoreError, ClientError) as error:
            print(f"SQS: {error}", file=sys.stderr, flush=True)
            time.sleep(PAUSE_S)
            return False

    def take(self, url, messages):
        topic = url.rsplit("/", 1)[1]
        self.log.got_sqs(topic, [(m["MessageId"], m.get("Attributes", {}), m["Body"], self.attributes(m)) for m in messages])
        self.count += len(messages)
        time.sleep(self.delay_s)
        answer = self.sqs.delete_message_batch(QueueUrl=url, Entries=[{"Id": str(i), "ReceiptHandle": m["ReceiptHandle"]} for i, m in enumerate(messages)])
        self.log.deleted(topic, [messages[int(entry["Id"])]["MessageId"] for entry in answer.get("Successful", [])])

    @staticmethod
    def attributes(message):
        return {name: (a["DataType"], a["BinaryValue"] if a["DataType"].startswith("Binary") else a["StringValue"].encode())
                for name, a in message.get("MessageAttributes", {}).items()}


def main():
    if sqs_self_test():
        return 0
    collector = Collector()
    signal.signal(signal.SIGTERM, collector.stop)
    signal.signal(signal.SIGINT, collector.stop)
    collector.run()
    return 0


if __name__ == "__main__":
    sys.exit(main())
