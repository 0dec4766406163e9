"""Watches one forwarding process from outside: time, progress and processor time, sample by sample."""

import os
import time
from collections import namedtuple
from pathlib import Path

DEADLINE_S = 60.0
STEP_MIN = 16   # a step of fewer records may be markers of transactions

TICKS = os.sysconf("SC_CLK_TCK")

Run = namedtuple("Run", "rate cpu_us gap_ms rss_mb others")
Sample = namedtuple("Sample", "at done cpu_s ours_s busy_s")


def cpu_s(pid):
    """User and system time of a whole process, in nanoseconds' resolution (clock_getcpuclockid)."""
    return time.clock_gettime((~pid << 3) | 2)


def busy_s():
    """Processor time of the whole machine that was not idle."""
    fields = [int(field) for field in Path("/proc/stat").read_text().split("\n", 1)[0].split()[1:9]]
    return (sum(fields) - fields[3] - fields[4]) / TICKS


def memory_kb(pid, field, file="status"):
    for line in Path(f"/proc/{pid}/{file}").read_text().splitlines():
        if line.startswith(field + ":"):
            return int(line.split()[1])
    raise OSError(f"no {field} of process {pid}")


def samples_take(pid, broker, progress, target, interval_s, alive):
    """Until progress() says target. broker: its process id. alive(): raises when the process has ended."""
    found, end = [], time.monotonic() + DEADLINE_S
    while not found or found[-1].done < target:
        now = time.monotonic()
        if now > end:
            raise AssertionError(f"{found[-1].done} of {target} messages within {DEADLINE_S:.0f} s")
        alive()
        done, cpu = progress(), cpu_s(pid)
        found.append(Sample(now, done, cpu, cpu + cpu_s(broker) + cpu_s(os.getpid()), busy_s()))
        time.sleep(max(0.0, interval_s - (time.monotonic() - now)))
    return found


def longest_gap_s(samples):
    """Between two looks that found messages, from the first message on."""
    longest, last = 0.0, None
    for before, after in zip(samples, samples[1:]):
        if after.done - before.done < STEP_MIN:
            continue
        if last is not None:
            longest = max(longest, after.at - last)
        last = after.at
    return longest


def run_of(pid, samples):
    """From the first progress to the last: what starting costs is not part of it."""
    first = next(s for s in samples if s.done > samples[0].done)
    last = samples[-1]
    count = last.done - first.done
    others = max(0.0, (last.busy_s - first.busy_s) - (last.ours_s - first.ours_s)) / ((last.at - first.at) * os.cpu_count())
    return Run(count / (last.at - first.at), (last.cpu_s - first.cpu_s) / count * 1e6, longest_gap_s(samples) * 1e3,
               memory_kb(pid, "VmHWM") / 1024, others)
