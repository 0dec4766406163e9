"""The benchmark: variants in turns on one broker, then the table. Measures; judges nothing but shows what holds."""

import argparse
import os
import platform
import subprocess
import tempfile
import time
from pathlib import Path
from statistics import median

from harness.kafka import Kafka
from testbed.broker import KafkaBroker

from .forwarders import Engine, Loop, Worker, program
from .report import Report, ratios
from .sqs import forwarding
from .watch import memory_kb, run_of, samples_take
from .wire import Wire

PARTITIONS = 4
BACKLOG = 800000        # of P-4: the stock loop stalls only behind more than it prefetches, 100,000 messages a partition
RECEIVING = 20          # sessions in P-7
MORE_SESSIONS = 100     # how many are added to find what one costs
KAFKA = {"P-3", "P-4", "P-5", "P-7"}
QUIET_S = 1.0           # an idle worker's memory is read when it did not change for so long
QUIET_DEADLINE_S = 15.0


class Bench:
    def __init__(self, folder, broker, report, runs, messages):
        self.folder, self.broker, self.report, self.runs, self.messages = folder, broker, report, runs, messages
        self.partitions = PARTITIONS
        self.kafka = Kafka(broker.bootstrap)
        self.wire = Wire(broker.port)

    def topics(self, *names):
        return [(name, self.partitions) for name in names]

    def source(self, name, kind, sessions, messages):
        """A topic full of messages."""
        self.kafka.create(name, partitions=self.partitions)
        subprocess.run([program("sluice_bench_fill"), self.broker.bootstrap, name, str(self.partitions), str(messages), kind, str(sessions)],
                       check=True, timeout=120)
        return name

    def temps(self, prefix, sessions):
        names = [f"{prefix}-{i}" for i in range(sessions + 1)]
        self.kafka.create(*names, partitions=self.partitions)
        return names

    def run(self, forwarder, progress, messages, interval_s):
        """One run. progress(forwarder): the question that tells how many messages were forwarded since ever."""
        with forwarder:
            ask = progress(forwarder)
            begin = ask()
            forwarder.forward()
            samples = samples_take(forwarder.pid, self.broker.pid, ask, begin + messages, interval_s, forwarder.check)
            return run_of(forwarder.pid, samples)

    def in_turns(self, variants, messages, interval_s):
        """variants: [(name, make, progress)]. Returns the runs of each, printed."""
        found = [[] for _ in variants]
        for _ in range(self.runs):
            for runs, (_, make, progress) in zip(found, variants):
                runs.append(self.run(make(), progress, messages, interval_s))
        for runs, (name, _, _) in zip(found, variants):
            self.report.runs(name, runs)
        return found

    def committed(self, source):
        return lambda forwarder: self.wire.committed(forwarder.group, self.topics(source))

    def ends(self, destinations):
        return lambda _: self.wire.ends(self.topics(*destinations))


def many_sessions(bench):
    """P-3."""
    report, sizes = bench.report, (1, 1000, 10000)
    report.say(f"P-3  many sessions: the engine in its own process, 6 headers, half of the messages match one of the sessions, mixed filters.\n"
               f"     All sessions share one temp, so that only their number differs; {bench.messages} messages a run")
    temps = bench.temps("p3-temp", 1)
    sources = [bench.source(f"p3-{size}", "six", size, bench.messages) for size in sizes]
    variants = [(f"{size} sessions", lambda source=source, size=size: Engine(bench, source, temps, size), bench.committed(source))
                for source, size in zip(sources, sizes)]
    one, *more = [[run.cpu_us for run in runs] for runs in bench.in_turns(variants, bench.messages, 0.01)]
    for size, cpu, target, floor in zip(sizes[1:], more, (1.15, 1.3), (1.2, 1.4)):
        report.figure(f"P-3 CPU, {size} sessions / 1 session", ratios(cpu, one), target, floor, unit=" x")
    bench.kafka.delete(*sources)


