"""The demonstration on a topic of a real Kafka broker."""
from harness.run import Run
from testbed.broker import KafkaBroker

from .story import Demo


class KafkaDemo(Demo):
    def __init__(self, folder, broker, live):
        super().__init__(Run(folder, broker), live)
        self.original = f"a broker at {self.run.bootstrap} with topic {self.run.topic}"

    @staticmethod
    def broker(folder):
        return KafkaBroker(folder)

    def deploy_run(self):
        return self.run.deploy()

    def wait_as_before(self):
        self.run.wait_no_temporaries()

    def wait_consumed(self):
        self.run.wait_committed()

    def leftovers(self):
        topics = [topic for topic in self.run.kafka.topics() if topic != self.run.topic]
        groups = [group for group in self.run.kafka.groups() if group != self.run.group]
        return [("no temporary topic is left on the broker" + "".join(f", {t}" for t in topics), not topics),
                ("no temporary group is left on the broker" + "".join(f", {g}" for g in groups), not groups)]
