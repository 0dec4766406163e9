"""A scripted SQS: queues that behave as those of AWS do, and faults on demand. `python -m testbed.sqs.scripted`."""
