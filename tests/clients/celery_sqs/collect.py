"""A celery worker with SQS, as an application would run it (variables: ../README.md).

Owns one process (the solo pool). It logs what it was given; its acknowledgements are kombu's, so no deletions stand in the log.
"""
import os
import sys
import time
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parent))
sys.path.insert(0, str(Path(__file__).resolve().parent.parent))

from collect_log import CollectLog  # noqa: E402
from task_log import TASK, application, task_hash  # noqa: E402


def main():
    from celery.signals import worker_ready
    app, topic = application()
    log = CollectLog("celery")
    delay_s = int(os.environ.get("COLLECT_DELAY_MS") or 0) / 1000

    @app.task(name=TASK, bind=True)
    def collect(self, uid, seq, text):
        log.write("got", uid=uid, key=None, seq=seq, topic=topic, partition=None, offset=self.request.id, ts=None, hash=task_hash(uid, seq, text))
        time.sleep(delay_s)

    @worker_ready.connect(weak=False)
    def ready(**_):
        log.write("assigned", partitions=[])

    log.write("start", client="celery", topic=topic)
    app.worker_main(["worker", "--pool=solo", "--loglevel=WARNING", "--without-gossip", "--without-mingle", "--without-heartbeat"])
    log.write("stop", clean=True)
    return 0


if __name__ == "__main__":
    sys.exit(main())
