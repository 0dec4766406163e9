"""Documents as the supervisor has them, for tests that look at them."""
from rig import READY

TARGET = {"apiVersion": "apps/v1", "kind": "Deployment", "name": "meme-app"}


def session(name, namespace="default", phase="Ready", **status):
    filters = {"views-topic": {"author": "^me$"}}
    return {"apiVersion": "sluice.dev/v1alpha1", "kind": "SplitSession",
            "metadata": {"name": name, "namespace": namespace, "creationTimestamp": "2026-01-02T03:04:05Z"},
            "spec": {"target": TARGET, "owner": {"username": "alice", "hostname": "laptop"},
                     "queues": [{"id": i, "type": "Kafka", "messageFilter": f} for i, f in filters.items()]},
            "status": {**(READY if phase == "Ready" else {}), "phase": phase, **status}}


def split(name, namespace="default", phase="Active", **status):
    return {"apiVersion": "sluice.dev/v1alpha1", "kind": "QueueSplit",
            "metadata": {"name": name, "namespace": namespace, "creationTimestamp": "2026-01-02T03:04:05Z"},
            "spec": {"target": TARGET, "queue": {"type": "Kafka", "name": "views", "group": "meme-group", "ids": ["views-topic"]},
                     "temporaries": [{"name": "mirrord-tmp-1-fallback-views", "role": "fallback"}]},
            "status": {"phase": phase, "since": "2026-01-02T03:04:05Z", "sessions": [{"name": "alice-1"}], **status}}


def consumer(topics):
    return {"metadata": {"name": "c"}, "spec": {"consumerKind": "Deployment", "consumerName": "meme-app", "topics": topics}}


def topic(queue_id="views-topic", variable="KAFKA_TOPIC_NAME", container="main", config="base-config", **more):
    place = {"container": container, "variable": variable}
    return {"id": queue_id, "clientConfig": config, "nameSources": [{"directEnvVar": {**place, **more}}],
            "groupIdSources": [{"directEnvVar": {"container": "main", "variable": "KAFKA_GROUP_ID"}}]}
