"""The log of a worker and the figures of a split, as a developer gets them from a cluster: by the operator's port, with rights and a
token of their own."""

import contextlib
import json
import subprocess
import sys
import urllib.error

import pytest
from developer import PORT, Developer
from harness.page import Page
from harness.wait import wait_until
from release import NAMESPACE

# Prints status and body.
GET = """
import sys, urllib.error, urllib.request
try:
    answer = urllib.request.urlopen(urllib.request.Request(sys.argv[1], headers={"Authorization": "Bearer " + sys.argv[2]}), timeout=20)
except urllib.error.HTTPError as error:
    answer = error
print(answer.status, answer.read().decode())
"""


def page_of(developer):
    return contextlib.closing(Page(developer.story.folder, developer.environment(), name=f"page-{developer.name}"))


@pytest.fixture
def split(story):
    """A split with one session and some messages; its name."""
    story.deploy(instances=1)
    producer = story.producer("1", rate=100)
    ann = story.session(story.served_by, "ann", {"author": "^anna$"}).start()
    yield story.splits()[0]["metadata"]["name"]
    producer.stop()
    ann.end()


def test_s_14_logs_and_rates_by_the_operators_port(story, split):
    ann = Developer(story, "ann")
    refused = ann.sluice("logs", split)
    assert refused.returncode == 77 and "RightMissing" in refused.stderr

    ann.bind("ClusterRole", "view", story.namespace)
    ann.bind("Role", PORT, NAMESPACE)
    story.cluster.users.grant(f"{story.namespace}:ann", [{"apiGroups": ["sluice.dev"], "resources": ["queuesplits", "splitsessions"], "verbs": ["get", "list"]}], story.namespace)
    refused = ann.sluice("logs", split)
    assert refused.returncode == 77, refused.stderr
    assert f"may not get queuesplits/log in namespace {story.namespace}, name {split}" in refused.stderr

    bob = Developer(story, "bob")
    bob.bind("ClusterRole", "sluice-user", story.namespace)
    without_port = bob.sluice("logs", split)
    assert without_port.returncode == 77 and PORT in without_port.stderr, without_port.stderr
    bob.bind("Role", PORT, NAMESPACE)
    log = bob.sluice("logs", split)
    assert log.returncode == 0 and "generation=" in log.stdout, log
    wait_until(lambda: "/s" in bob.sluice("status").stdout, 20, "a rate", seen=lambda: bob.sluice("status"))
    figures = json.loads(bob.sluice("status", "-o", "json").stdout)["figures"]
    assert [row["name"] for row in figures["splits"]] == [split]

    with page_of(bob) as page:
        wait_until(lambda: [row["name"] for row in json.loads(page.ask("/api/figures"))["splits"]] == [split], 20, "figures on the page")
        status = json.loads(page.ask("/api/status"))
        assert [(s["metadata"]["name"], status["cluster"]) for s in status["splits"]] == [(split, True)] and status["events"] is not None
        assert "generation=" in page.ask(f"/api/logs/{story.namespace}/{split}", 1 << 16)
    with page_of(ann) as page, pytest.raises(urllib.error.HTTPError) as error:
        page.ask(f"/api/logs/{story.namespace}/{split}")
    assert error.value.code == 403 and "queuesplits/log" in json.load(error.value)["message"]

    followed = bob.sluice("logs", split, "-A", "--operator-namespace", "nowhere")
    assert followed.returncode == 77, followed.stderr
    certificate = bob.sluice("logs", split, kubeconfig=story.served_by.kubeconfig)
    assert certificate.returncode == 77 and "TokenMissing" in certificate.stderr


    # Prometheus reaches the port over the network, and has a right that is no resource's.
    address = story.cluster.kubectl("-n", NAMESPACE, "get", "pods", "-l", "app=mirrord-operator", "-o", "jsonpath={.items[0].status.podIP}")

    def page():
        argv = [sys.executable, "-c", GET, f"http://{address}:8080/metrics", story.cluster.users.token("bob", story.namespace)]
        return subprocess.run(story.cluster.network.inside(argv), capture_output=True, text=True, timeout=60, check=True).stdout

    refused = page()
    assert refused.startswith("403 ") and "may not get the path /metrics" in refused and "sluice-metrics-reader" in refused
    role = {"apiGroup": "rbac.authorization.k8s.io", "kind": "ClusterRole", "name": "sluice-metrics-reader"}
    subject = {"kind": "ServiceAccount", "name": "bob", "namespace": story.namespace}
    binding = {"apiVersion": "rbac.authorization.k8s.io/v1", "kind": "ClusterRoleBinding", "metadata": {"name": f"metrics-{story.namespace}"}, "roleRef": role, "subjects": [subject]}
    story.cluster.api.apply("clusterrolebindings", binding)
    told = wait_until(lambda: (text := page()).startswith("200 ") and text, 30, "the page for who may read it", seen=page)
    assert f'sluice_split_phase{{namespace="{story.namespace}",split="{split}",phase="Active"}} 1' in told and "sluice_supervisor_leading 1" in told
    assert f'sluice_split_messages_received_total{{namespace="{story.namespace}",split="{split}"}}' in told


def test_worker_logs_stand_in_the_output_of_their_container(story, split):
    """Each line with its split, so that one worker can be picked out."""
    def lines():
        output = story.cluster.kubectl("-n", NAMESPACE, "logs", "deployment/mirrord-operator", "-c", "workers")
        return [line for line in output.splitlines() if f" split={split} " in line]
    wait_until(lambda: any("worker started" in line for line in lines()), 20, "the worker's lines", seen=lines)
    assert all(" incarnation=" in line for line in lines() if "guardian:" not in line)
