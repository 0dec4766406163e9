"""A folder of manifests and client files, in the forms that users write.

Owns the folder; each document is one file, replaced atomically, so that a supervisor that watches never sees half of one.
"""
import json
import os
from pathlib import Path

import yaml

QUEUES = "queues.mirrord.metalbear.co/v1alpha"
SLUICE = "sluice.dev/v1alpha1"
OPERATOR_NAMESPACE = "mirrord"


def env_var(name, value=None, config_map=None, secret=None, key=None):
    """One entry of env: a value, or a key of a ConfigMap or Secret (the variable's name when no key is given)."""
    if config_map:
        return {"name": name, "valueFrom": {"configMapKeyRef": {"name": config_map, "key": key or name}}}
    if secret:
        return {"name": name, "valueFrom": {"secretKeyRef": {"name": secret, "key": key or name}}}
    return {"name": name, "value": value}


def topic(queue_id, client_config="base-config", container="consumer", name_variable="KAFKA_TOPIC_NAME", group_variable="KAFKA_GROUP_ID"):
    """One entry of spec.topics. group_variable may be None."""
    entry = {"id": queue_id, "clientConfig": client_config,
             "nameSources": [{"directEnvVar": {"container": container, "variable": name_variable}}]}
    if group_variable:
        entry["groupIdSources"] = [{"directEnvVar": {"container": container, "variable": group_variable}}]
    return entry


class Manifests:
    def __init__(self, folder):
        self.folder = Path(folder)
        self.folder.mkdir(parents=True, exist_ok=True)
        self.folder.chmod(0o755)  # one that others can write is refused

    def raw(self, name, text):
        """Write a file as it is. Returns its path."""
        path = self.folder / name
        new = self.folder / f".{name}.new"
        new.write_text(text)
        os.replace(new, path)
        return path

    def remove(self, name):
        (self.folder / name).unlink()

    def document(self, name, *documents):
        return self.raw(f"{name}.yaml", yaml.safe_dump_all(documents, sort_keys=False))

    def local_service(self, name, app, env=None, env_from=None, container="consumer", namespace="default", ready=True, annotations=None):
        """A LocalService that app (class App) is. env: list of env_var(); without it app's own environment as values."""
        env = [env_var(n, v) for n, v in app.environment.items()] if env is None else env
        spec = {"containers": [{"name": container, "env": env, "envFile": str(app.env_file)}], "restart": app.command()}
        if env_from:
            spec["containers"][0]["envFrom"] = env_from
        if ready:
            spec["ready"] = app.command("ready")
        return self.document(f"service-{namespace}-{name}", self._object(SLUICE, "LocalService", name, namespace, annotations, spec=spec))

    def topics_consumer(self, name, target, topics, namespace="default", kind="Deployment", restart_timeout=None, ttl=None, annotations=None):
        """topics: list of topic()."""
        spec = {"consumerApiVersion": "apps/v1", "consumerKind": kind, "consumerName": target, "topics": topics}
        if restart_timeout is not None:
            spec["consumerRestartTimeout"] = restart_timeout
        if ttl is not None:
            spec["splitTtl"] = ttl
        return self.document(f"consumer-{namespace}-{name}", self._object(QUEUES, "MirrordKafkaTopicsConsumer", name, namespace, annotations, spec=spec))

    def queue_registry(self, name, target, queues, namespace="default", kind="Deployment", container=None, annotations=None):
        """queues: id -> what the resource says of it."""
        consumer = {"name": target, "workloadType": kind, **({"container": container} if container else {})}
        return self.document(f"registry-{namespace}-{name}", self._object(QUEUES, "MirrordWorkloadQueueRegistry", name, namespace, annotations,
                                                                          spec={"consumer": consumer, "queues": queues}))

    def client_config(self, name, properties, parent=None, secret=None, namespace=OPERATOR_NAMESPACE):
        """properties: name -> value, None removes an inherited one."""
        spec = {"properties": [{"name": n, "value": v} for n, v in properties.items()]}
        if parent:
            spec["parent"] = parent
        if secret:
            spec["loadFromSecret"] = secret
        return self.document(f"config-{namespace}-{name}", self._object(QUEUES, "MirrordKafkaClientConfig", name, namespace, None, spec=spec))

    def config_map(self, name, data, namespace="default"):
        return self.document(f"configmap-{namespace}-{name}", self._object("v1", "ConfigMap", name, namespace, None, data=data))

    def secret(self, name, data, namespace=OPERATOR_NAMESPACE):
        return self.document(f"secret-{namespace}-{name}", self._object("v1", "Secret", name, namespace, None, type="Opaque", stringData=data))

    @staticmethod
    def _object(version, kind, name, namespace, annotations, **rest):
        metadata = {"name": name, "namespace": namespace}
        if annotations:
            metadata["annotations"] = {f"sluice.dev/{key}": str(value) for key, value in annotations.items()}
        return {"apiVersion": version, "kind": kind, "metadata": metadata, **rest}


def client_file(path, queues, target=None, queue_type="Kafka"):
    """A .mirrord/mirrord.json. queues: id -> filter dictionary, or (filter, mode) with mode steal or mirror."""
    split = {}
    for queue_id, entry in queues.items():
        filters, mode = entry if isinstance(entry, tuple) else (entry, None)
        split[queue_id] = {"queue_type": queue_type, "message_filter": filters}
        if mode:
            split[queue_id]["queue_mode"] = mode
    document = {"operator": True, "feature": {"split_queues": split}}
    if target:
        document["target"] = target
    path = Path(path)
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(json.dumps(document, indent=2) + "\n")
    return path
