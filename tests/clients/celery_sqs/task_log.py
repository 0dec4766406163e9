"""What both sides of a celery task agree on: its hash, and which messages of SQS it stands for.

Owns nothing. A task's number is celery's own id of it: the SQS message is kombu's business.
"""
import json
import os
import sys
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parent.parent.parent))

from checker.canon_sqs import sqs_hash  # noqa: E402
from clients.sqs_queue import queue_urls  # noqa: E402

QUEUE, TASK = "work", "collect"


def task_hash(uid, seq, text):
    return sqs_hash(None, json.dumps([uid, seq, text]), {})


def application():
    """(celery application, name of the queue in SQS)"""
    import boto3
    from celery import Celery
    url = queue_urls(boto3.client("sqs"))[0]
    endpoint = os.environ.get("AWS_ENDPOINT_URL", "").partition("://")
    app = Celery("collect", broker=f"sqs://{endpoint[2]}", backend=None)
    app.conf.update(
        task_default_queue=QUEUE, task_acks_late=True, worker_prefetch_multiplier=1, broker_connection_retry_on_startup=True,
        worker_hijack_root_logger=False, task_serializer="json", accept_content=["json"], worker_send_task_events=False, worker_enable_remote_control=False,
        broker_transport_options={"is_secure": endpoint[0] == "https", "region": os.environ["AWS_REGION"], "wait_time_seconds": int(os.environ.get("SQS_WAIT_S") or 5),
                                  "visibility_timeout": int(os.environ.get("SQS_VISIBILITY_S") or 30), "polling_interval": 0.1,
                                  "predefined_queues": {QUEUE: {"url": url}}})
    return app, url.rsplit("/", 1)[1]
