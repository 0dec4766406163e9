"""The definitions of kinds on a real API server: what users have is taken as it is, what is wrong is refused with its place, and
what is not known is kept (contract of the inputs; C-10, C-11 for the record)."""

import copy
import json

import pytest

import definitions as d
from testbed.cluster.api import ApiError


@pytest.fixture(scope="module")
def api(cluster):
    d.install(cluster.api)
    return cluster.api


PLURALS = {
    "MirrordKafkaTopicsConsumer": "mirrordkafkatopicsconsumers",
    "MirrordKafkaClientConfig": "mirrordkafkaclientconfigs",
    "MirrordWorkloadQueueRegistry": "mirrordworkloadqueueregistries",
    "MirrordSQSSession": "mirrordsqssessions",
    "MirrordSplitConfig": "mirrordsplitconfigs",
    "MirrordPropertyList": "mirrordpropertylists",
    "SplitSession": "splitsessions",
    "QueueSplit": "queuesplits",
}


def create(api, document, namespace):
    return api.create(PLURALS[document["kind"]], document, namespace)


def refusal(api, document, namespace):
    with pytest.raises(ApiError) as refused:
        create(api, document, namespace)
    assert refused.value.status == 422, refused.value
    return json.loads(str(refused.value).partition(": ")[2])["message"]


def test_every_definition_is_structural_and_its_names_are_free(api):
    for name in d.install(api):
        told = d.conditions(api, name)
        assert told["NamesAccepted"]["status"] == "True", told
        assert "NonStructuralSchema" not in told, told


SQS_QUEUE = {"queueType": "SQS", "nameSource": {"envVar": "INCOMING_MEME_QUEUE_NAME"}, "tags": {"tool": "mirrord"}}
SPLIT_CONFIG = {
    "targetRef": {"apiVersion": "apps/v1", "kind": "Deployment", "name": "meme-app"},
    "queues": [{"id": "views", "kind": "kafka", "appConfig": {"topic": [{"env": "TOPIC", "containers": ["main"]}], "groupId": [{"envLike": "^GROUP"}]}}],
    "clientConfigs": {"kafka": "base"},
    "restart": {"timeout": 60, "waitForPods": 2, "strategy": "isolatePods"},
    "ttl": 30,
    "drainTimeout": 0,
}
PROPERTIES = {
    "properties": [{"name": "url", "valueFrom": {"secretKeyRef": {"name": "rmq", "key": "url"}}}, {"name": "sns", "value": "true"}],
    "propertiesFrom": [{"prefix": "client.", "configMapRef": {"name": "rmq", "optional": True}}],
}
SQS_SESSION = {
    "sessionId": "b1",
    "queueConsumer": {"name": "meme-app", "workloadType": "Deployment", "container": None},
    "queueFilters": {"meme-queue": {"author": "^me$"}, "ad-queue": {}},
    "queueJqFilters": {},
}

# As users have them.
GIVEN = {
    "topics of a Deployment": d.topics_consumer(),
    "topics of a StatefulSet": d.topics_consumer(consumerKind="StatefulSet", consumerName="kafka-notifications-worker", splitTtl=60),
    "unset time-outs": d.topics_consumer(consumerRestartTimeout=None, splitTtl=None),
    "properties": d.client_config([{"name": "bootstrap.servers", "value": "kafka.default.svc.cluster.local:9092"}]),
    "a number as a value": d.client_config([{"name": "message.send.max.retries", "value": 4}]),
    "a boolean as a value": d.client_config([{"name": "enable.idempotence", "value": True}]),
    "a removed property": d.client_config([{"name": "message.send.max.retries", "value": None}], parent="base-config"),
    "a secret": d.client_config([], loadFromSecret="mirrord/my-secret"),
    "MSK": d.client_config([], authenticationExtra={"kind": "MSK_IAM", "awsRegion": "eu-south-1"}),
    "an SQS registry": d.queue_registry(SQS_QUEUE),
    "a registry for all containers": d.queue_registry(SQS_QUEUE, container=None),
    "a pattern": d.queue_registry({"queueType": "SQS", "nameSource": {"regexPattern": "^Q_"}, "namesFromJsonMap": True, "sns": True}),
    "a split config": d.document("queues.mirrord.metalbear.co/v1", "MirrordSplitConfig", "meme-app", SPLIT_CONFIG),
    "a property list": d.document("mirrord.metalbear.co/v1", "MirrordPropertyList", "rmq", PROPERTIES),
    "an SQS session": d.document(d.QUEUES, "MirrordSQSSession", "b1", SQS_SESSION),
    "a session": d.session(),
    "a record": d.split(),
}


