"""How an application is told its queues: SQS_QUEUE holds a name, a URL or an ARN, or a JSON object whose values do.

Owns nothing. For the clients written in Python; those in other languages do the same.
"""
import json
import os


def queue_urls(sqs, value=None):
    """URLs of the queues that the variable names, in its order."""
    value = os.environ["SQS_QUEUE"] if value is None else value
    if value.startswith("{"):
        return [url for part in json.loads(value).values() for url in queue_urls(sqs, part)]
    if "://" in value:
        return [value]
    if value.startswith("arn:"):
        account, name = value.split(":")[4:6]
        return [sqs.get_queue_url(QueueName=name, QueueOwnerAWSAccountId=account)["QueueUrl"]]
    return [sqs.get_queue_url(QueueName=value)["QueueUrl"]]
