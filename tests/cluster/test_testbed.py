"""The cluster itself: what tests of the operator lean on is there. So a failure elsewhere is not the testbed's."""

import confluent_kafka
import pytest

from checker import cli
from checker.judge import judge
from checker.log import logs_read
from harness.producer import Producer
from harness.wait import wait_until
from testbed.broker import make_topics
from testbed.cluster.addresses import NODE_NAME
from testbed.cluster.api import Api, ApiError

from application import Application
from workload import deployment, log_of, pod, pods, run_pod, wait_rolled_out

ASK_API = """
import json, pathlib, socket, ssl, urllib.request
here = pathlib.Path("/var/run/secrets/kubernetes.io/serviceaccount")
print(socket.gethostbyname("kubernetes.default"), socket.gethostbyname("kubernetes.default.svc.cluster.local"))
context = ssl.create_default_context(cafile=str(here / "ca.crt"))
review = {"apiVersion": "authentication.k8s.io/v1", "kind": "SelfSubjectReview"}
request = urllib.request.Request("https://kubernetes.default.svc/apis/authentication.k8s.io/v1/selfsubjectreviews", json.dumps(review).encode(),
                                 {"Authorization": "Bearer " + (here / "token").read_text(), "Content-Type": "application/json"})
print(json.load(urllib.request.urlopen(request, context=context, timeout=20))["status"]["userInfo"]["username"])
"""

CONSUME_ONE = """
import os
from confluent_kafka import Consumer
consumer = Consumer({"bootstrap.servers": os.environ["BOOTSTRAP"], "group.id": "pod", "auto.offset.reset": "earliest"})
consumer.subscribe([os.environ["TOPIC"]])
message = consumer.poll(60)
assert message is not None and not message.error(), message and message.error()
print(message.value().decode())
consumer.close()
"""

SERVE = "import http.server; http.server.ThreadingHTTPServer(('', 8080), http.server.SimpleHTTPRequestHandler).serve_forever()"
ASK_SERVICE = """
import time, urllib.request
for turn in range(100):
    try:
        print(urllib.request.urlopen("http://web/", timeout=5).status)
        break
    except OSError as error:
        last = error
        time.sleep(0.2)
else:
    raise last
"""


def test_node_is_ready_and_of_the_pinned_version(cluster):
    found = cluster.api.get("v1", "nodes", NODE_NAME)
    ready = [c["status"] for c in found["status"]["conditions"] if c["type"] == "Ready"]
    version = cluster.api.request("GET", "/version")["gitVersion"]
    assert ready == ["True"]
    assert version.startswith("v1.34.") and found["status"]["nodeInfo"]["kubeletVersion"] == version


def test_deployment_rolls_out_and_again_when_its_template_changes(cluster, namespace):
    cluster.api.create("deployments", deployment("app", 2, env={"WORD": "one"}), namespace)
    wait_rolled_out(cluster, namespace, "app")
    old = {pod["metadata"]["name"] for pod in pods(cluster, namespace, "app")}
    assert len(old) == 2
    cluster.kubectl("set", "env", "deployment/app", "WORD=two", "--namespace", namespace)
    wait_rolled_out(cluster, namespace, "app")
    assert not old & {pod["metadata"]["name"] for pod in pods(cluster, namespace, "app")}


def test_rollout_of_argo_is_moved_by_its_controller(cluster, namespace):
    cluster.start_rollouts()
    rollout = deployment("app", 2)
    rollout.update(apiVersion="argoproj.io/v1alpha1", kind="Rollout")
    rollout["spec"]["strategy"] = {"canary": {}}
    cluster.api.create("rollouts", rollout, namespace)
    seen = {}

    def is_healthy():
        seen.update(cluster.api.get("argoproj.io/v1alpha1", "rollouts", "app", namespace).get("status", {}))
        return seen.get("phase") == "Healthy" and seen.get("readyReplicas") == 2

    wait_until(is_healthy, 90, "the rollout to be healthy", lambda: seen)
    assert len(pods(cluster, namespace, "app")) == 2


def test_pod_finds_the_api_by_name_and_is_known_there_by_its_token(cluster, namespace):
    addresses, user = run_pod(cluster, namespace, pod("asks", ASK_API)).splitlines()
    assert addresses.split() == ["10.96.0.1", "10.96.0.1"]
    assert user == f"system:serviceaccount:{namespace}:default"


def test_pod_consumes_what_the_test_produced(cluster, cluster_broker, namespace):
    make_topics(cluster_broker.bootstrap, [namespace])
    producer = confluent_kafka.Producer({"bootstrap.servers": cluster_broker.bootstrap})
    producer.produce(namespace, b"from the test")
    assert producer.flush(30) == 0
    env = {"BOOTSTRAP": cluster_broker.inner_bootstrap, "TOPIC": namespace}
    assert run_pod(cluster, namespace, pod("consumes", CONSUME_ONE, env)) == "from the test\n"


def test_application_in_pods_collects_everything_in_order(cluster, cluster_broker, namespace, tmp_path):
    make_topics(cluster_broker.bootstrap, [namespace])
    where = {"KAFKA_BOOTSTRAP": cluster_broker.inner_bootstrap, "KAFKA_TOPIC_NAME": namespace, "KAFKA_GROUP_ID": f"group-{namespace}"}
    app = Application(cluster, namespace, tmp_path, {"consumer": {**where, "AUTO_OFFSET_RESET": "earliest"}}).apply()
    app.wait_ready()
    first = app.template()
    producer = Producer(app.folder, cluster_broker.bootstrap, namespace, count=3000, strange=0.3)
    try:
        assert producer.finish() == 3000
    finally:
        producer.kill()
    wait_until(lambda: len(app.uids()) == 3000, 60, "everything collected", app.describe)
    assert app.template() == first
    app.stop()
    judgement = judge(logs_read([app.folder]))
    assert cli.holds(cli.verdicts(judgement)) and judgement.ledger["application"] == 3000, judgement.ledger