@pytest.mark.parametrize("name", GIVEN)
def test_what_users_have_is_taken_unchanged(api, namespace, name):
    given = copy.deepcopy(GIVEN[name])
    made = create(api, given, namespace)
    assert without_nulls(made["spec"]) == without_nulls(given["spec"])


def without_nulls(value):
    """Null means absent there, but for a property's value."""
    if isinstance(value, dict):
        return {key: without_nulls(of) for key, of in value.items() if of is not None or key == "value"}
    return [without_nulls(of) for of in value] if isinstance(value, list) else value


def test_a_removed_property_stays_null(api, namespace):
    made = create(api, copy.deepcopy(GIVEN["a removed property"]), namespace)
    assert made["spec"]["properties"][0] == {"name": "message.send.max.retries", "value": None}


WRONG = {
    "a text for a list": (d.topics_consumer(topics="views"), "spec.topics"),
    "a text for a number": (d.topics_consumer(splitTtl="long"), "spec.splitTtl"),
    "a negative number": (d.topics_consumer(splitTtl=-1), "spec.splitTtl"),
    "too long a time": (d.topics_consumer(consumerRestartTimeout=86401), "spec.consumerRestartTimeout"),
    "no name": (d.topics_consumer(consumerName=None), "spec.consumerName"),
    "an empty name": (d.topics_consumer(consumerName=""), "spec.consumerName"),
    "too long a name": (d.topics_consumer(consumerName="x" * 254), "spec.consumerName"),
    "too many topics": (d.topics_consumer(topics=d.topics_consumer()["spec"]["topics"] * 65), "spec.topics"),
    "an object as a value": (d.client_config([{"name": "a", "value": {"b": "c"}}]), "spec.properties[0].value"),
    "a list as a value": (d.client_config([{"name": "a", "value": ["b"]}]), "spec.properties[0].value"),
    "too long a value": (d.client_config([{"name": "a", "value": "x" * 65537}]), "spec.properties[0].value"),
    "a property without a name": (d.client_config([{"value": "b"}]), "spec.properties[0].name"),
    "a text for a truth": (d.queue_registry({**SQS_QUEUE, "sns": "yes"}), "spec.queues.meme-queue.sns"),
    "too many tags": (d.queue_registry({**SQS_QUEUE, "tags": {f"t{n}": "x" for n in range(51)}}), "spec.queues.meme-queue.tags"),
    "a number for a pattern": (d.session(queues=[{"id": "a", "type": "Kafka", "messageFilter": {"b": 1}}]), "spec.queues[0].messageFilter.b"),
    "too many patterns": (
        d.session(queues=[{"id": "a", "type": "Kafka", "messageFilter": {f"h{n}": "x" for n in range(33)}}]),
        "spec.queues[0].messageFilter",
    ),
    "too long a pattern": (
        d.session(queues=[{"id": "a", "type": "Kafka", "messageFilter": {"b": "x" * 1025}}]),
        "spec.queues[0].messageFilter.b",
    ),
}


@pytest.mark.parametrize("name", WRONG)
def test_what_is_wrong_is_refused_with_its_place(api, namespace, name):
    """S-10: every input has a limit, and the error names it."""
    given, place = WRONG[name]
    assert place in refusal(api, copy.deepcopy(given), namespace)


