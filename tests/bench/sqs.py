"""P-10: forwarding from one SQS queue to others, on the scripted server with a round trip of its own."""

import os
import secrets
import time

from testbed.process import Process, tail
from testbed.sqs.scripted_server import ScriptedSqs

from .forwarders import StagedWorker, program
from .report import ratios
from .watch import run_of, samples_take

ROUND_TRIP_MS = 20
CONNECTIONS = 8
TRIPS = 3           # receive, send, delete: one after the other in the loop, side by side in the worker
RECEIVES = 16       # on their way at once, at most: PACE_POLLS_MAX of worker/sqs/pace.h
FAR_MS = 200
BATCH = 10
MESSAGES = 10000    # in a run
IDLE_S = 60.0
BODY = "x" * 100
ATTRIBUTES = [{name: {"DataType": "String", "StringValue": value} for name, value in (("author", author), ("source", "my-session-1"), ("level", "beginner"))}
              for author in ("anna", "zoe")]


class SqsLoop:
    """libcurl and our signatures, without logic: from the first message on."""

    def __init__(self, bench, source, connections):
        server = bench.server
        self.queues = [f"destination-{secrets.token_hex(4)}"]
        self.argv = [program("sluice_bench_sqs_loop"), server.endpoint, server.region, server.queue_url(source), server.queue_url(self.queues[0]), str(connections)]
        self.environment, self.log, self.process, self.bench = server.aws_environment(), bench.folder / "sqs-loop.log", None, bench

    def __enter__(self):
        self.bench.sqs.create_queue(QueueName=self.queues[0])
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


class SqsWorker(StagedWorker):
    """The real worker with one session, which takes every second message."""

    def __init__(self, bench, source):
        server, name = bench.server, secrets.token_hex(4)
        self.queues = [f"mirrord-{name}-fallback", f"mirrord-{name}-session"]
        spec = {"type": "SQS", "queue": {"name": source, "account": "", "region": server.region, "url": ""}, "endpoint": server.endpoint}
        super().__init__("sluice-worker-sqs", (spec, {"properties": {}}), self.queues, "", {**os.environ, **server.aws_environment()})

    @staticmethod
    def filters(_):
        return [["author", "^anna$"]]


class SqsBench:
    def __init__(self, folder, server, runs):
        self.folder, self.server, self.runs = folder, server, runs
        self.sqs = server.client()

    def source(self):
        """A queue full of messages, for one run."""
        name = f"source-{secrets.token_hex(4)}"
        self.sqs.create_queue(QueueName=name)
        self.server.fill(name, MESSAGES, BODY, attributes=ATTRIBUTES)
        return name

    def run(self, make):
        """(figures of one run, requests a message)"""
        source = self.source()
        with make(source) as forwarder:
            self.server.forget()
            forwarder.forward()

            def done():
                return MESSAGES - sum(self.server.queues()[source]["counts"])
            samples = samples_take(forwarder.pid, self.server.pid, done, MESSAGES, 0.05, forwarder.check)
            requests = self.server.requests() / MESSAGES
            found = run_of(forwarder.pid, samples)
        for name in {source, *forwarder.queues} & self.server.queues().keys():
            self.sqs.delete_queue(QueueUrl=self.server.queue_url(name))
        return found, requests

    def idle(self):
        """Receives a minute of a worker that has nothing to do."""
        name = f"idle-{secrets.token_hex(4)}"
        self.sqs.create_queue(QueueName=name)
        with SqsWorker(self, name) as worker:
            worker.forward()
            worker.wait("forwarding", state="running")
            self.server.forget()
            time.sleep(IDLE_S)
            return self.server.requests("ReceiveMessage", name) * 60 / IDLE_S


def bound(in_flight, trips, round_trip_ms):
    """Little's law, msg/s: so many requests on their way at any time, so many of them one after the other for each batch."""
    return BATCH * in_flight / (trips * round_trip_ms / 1000)


def side_by_side(folder, runs):
    """Worker and loop in turns, and the receives of an idle worker."""
    with ScriptedSqs(folder / "sqs", visible_s=0, delay_ms=ROUND_TRIP_MS) as server:
        bench = SqsBench(folder, server, runs)
        turns = [(bench.run(lambda source: SqsWorker(bench, source)), bench.run(lambda source: SqsLoop(bench, source, CONNECTIONS))) for _ in range(runs)]
        return (*zip(*turns), bench.idle())


def far_away(folder, runs):
    """The worker alone, so far away that it waits for round trips and not for the server, which is slower than it is."""
    with ScriptedSqs(folder / "sqs-far", visible_s=0, delay_ms=FAR_MS) as server:
        bench = SqsBench(folder, server, runs)
        return [bench.run(lambda source: SqsWorker(bench, source))[0] for _ in range(runs)]


def forwarding(folder, report, runs):
    """P-10."""
    report.say(f"P-10 SQS: {MESSAGES} messages of {len(BODY)} bytes with 3 attributes, {ROUND_TRIP_MS} ms a request; the worker has a session that takes every second one")
    worker, loop, idle = side_by_side(folder, runs)
    far = far_away(folder, runs)
    (worker, requests), (loop, loop_requests) = zip(*worker), zip(*loop)
    report.runs("worker", worker)
    report.runs(f"libcurl loop, {CONNECTIONS} connections", loop)
    report.runs(f"worker, {FAR_MS} ms a request", far)
    report.figure("P-10 requests a message, worker", requests, 0.31, 0.35)
    report.figure("    (requests a message, loop)", loop_requests, 0.31)
    report.figure("P-10 receives a minute of an idle worker", [idle], 3, 3, digits=0)
    report.figure("P-10 CPU, worker / loop", ratios([r.cpu_us for r in worker], [r.cpu_us for r in loop]), 1.4, unit=" x")
    report.figure(f"P-10 msg/s, worker / bound of {RECEIVES} receives, {FAR_MS} ms", [run.rate / bound(RECEIVES, 1, FAR_MS) for run in far], 0.9, most=False, unit=" x")
    report.figure(f"    (msg/s, loop / bound of {CONNECTIONS} connections, {ROUND_TRIP_MS} ms)", [run.rate / bound(CONNECTIONS, TRIPS, ROUND_TRIP_MS) for run in loop], 0.9,
                  most=False, unit=" x")
