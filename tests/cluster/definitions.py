"""The definitions of kinds, and resources as users write them."""

from pathlib import Path
from typing import Any

import yaml

from harness.wait import wait_until
from testbed.cluster.api import Api

ROOT = Path(__file__).resolve().parent.parent.parent
FOLDER = ROOT / "crds"
QUEUES = "queues.mirrord.metalbear.co/v1alpha"
SLUICE = "sluice.dev/v1alpha1"


def install(api: Api) -> "list[str]":
    """Apply every definition; the names. Done when the API server serves them all."""
    names = []
    for path in sorted(FOLDER.glob("*.yaml")):
        document = yaml.safe_load(path.read_text())
        api.request(
            "PATCH",
            f"/apis/apiextensions.k8s.io/v1/customresourcedefinitions/{document['metadata']['name']}?fieldManager=tests&force=true",
            document,
            "application/apply-patch+yaml",
        )
        names.append(document["metadata"]["name"])
    wait_until(lambda: all(is_served(api, name) for name in names), 30, "all definitions to be established")
    return names


def conditions(api: Api, name: str) -> "dict[str, dict[str, Any]]":
    found = api.get("apiextensions.k8s.io/v1", "customresourcedefinitions", name) or {}
    return {condition["type"]: condition for condition in found.get("status", {}).get("conditions", [])}


def is_served(api: Api, name: str) -> bool:
    """Established is told before the path answers."""
    if conditions(api, name).get("Established", {}).get("status") != "True":
        return False
    plural, _, group = name.partition(".")
    versions = api.request("GET", f"/apis/{group}")["versions"]
    return any(api.get(version["groupVersion"], plural, "nobody", "default") is None for version in versions)


def document(api_version: str, kind: str, name: str, spec: "dict[str, Any]", **metadata: Any) -> "dict[str, Any]":
    return {"apiVersion": api_version, "kind": kind, "metadata": {"name": name, **metadata}, "spec": spec}


def topics_consumer(name: str = "meme-app-topics-consumer", **spec: Any) -> "dict[str, Any]":
    whole = {
        "consumerApiVersion": "apps/v1",
        "consumerKind": "Deployment",
        "consumerName": "meme-app",
        "topics": [
            {
                "id": "views-topic",
                "clientConfig": "base-config",
                "groupIdSources": [{"directEnvVar": {"container": "consumer", "variable": "KAFKA_GROUP_ID"}}],
                "nameSources": [{"directEnvVar": {"container": "consumer", "variable": "KAFKA_TOPIC_NAME"}}],
            }
        ],
    }
    return document(QUEUES, "MirrordKafkaTopicsConsumer", name, {**whole, **spec})


def client_config(properties: "list[dict[str, Any]]", name: str = "base-config", **spec: Any) -> "dict[str, Any]":
    return document(QUEUES, "MirrordKafkaClientConfig", name, {"properties": properties, **spec})


def queue_registry(queue: "dict[str, Any]", name: str = "meme-app-q-registry", **consumer: Any) -> "dict[str, Any]":
    whole = {"name": "meme-app", "container": "main", "workloadType": "Deployment", **consumer}
    return document(QUEUES, "MirrordWorkloadQueueRegistry", name, {"queues": {"meme-queue": queue}, "consumer": whole})


def session(name: str = "mine", user: str = "admin", **spec: Any) -> "dict[str, Any]":
    whole = {
        "target": {"apiVersion": "apps/v1", "kind": "Deployment", "name": "meme-app"},
        "queues": [{"id": "views-topic", "type": "Kafka", "messageFilter": {"author": "^me$"}}],
        "owner": {"username": user, "hostname": "laptop"},
        "key": "me-1",
    }
    return document(SLUICE, "SplitSession", name, {**whole, **spec})


def split(name: str = "split-1") -> "dict[str, Any]":
    """A record with every field that may stand in one; without the finalizer, so that its namespace can go."""
    return document(
        SLUICE,
        "QueueSplit",
        name,
        {
            "target": {"kind": "Deployment", "name": "meme-app", "uid": "6f0e"},
            "queue": {"type": "Kafka", "cluster": "c1", "name": "views", "group": "meme", "ids": ["views-topic"]},
            "clientConfig": "base-config",
            "resourceHash": "abcd",
            "settings": {"restartTimeoutSeconds": 60, "ttlMillis": 0, "drainTimeoutSeconds": 5, "leftovers": "keep", "waitForPods": "all"},
            "environment": [
                {"container": "consumer", "variable": "KAFKA_TOPIC_NAME", "temporary": "t", "original": {"form": "Value", "odd": [1, None]}}
            ],
            "temporaries": [{"name": "mirrord-tmp-1-fallback-views", "role": "fallback", "group": "meme"}],
            "positions": [{"partition": 0, "start": 0, "end": 9223372036854775807}],
        },
    )
