"""Sends tasks to the celery workers: what ../sqs_producer is for messages. Of its variables PRODUCE_RUN, _COUNT, _SEED, _AUTHORS, _SOURCES, _LEVELS, _LOG.

Owns the uids of its run. Filters see the attributes; the body is kombu's own envelope around the task.
"""
import json
import os
import random
import secrets
import sys
import time
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parent))
sys.path.insert(0, str(Path(__file__).resolve().parent.parent.parent))

from clients.produce_log import ProduceLog, number, pools  # noqa: E402
from task_log import QUEUE, TASK, application, task_hash  # noqa: E402


def main():
    app, topic = application()
    run, log, pick = os.environ.get("PRODUCE_RUN") or secrets.token_hex(4), ProduceLog(), random.Random(number("PRODUCE_SEED", 1))
    values, began = pools(pick), time.monotonic()
    with app.connection_for_write() as connection:
        for count in range(1, number("PRODUCE_COUNT", 1) + 1):
            uid, text, at = f"{run}-{count}", pick.randbytes(20).hex(), time.time() * 1000
            headers = [("uid", uid)] + [(name, pool[pick.getrandbits(12)].decode()) for name, pool in values]
            made = app.send_task(TASK, (uid, count, text), queue=QUEUE, connection=connection,
                                 message_attributes={name: {"DataType": "String", "StringValue": value} for name, value in headers})
            log.add("sent", {"broker": "sqs", "uid": uid, "topic": topic, "partition": None, "offset": made.id, "key": None, "seq": count, "ts": 0,
                             "hash": task_hash(uid, count, text), "headers": headers, "at": at})
            log.flush()
    log.flush(force=True)
    print(json.dumps(dict(log.count, seconds=round(time.monotonic() - began, 3))), flush=True)
    return 0


if __name__ == "__main__":
    sys.exit(main())