def test_unknown_fields_reach_us(api, namespace):
    """At every object level: one in a queue must make that queue an error, the others are warned of."""
    given = d.topics_consumer()
    topic = given["spec"]["topics"][0]
    for level in (given["spec"], topic, topic["nameSources"][0], topic["nameSources"][0]["directEnvVar"]):
        level["newer"] = {"deep": [1, {"x": None}]}
    made = create(api, given, namespace)
    assert made["spec"] == given["spec"]


def test_a_record_loses_nothing_on_its_way(api, namespace):
    """C-11: clean-up goes by the record alone; one that a newer version wrote must not be cut by older definitions."""
    given = d.split()
    given["spec"]["temporaries"][0]["newer"] = "kept"
    created = create(api, given, namespace)
    assert created["spec"] == given["spec"]
    status = {"phase": "Active", "sessionCount": 2, "newer": {"a": 1}, "conditions": [{"type": "Ready", "status": "True", "newer": 1}]}
    path = f"/apis/{d.SLUICE}/namespaces/{namespace}/queuesplits/split-1"
    created["status"] = status
    api.request("PUT", f"{path}/status", created)
    found = api.request("GET", path)
    assert (found["spec"], found["status"]) == (given["spec"], status)


def test_the_spec_of_a_session_cannot_be_changed(api, namespace):
    create(api, d.session(), namespace)
    for change in ({"key": "other"}, {"owner": {"username": "other"}}, {"queues": []}, {"target": {"name": "other"}}):
        with pytest.raises(ApiError) as refused:
            api.patch(d.SLUICE, "splitsessions", "mine", {"spec": change}, namespace)
        assert "cannot be changed" in str(refused.value)
    renewed = {"metadata": {"annotations": {"sluice.dev/renewed": "2"}}}
    assert api.patch(d.SLUICE, "splitsessions", "mine", renewed, namespace)["metadata"]["annotations"] == {"sluice.dev/renewed": "2"}


def test_status_is_written_by_its_own_path_alone(api, namespace):
    given = d.session()
    given["status"] = {"phase": "Ready"}
    assert "status" not in create(api, given, namespace)


def shown(cluster, plural, namespace):
    """What kubectl get prints: the words of the head, and those of the first row."""
    head, row, *_ = cluster.kubectl("-n", namespace, "get", plural).splitlines()
    return head.split(), row.split()


def test_get_shows_what_people_look_for(cluster, api, namespace):
    create(api, d.split(), namespace)
    create(api, d.session(), namespace)
    for plural, name, status in (
        ("queuesplits", "split-1", {"phase": "Active", "sessionCount": 2, "waitsFor": ""}),
        ("splitsessions", "mine", {"phase": "Pending", "conditions": [{"type": "Ready", "status": "False", "reason": "SettingUp"}]}),
    ):
        path = f"/apis/{d.SLUICE}/namespaces/{namespace}/{plural}/{name}/status"
        api.request("PATCH", path, {"status": status}, "application/merge-patch+json")
    head, row = shown(cluster, "qsplit", namespace)
    assert (head, row[:-1]) == (["NAME", "TARGET", "QUEUE", "PHASE", "SESSIONS", "AGE"], ["split-1", "meme-app", "views", "Active", "2"])
    head, row = shown(cluster, "ss", namespace)
    assert (head, row[:-1]) == (["NAME", "TARGET", "USER", "PHASE", "REASON", "AGE"], ["mine", "meme-app", "admin", "Pending", "SettingUp"])


def test_short_names_are_there(api):
    found = {resource["name"]: resource.get("shortNames", []) for resource in api.request("GET", f"/apis/{d.SLUICE}")["resources"]}
    assert found["splitsessions"] == ["ss"] and found["queuesplits"] == ["qsplit"]
    registry = api.request("GET", f"/apis/{d.QUEUES}")["resources"]
    assert {"qs"} == {short for resource in registry for short in resource.get("shortNames", [])}
