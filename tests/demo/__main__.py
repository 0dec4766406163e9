"""python -m demo [kafka|sqs]: a queue of a real broker, shared by a deployed application and two developers, while worker and supervisor are killed.

Ends with 0 only when nothing was lost, duplicated or misrouted and everything is as it was before. Leaves its logs in a folder whose path it prints.
"""
import argparse
import os
import signal
import sys
import time
from pathlib import Path

from .on_kafka import KafkaDemo
from .on_sqs import SqsDemo

CHECKOUT = Path(__file__).resolve().parent.parent.parent
KEPT = 5                 # folders of earlier runs
DEMOS = {"kafka": KafkaDemo, "sqs": SqsDemo}


def make_folder(root):
    root.mkdir(parents=True, exist_ok=True)
    for old in sorted(p for p in root.iterdir() if p.is_dir())[:-KEPT or None]:
        remove(old)
    folder = root / f"{time.strftime('%Y%m%d-%H%M%S')}-{os.getpid()}"
    folder.mkdir()
    return folder


def remove(folder):
    import shutil
    shutil.rmtree(folder, ignore_errors=True)


def main():
    parser = argparse.ArgumentParser(prog="./dev demo", description=__doc__.splitlines()[0].split(": ", 1)[1])
    parser.add_argument("broker", nargs="?", choices=sorted(DEMOS), default="kafka")
    parser.add_argument("--plain", action="store_true", help="lines instead of a table that is redrawn")
    args = parser.parse_args()
    signal.signal(signal.SIGTERM, lambda *_: sys.exit(143))
    folder = make_folder(CHECKOUT / "build" / "demo")
    print(f"logs: {folder}", flush=True)
    (folder / "run").mkdir()
    try:
        kind = DEMOS[args.broker]
        with kind.broker(folder / "broker") as broker:
            demo = kind(folder / "run", broker, False if args.plain else None)
            try:
                good = demo.story()
            finally:
                demo.run.close()
    except KeyboardInterrupt:
        print("\ninterrupted; everything was ended", file=sys.stderr)
        return 130
    except (AssertionError, OSError) as error:
        print(f"\nthe demonstration failed: {error}", file=sys.stderr)
        return 1
    finally:
        print(f"logs: {folder}", flush=True)
    return 0 if good else 1


if __name__ == "__main__":
    sys.exit(main())