def route_only():
    print(subprocess.run([program("sluice_bench_route")], check=True, timeout=300, stdout=subprocess.PIPE, text=True).stdout, flush=True)


def planning():
    """P-13, without a broker or a cluster."""
    print(subprocess.run([program("sluice_bench_plan")], check=True, timeout=300, stdout=subprocess.PIPE, text=True).stdout, flush=True)


def backlog(bench):
    """P-4; returns the worker's runs."""
    bench.report.say(f"P-4  draining a backlog of {BACKLOG} messages, 3 headers, 1 session that takes half of them; gaps seen at the destinations")
    source, temps = bench.source("p4", "three", 1, BACKLOG), bench.temps("p4-temp", 1)
    ends = bench.ends(temps)
    worker, tuned, stock = bench.in_turns([
        ("worker, exactly once", lambda: Worker(bench, source, temps), ends),
        ("bare loop, tuned, no commits", lambda: Loop("tuned", bench, source, temps), ends),
        ("bare loop, stock settings", lambda: Loop("stock", bench, source, temps), ends)], BACKLOG, 0.004)
    speedup = ratios([r.rate for r in worker], [r.rate for r in stock])
    bench.report.figure("P-4 drain, worker / stock loop", speedup, 4, 4, most=False, unit=" x")
    bench.report.figure("P-4 longest gap of the worker", [r.gap_ms for r in worker], 50, 50, unit=" ms", digits=0)
    bench.report.figure("    (longest gap of the stock loop)", [r.gap_ms for r in stock], 50, unit=" ms", digits=0)
    bench.report.figure("    (CPU, worker exactly once / tuned loop)", ratios([r.cpu_us for r in worker], [r.cpu_us for r in tuned]), 1.15, unit=" x")
    bench.kafka.delete(source)
    return worker


def exactly_once(bench):
    """P-7's second half; returns the worker's runs."""
    bench.report.say(f"P-7  exactly once: {RECEIVING} receiving sessions and the fallback, {bench.messages} messages, 3 headers, transactions of 400 ms, as always behind a backlog")
    source, temps = bench.source("p7", "three", RECEIVING, bench.messages), bench.temps("p7-temp", RECEIVING)
    worker, *loops = bench.in_turns([
        ("worker, exactly once", lambda: Worker(bench, source, temps), bench.committed(source)),
        ("bare loop, tuned, no commits", lambda: Loop("tuned", bench, source, temps), bench.ends(temps)),
        ("bare loop, stock settings", lambda: Loop("stock", bench, source, temps), bench.ends(temps))], bench.messages, 0.01)
    # The faster of the two: a denominator that is tuned badly would flatter the worker.
    best = max(loops, key=lambda runs: median(run.rate for run in runs))
    bench.report.figure("P-7 msg/s, exactly once / faster loop", ratios([r.rate for r in worker], [r.rate for r in best]), 0.85, 0.7, most=False, unit=" x")
    bench.kafka.delete(source)
    return worker


def quiet_kb(pid, field, file):
    """The value when it has come to rest."""
    last, since, end = None, time.monotonic(), time.monotonic() + QUIET_DEADLINE_S
    while time.monotonic() < end and time.monotonic() - since < QUIET_S:
        now = memory_kb(pid, field, file)
        if now != last:
            last, since = now, time.monotonic()
        time.sleep(0.05)
    return last


def idle_memory(bench, source, temps):
    with Worker(bench, source, temps) as worker:
        worker.forward()
        worker.wait("forwarding", state="running")
        return quiet_kb(worker.pid, "VmRSS", "status"), quiet_kb(worker.pid, "Pss", "smaps_rollup")


def idle_base(bench, source, temps):
    """What the library takes by itself: a program of one consumer and one producer that are connected."""
    with Loop("tuned", bench, source, temps) as loop:
        loop.forward()
        return quiet_kb(loop.pid, "VmRSS", "status"), quiet_kb(loop.pid, "Pss", "smaps_rollup")


