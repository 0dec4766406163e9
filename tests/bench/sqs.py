"""P-10: forwarding from one SQS queue to another, on the scripted server with a round trip of its own."""

import secrets

from testbed.process import Process, tail
from testbed.sqs.scripted_server import ScriptedSqs

from .forwarders import program
from .watch import run_of, samples_take

ROUND_TRIP_MS = 20
CONNECTIONS = 8
TRIPS = 3           # receive, send, delete
BATCH = 10
MESSAGES = 10000    # in a run
BODY = "x" * 100
ATTRIBUTES = {name: {"DataType": "String", "StringValue": value} for name, value in (("author", "anna"), ("source", "my-session-1"), ("level", "beginner"))}


class SqsLoop:
    """libcurl and our signatures, without logic: from the first message on."""

    def __init__(self, bench, source, destination):
        server = bench.server
        self.argv = [program("sluice_bench_sqs_loop"), server.endpoint, server.region, server.queue_url(source), server.queue_url(destination), str(CONNECTIONS)]
        self.environment, self.log, self.process = server.aws_environment(), bench.folder / "sqs-loop.log", None

    def __enter__(self):
        return self

    def __exit__(self, *_):
        if self.process is not None:
            self.process.kill()

    @property
    def pid(self):
        return self.process.pid

    def forward(self):
        self.process = Process(self.argv, self.log, env=self.environment)

    def check(self):
        assert self.process.is_running(), f"the loop ended: {tail(self.log)}"


class SqsBench:
    def __init__(self, folder, server, report, runs):
        self.folder, self.server, self.report, self.runs = folder, server, report, runs
        self.sqs = server.client()

    def queues(self):
        """A full one and an empty one, for one run."""
        names = [f"{kind}-{secrets.token_hex(4)}" for kind in ("source", "destination")]
        for name in names:
            self.sqs.create_queue(QueueName=name)
        self.server.fill(names[0], MESSAGES, BODY, MessageAttributes=ATTRIBUTES)
        return names

    def run(self, make):
        """(figures of one run, requests a message)"""
        source, destination = self.queues()
        with make(source, destination) as forwarder:
            self.server.forget()
            forwarder.forward()

            def done():
                return MESSAGES - sum(self.server.queues()[source]["counts"])
            samples = samples_take(forwarder.pid, self.server.pid, done, MESSAGES, 0.05, forwarder.check)
            requests = self.server.requests() / MESSAGES
            found = run_of(forwarder.pid, samples)
        for name in (source, destination):
            self.sqs.delete_queue(QueueUrl=self.server.queue_url(name))
        return found, requests


def forwarding(folder, report, runs):
    """P-10. The bound is Little's law: each connection has one request on its way at any time."""
    bound = BATCH * CONNECTIONS / (TRIPS * ROUND_TRIP_MS / 1000)
    report.say(f"P-10 SQS: {MESSAGES} messages of {len(BODY)} bytes with {len(ATTRIBUTES)} attributes, {CONNECTIONS} connections, {ROUND_TRIP_MS} ms a request; "
               f"at most {bound:.0f} msg/s, in batches of ten")
    with ScriptedSqs(folder / "sqs", visible_s=0, delay_ms=ROUND_TRIP_MS) as server:
        bench = SqsBench(folder, server, report, runs)
        loop = [bench.run(lambda source, destination: SqsLoop(bench, source, destination)) for _ in range(runs)]
    report.runs("libcurl loop", [run for run, _ in loop])
    report.figure("    (requests a message, loop)", [requests for _, requests in loop], 0.31)
    report.figure("    (msg/s, loop / bound)", [run.rate / bound for run, _ in loop], 0.9, most=False, unit=" x")
