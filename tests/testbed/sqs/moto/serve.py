"""moto's server with one call at a time to its queues; arguments as of `moto_server`. Run by moto's own Python.

SQS keeps the calls to a queue apart, moto's threads do not: of receives at the same moment several are given one message, what is sent while another message
is deleted gets lost, and what is deleted meanwhile comes back. A test would then judge moto, so that a lock is held around each call. Owns nothing else: what a
call does is moto's. A long poll that finds nothing waits without the lock.
"""
import functools
import threading
import time

from moto.server import main
from moto.sqs.models import SQSBackend

ALONE = threading.RLock()
CALLS = ("create_queue", "delete_queue", "purge_queue", "get_queue_attributes", "set_queue_attributes", "list_queues", "send_message", "send_message_batch",
         "delete_message", "delete_message_batch", "change_message_visibility", "change_message_visibility_batch")
LOOK_AGAIN_S = 0.1   # a message may be visible again, or its group free, without anybody being told


def alone(call):
    @functools.wraps(call)
    def locked(*args, **kwargs):
        with ALONE:
            return call(*args, **kwargs)
    return locked


def polling(receive):
    @functools.wraps(receive)
    def poll(self, queue_name, count, wait_seconds_timeout, *args, **kwargs):
        end = time.monotonic() + (wait_seconds_timeout or 0)
        while True:
            with ALONE:
                found = receive(self, queue_name, count, 0, *args, **kwargs)
            rest = end - time.monotonic()
            if found or rest <= 0:
                return found
            news = self.get_queue(queue_name)._messages_lock
            with news:
                news.wait(min(LOOK_AGAIN_S, rest))
    return poll


for name in CALLS:
    setattr(SQSBackend, name, alone(getattr(SQSBackend, name)))
SQSBackend.receive_message = polling(SQSBackend.receive_message)

if __name__ == "__main__":
    main()