def memory(bench, saturated):
    """P-5."""
    bench.report.say(f"P-5  memory: saturated is the worst run of P-4 and P-7; idle forwards nothing, 1 session; one more session: {MORE_SESSIONS} more with temps of their own;\n"
                     f"     the bare loop, idle, has one consumer and one producer of the library, the worker two of each and one for administration")
    bench.kafka.create("p5", partitions=PARTITIONS)
    temps = bench.temps("p5-temp", 1 + MORE_SESSIONS)
    one, many, base = [], [], []
    for _ in range(bench.runs):
        one.append(idle_memory(bench, "p5", temps[:2]))
        many.append(idle_memory(bench, "p5", temps))
        base.append(idle_base(bench, "p5", temps[:2]))
    more = [(b[0] - a[0]) / MORE_SESSIONS for a, b in zip(one, many)]
    bench.report.figure("P-5 saturated worker, RSS, worst run", [r.rss_mb for r in saturated], 128, 128, unit=" MB", digits=0, worst=True)
    bench.report.figure("P-5 idle worker, RSS", [rss / 1024 for rss, _ in one], 8, 8, unit=" MB", digits=1)
    bench.report.figure("P-5 idle worker, PSS", [pss / 1024 for _, pss in one], 5, 5, unit=" MB", digits=1)
    bench.report.figure("    (bare loop, idle, RSS)", [rss / 1024 for rss, _ in base], 8, unit=" MB", digits=1)
    bench.report.figure("    (bare loop, idle, PSS)", [pss / 1024 for _, pss in base], 5, unit=" MB", digits=1)
    bench.report.figure("P-5 one more session, RSS", more, 64, 64, unit=" KiB", digits=1)


def arguments():
    parser = argparse.ArgumentParser(prog="./dev bench", description="Figures with their denominators, all from one run.")
    parser.add_argument("figures", nargs="*", choices=["P-3", "P-4", "P-5", "P-7", "P-10", "P-13", []], help="which ones; all when none is named")
    parser.add_argument("--runs", type=int, default=5, help="of each variant")
    parser.add_argument("--messages", type=int, default=300000, help="in a run of P-3 and P-7")
    return parser.parse_args()


def with_kafka(folder, report, wanted, args):
    """The figures that need a broker, on one."""
    with KafkaBroker(folder / "broker", heap_mb=1024) as broker:
        report.say(f"Kafka: {PARTITIONS} partitions, values of 100 bytes, no compression, acks=all.")
        bench = Bench(folder, broker, report, args.runs, args.messages)
        measure(bench, wanted)
        bench.wire.close()


def measure(bench, wanted):
    saturated = []
    if not wanted or "P-3" in wanted:
        many_sessions(bench)
        route_only()
    if not wanted or {"P-4", "P-5"} & wanted:
        saturated += backlog(bench)
    if not wanted or {"P-5", "P-7"} & wanted:
        saturated += exactly_once(bench)
    if not wanted or "P-5" in wanted:
        memory(bench, saturated)


def main():
    args, begin, report = arguments(), time.monotonic(), Report()
    wanted = set(args.figures)
    print(f"{os.cpu_count()} processors ({platform.machine()}), shared with the broker in a process of its own; {args.runs} runs of each variant, "
          f"in turns.\nMedian (min-max); only ratios within one run carry over.\n", flush=True)
    with tempfile.TemporaryDirectory(prefix="sluice-bench-") as name:
        if not wanted or wanted & KAFKA:
            with_kafka(Path(name), report, wanted, args)
        if not wanted or "P-10" in wanted:
            forwarding(Path(name), report, args.runs)
        if not wanted or "P-13" in wanted:
            planning()
    print()
    report.table()
    report.disturbance()
    print(f"\n{time.monotonic() - begin:.0f} s")
    return 0