def test_pod_reaches_another_through_a_service(cluster, namespace):
    ports = [{"port": 80, "targetPort": 8080}]
    service = {"apiVersion": "v1", "kind": "Service", "metadata": {"name": "web"}, "spec": {"selector": {"app": "web"}, "ports": ports}}
    cluster.api.create("services", service, namespace)
    cluster.api.create("deployments", deployment("web", script=SERVE), namespace)
    wait_rolled_out(cluster, namespace, "web")
    assert run_pod(cluster, namespace, pod("visitor", ASK_SERVICE)) == "200\n"


def test_pod_is_evicted_and_made_anew(cluster, namespace):
    cluster.api.create("deployments", deployment("app"), namespace)
    wait_rolled_out(cluster, namespace, "app")
    (old,) = [pod["metadata"]["name"] for pod in pods(cluster, namespace, "app")]
    eviction = {"apiVersion": "policy/v1", "kind": "Eviction", "metadata": {"name": old}}
    cluster.api.request("POST", f"/api/v1/namespaces/{namespace}/pods/{old}/eviction", eviction)
    wait_until(lambda: old not in [p["metadata"]["name"] for p in pods(cluster, namespace, "app")], 30, "the pod to go")
    wait_rolled_out(cluster, namespace, "app")


def test_autoscaler_is_taken_note_of(cluster, namespace):
    cluster.api.create("deployments", deployment("app"), namespace)
    target = {"apiVersion": "apps/v1", "kind": "Deployment", "name": "app"}
    resource = {"name": "cpu", "target": {"type": "Utilization", "averageUtilization": 50}}
    spec = {"scaleTargetRef": target, "minReplicas": 2, "maxReplicas": 3, "metrics": [{"type": "Resource", "resource": resource}]}
    document = {"apiVersion": "autoscaling/v2", "kind": "HorizontalPodAutoscaler", "metadata": {"name": "app"}, "spec": spec}
    cluster.api.create("horizontalpodautoscalers", document, namespace)
    # It has no metrics to go by, but raises the number to its minimum.
    wait_until(lambda: cluster.api.get("apps/v1", "deployments", "app", namespace)["spec"]["replicas"] == 2, 60, "two replicas")


def test_user_has_the_rights_that_were_granted_and_no_others(cluster, namespace):
    person = cluster.users.person("anna@example.test", namespace=namespace)
    with pytest.raises(RuntimeError, match="forbidden"):
        cluster.kubectl("get", "pods", kubeconfig=person)
    cluster.users.grant("anna@example.test", [{"apiGroups": [""], "resources": ["pods"], "verbs": ["get", "list"]}], namespace)
    wait_until(lambda: cluster.kubectl("auth", "can-i", "list", "pods", kubeconfig=person), 20, "the right", passing=(RuntimeError,))
    with pytest.raises(RuntimeError, match="forbidden"):
        cluster.kubectl("get", "pods", "--namespace", "default", kubeconfig=person)


def test_token_of_a_service_account_is_good_outside_too(cluster, namespace):
    cluster.users.service_account("robot", namespace)
    token = cluster.users.token("robot", namespace)
    api = Api(cluster.server, cluster.identity.authority.pair.certificate, token=token)
    with pytest.raises(ApiError) as refused:
        api.list("v1", "pods", namespace)
    assert refused.value.status == 403 and f"system:serviceaccount:{namespace}:robot" in str(refused.value)


def test_api_server_goes_and_comes_while_pods_run_on(cluster, namespace):
    cluster.api.create("deployments", deployment("app"), namespace)
    wait_rolled_out(cluster, namespace, "app")
    (found,) = pods(cluster, namespace, "app")
    before = cluster.container_pids(namespace, found["metadata"]["name"], "main")
    cluster.kill_api()
    try:
        with pytest.raises(ApiError) as away:
            cluster.api.request("GET", "/version")
        assert away.value.status == 0
    finally:
        cluster.start_api()
    assert cluster.container_pids(namespace, found["metadata"]["name"], "main") == before


def test_killed_container_is_started_again(cluster, namespace):
    cluster.api.create("deployments", deployment("app"), namespace)
    wait_rolled_out(cluster, namespace, "app")
    (found,) = pods(cluster, namespace, "app")
    cluster.kill_container(namespace, found["metadata"]["name"], "main")
    wait_restarted(cluster, namespace, found)


def test_node_reboot_starts_every_container_again_in_the_same_pod(cluster, namespace):
    cluster.api.create("deployments", deployment("app"), namespace)
    wait_rolled_out(cluster, namespace, "app")
    (found,) = pods(cluster, namespace, "app")
    cluster.reboot_node()
    wait_restarted(cluster, namespace, found)
    # It runs before it has said anything.
    wait_until(lambda: log_of(cluster, namespace, found["metadata"]["name"]) == "up\n", 30, "the log of the new container")


def wait_restarted(cluster, namespace, before):
    name, seen = before["metadata"]["name"], {}

    def is_restarted():
        found = cluster.api.get("v1", "pods", name, namespace)
        assert found and found["metadata"]["uid"] == before["metadata"]["uid"], f"pod {name} was replaced"
        (status,) = found["status"]["containerStatuses"]
        seen.update(status)
        return status["restartCount"] >= 1 and status["ready"]

    wait_until(is_restarted, 120, f"the container of pod {name} to run again", lambda: seen)
