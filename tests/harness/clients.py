"""Which clients there are and how each is started.

Owns the command lines; building them is the testbed's business (tests/testbed/clients.sh), which says where they are in SLUICE_CLIENT_<NAME>.
"""
import os
import shutil
import sys
from pathlib import Path

CLIENTS = Path(__file__).resolve().parent.parent / "clients"
NAMES = ("python", "java", "kafkajs", "franz", "kcat")
SQS_NAMES = ("sqs_python", "sqs_consumer", "sqs_java", "celery_sqs")
PROTOCOLS = {"python": ("classic", "consumer"), "java": ("classic", "consumer"), "kafkajs": ("classic",), "franz": ("classic",), "kcat": ("classic",)}


def _built(name):
    folder = os.environ.get(f"SLUICE_CLIENT_{name.upper()}")
    return Path(folder) if folder else None


def client_missing(name):
    """Why the client cannot be had here, or None."""
    if name == "kcat":
        return None if shutil.which("kcat") else "kcat is not installed"
    if name not in ("python", "sqs_python") and _built(name) is None:
        return f"SLUICE_CLIENT_{name.upper()} is not set; ./dev test builds the clients"
    return None


def client_command(name):
    """argv of a collector."""
    if name in ("python", "kcat", "sqs_python"):
        return [sys.executable, str(CLIENTS / name / "collect.py")]
    folder = _built(name)
    if folder is None:
        raise RuntimeError(client_missing(name))
    if name == "celery_sqs":
        return [str(folder / "bin" / "python"), str(CLIENTS / name / "collect.py")]
    if name in ("java", "sqs_java"):
        java = shutil.which("java") or "java"
        return [java, "-Xmx128m", "-XX:+UseSerialGC", "-XX:TieredStopAtLevel=1", "-XX:-UsePerfData", "-cp", f"{folder}/*", "CollectSqs" if name == "sqs_java" else "Collect"]
    if name in ("kafkajs", "sqs_consumer"):
        return [shutil.which("node") or "node", str(folder / "collect.js")]
    return [str(folder / "collect")]
