"""The demonstration on a queue of a real SQS server, ElasticMQ.

A FIFO queue, because there nothing may come twice: a standard one gives out again what a killed worker had taken, and only SQS itself knows what that was.
"""
from harness.sqs_run import SqsRun
from testbed.sqs.elasticmq import ElasticMq

from .story import WAIT_S, Demo


class SqsDemo(Demo):
    rate = 150      # ElasticMQ shares the machine with everybody else here

    def __init__(self, folder, broker, live):
        super().__init__(SqsRun(folder, broker, fifo=True), live)
        self.original = f"an SQS server at {broker.endpoint} with queue {self.run.queue}"

    @staticmethod
    def broker(folder):
        return ElasticMq(folder)

    def deploy_run(self):
        return self.run.deploy()

    def wait_as_before(self):
        self.until(lambda: not self.run.sqs.temporary(), "the temporary queues to be gone")

    def wait_consumed(self):
        self.run.sqs.wait_empty(self.run.queue, WAIT_S)

    def leftovers(self):
        queues = self.run.sqs.temporary()
        return [("no temporary queue is left on the server" + "".join(f", {q}" for q in queues), not queues)]
