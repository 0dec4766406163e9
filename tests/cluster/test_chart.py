"""The chart in a cluster: it installs, upgrades definitions, leaves what users made; and who may do what with sessions."""

import json
import shutil
import uuid
from pathlib import Path

import pytest
import yaml

import chart
import definitions as d
from harness.wait import wait_until
from testbed.cluster import cache
from testbed.cluster.api import ApiError
from testbed.cluster.cluster import Cluster

RELEASE = "sluice"


@pytest.fixture(scope="module")
def cluster(tmp_path_factory):
    """One of its own: what is installed, taken over and taken away here must not be what other tests use."""
    with Cluster(tmp_path_factory.mktemp("chart") / "run") as found:
        yield found


ADOPT = ("--set", "adoptDefinitions=true", "--take-ownership")


def install(cluster, *words, release=RELEASE, folder=chart.FOLDER):
    # No pods: these tests are about what the API server does with the chart's objects.
    return cluster.helm("upgrade", "--install", release, str(folder), "--namespace", "default", "--set", "operator.replicas=0", *words)


def uninstall(cluster, release):
    # There are no splits to end, and no pods to end them.
    cluster.helm("uninstall", release, "--namespace", "default", "--no-hooks")


@pytest.fixture(scope="module")
def installed(cluster):
    said = install(cluster)
    yield said
    uninstall(cluster, RELEASE)


class People:
    """Users of the cluster, and what they do with sessions of one namespace."""

    def __init__(self, cluster, namespace):
        self.cluster, self.namespace, self.ids = cluster, namespace, uuid.uuid4().hex[:6]

    def user(self, name, role=None):
        """A person, bound to a role of the chart in the namespace; their name."""
        whole = f"{name}-{self.ids}"
        if role:
            binding = {
                "apiVersion": "rbac.authorization.k8s.io/v1",
                "kind": "RoleBinding",
                "metadata": {"name": whole},
                "roleRef": {"apiGroup": "rbac.authorization.k8s.io", "kind": "ClusterRole", "name": role},
                "subjects": [{"kind": "User", "name": whole, "apiGroup": "rbac.authorization.k8s.io"}],
            }
            self.cluster.api.create("rolebindings", binding, self.namespace)
        return whole

    def does(self, user, *words, document=None):
        """What kubectl says when they do it, which may be an error."""
        try:
            return self.cluster.kubectl("-n", self.namespace, "--as", user, *words, stdin=json.dumps(document) if document else None)
        except RuntimeError as error:
            return f"refused: {error}"

    def creates(self, user, document):
        return self.does(user, "create", "-f", "-", document=document)


@pytest.fixture(scope="module")
def enforced(cluster, installed):
    """A policy counts a moment after it was made."""
    forged = d.session(f"probe-{uuid.uuid4().hex[:6]}", user="somebody")

    def refused():
        try:
            cluster.api.create("splitsessions", forged, "default")
        except ApiError as error:
            return "spec.owner.username" in str(error)
        cluster.api.delete(d.SLUICE, "splitsessions", forged["metadata"]["name"], "default")
        return False

    wait_until(refused, 60, "the policy of sessions to count")


@pytest.fixture
def people(cluster, enforced, namespace):
    return People(cluster, namespace)


def test_notes_say_what_to_do_next(installed):
    assert "NOTHING IS SPLIT YET" in installed and "rollout status deployment/mirrord-operator" in installed
    assert "does not know" not in installed


def test_values_that_are_not_known_are_named(cluster, installed):
    said = install(cluster, "--set", "operator.kafkaSplitting=true,operator.sqsSpliting=true,licence=x")
    assert "operator.sqsSpliting" in said and "licence" in said and "NOTHING IS SPLIT" not in said


def older_chart(folder):
    """One whose QueueSplit has no columns, and whose consumers of topics know no splitTtl."""
    shutil.copytree(chart.FOLDER, folder)

    def change(name, edit):
        path = folder / "crd" / f"{name}.yaml"
        document = yaml.safe_load(path.read_text())
        edit(document["spec"]["versions"][0])
        path.write_text(yaml.safe_dump(document))

    change("queuesplits", lambda version: version.update(additionalPrinterColumns=[]))
    change("mirrordkafkatopicsconsumers", lambda version: version["schema"]["openAPIV3Schema"]["properties"]["spec"]["properties"].pop("splitTtl"))
    return folder


def test_case_28_upgrade_upgrades_the_definitions_and_what_is_stored_stays(cluster, installed, namespace, tmp_path):
    """CASE-28: what an older definition took, known to it or not, is there with every byte under the newer one."""
    older = older_chart(tmp_path / "helm")

    def columns():
        found = cluster.api.get("apiextensions.k8s.io/v1", "customresourcedefinitions", "queuesplits.sluice.dev")
        return found["spec"]["versions"][0].get("additionalPrinterColumns", [])

    def stored():
        found = [cluster.api.get(d.QUEUES, "mirrordkafkatopicsconsumers", "meme-app-topics-consumer", namespace),
                 cluster.api.get(d.SLUICE, "queuesplits", "split-1", namespace)]
        return [(one["metadata"]["uid"], one["metadata"]["resourceVersion"], one["spec"]) for one in found]

    install(cluster, folder=older)
    assert columns() == []
    cluster.api.create("mirrordkafkatopicsconsumers", d.topics_consumer(splitTtl=7), namespace)
    cluster.api.create("queuesplits", d.split(), namespace)
    before = stored()
    install(cluster)
    assert "Sessions" in [column["name"] for column in columns()]
    assert stored() == before
    assert before[0][2]["splitTtl"] == 7


def test_definitions_of_somebody_else_are_used_and_told(cluster, installed):
    """The chart adopts what is there: it neither fails nor deletes it."""
    name = "mirrordpropertylists.mirrord.metalbear.co"
    path = f"/apis/apiextensions.k8s.io/v1/customresourcedefinitions/{name}"
    theirs = {"metadata": {"annotations": {"meta.helm.sh/release-name": "theirs"}}}
    cluster.api.request("PATCH", path, theirs, "application/merge-patch+json")
    said = install(cluster)
    assert name in said and "--take-ownership" in said
    taken = install(cluster, *ADOPT)
    assert name not in taken
    assert cluster.api.request("GET", path)["metadata"]["annotations"]["meta.helm.sh/release-name"] == RELEASE


@pytest.fixture(scope="module")
def teams(cluster, installed):
    for name in ("team-a", "team-b", "team-c"):
        cluster.api.apply("namespaces", {"apiVersion": "v1", "kind": "Namespace", "metadata": {"name": name}})


def test_another_operator_with_splitting_is_refused(cluster, teams, namespace):
    other = yaml.safe_load(OTHER)
    cluster.api.create("deployments", other, namespace)
    try:
        with pytest.raises(RuntimeError) as refused:
            install(cluster)
        assert f"{namespace}/mirrord-operator" in str(refused.value) and "OPERATOR_SQS_SPLITTING" in str(refused.value)
        install(cluster, *SERVES_TEAM_A)
        install(cluster, *SERVES_TEAM_B, release="beside")
        uninstall(cluster, "beside")
    finally:
        cluster.api.delete("apps/v1", "deployments", "mirrord-operator", namespace)
        install(cluster)


SERVES_TEAM_A = ("--set", "operator.namespaces={team-a}")
SERVES_TEAM_B = ("--set", "operator.namespaces={team-b,team-c},namespace=beside")


def test_case_28_two_releases_that_serve_one_namespace_refuse_each_other(cluster, teams):
    """CASE-28: whichever of the two comes second, and whoever grows later."""
    def refused(*words, **which):
        with pytest.raises(RuntimeError) as said:
            install(cluster, *words, **which)
        return str(said.value)

    assert f"release {RELEASE} in namespace default serves namespace team-b already" in refused(*SERVES_TEAM_B, release="beside")
    assert "serves every namespace already" in refused("--set", "namespace=beside", release="beside")
    install(cluster, *SERVES_TEAM_A)
    try:
        install(cluster, *SERVES_TEAM_B, release="beside")
        said = refused("--set", "operator.namespaces={team-a,team-c}")
        assert "release beside in namespace default serves namespace team-c already" in said and "operator.namespaces" in said
        assert "release beside" in refused()
    finally:
        uninstall(cluster, "beside")
        install(cluster)


OTHER = """
apiVersion: apps/v1
kind: Deployment
metadata: {name: mirrord-operator, labels: {app: mirrord-operator}}
spec:
  replicas: 0
  selector: {matchLabels: {app: mirrord-operator}}
  template:
    metadata: {labels: {app: mirrord-operator}}
    spec:
      containers:
        - {name: operator, image: "sluice.test/pause:1", env: [{name: OPERATOR_SQS_SPLITTING, value: "true"}]}
"""


def test_a_developer_starts_and_ends_a_session(people):
    ann = people.user("ann", "sluice-user")
    assert "created" in people.creates(ann, d.session("mine", ann))
    assert "annotated" in people.does(ann, "annotate", "splitsession", "mine", "sluice.dev/renewed=1")
    assert "deleted" in people.does(ann, "delete", "splitsession", "mine")


def test_a_forged_owner_is_refused(people):
    ann = people.user("ann", "sluice-user")
    said = people.creates(ann, d.session("mine", "somebody"))
    assert f'spec.owner.username must be "{ann}"' in said and '"somebody"' in said
    nobody = d.session("mine", ann)
    del nobody["spec"]["owner"]
    assert "spec.owner.username must be" in people.creates(ann, nobody)


def test_splitting_needs_the_right_on_the_target(people):
    """Rights to make sessions are not enough: the verb split on the target itself is needed."""
    bob = people.user("bob")
    rule = {"apiGroups": ["sluice.dev"], "resources": ["splitsessions"], "verbs": ["create", "get"]}
    own = {"apiGroups": ["apps"], "resources": ["deployments"], "verbs": ["split"], "resourceNames": ["his-app"]}
    people.cluster.users.grant(bob, [rule, own], people.namespace)
    said = people.creates(bob, d.session("mine", bob))
    assert f'user "{bob}" may not split Deployment {people.namespace}/meme-app' in said and "sluice-user" in said
    his = {"target": {"kind": "Deployment", "name": "his-app"}}
    assert "created" in people.creates(bob, d.session("mine", bob, **his))


def test_only_workloads_of_the_cluster_are_targets(people):
    ann = people.user("ann", "sluice-user")
    said = people.creates(ann, d.session("mine", ann, target={"kind": "LocalService", "name": "x"}))
    assert '"LocalService" cannot be split' in said
    for kind in ("StatefulSet", "Rollout"):
        assert "created" in people.creates(ann, d.session(kind.lower(), ann, target={"kind": kind, "name": "x"}))


def test_an_edited_spec_is_refused_unknown_fields_too(people):
    ann = people.user("ann", "sluice-user")
    people.creates(ann, d.session("mine", ann))
    for change in ({"key": "other"}, {"newer": 1}, {"target": {"newer": {"x": 1}}}, {"owner": {"username": "other"}}):
        said = people.does(ann, "patch", "splitsession", "mine", "--type=merge", "-p", json.dumps({"spec": change}))
        assert "cannot be changed" in said, change


def test_sessions_of_others_need_the_right_to_kill(people):
    ann, bob, eve = people.user("ann", "sluice-user"), people.user("bob", "sluice-user"), people.user("eve", "sluice-admin")
    people.creates(ann, d.session("mine", ann))
    said = people.does(bob, "delete", "splitsession", "mine")
    assert f'belongs to user "{ann}"' in said and '"kill"' in said
    assert "belongs to" in people.does(bob, "annotate", "splitsession", "mine", "sluice.dev/renewed=1")
    assert "deleted" in people.does(eve, "delete", "splitsession", "mine")


def test_a_session_of_another_namespace_is_out_of_reach(people, cluster):
    """Rights end at the namespace that they were given in."""
    ann = people.user("ann", "sluice-user")
    elsewhere = d.session("mine", ann)
    elsewhere["metadata"]["namespace"] = "default"
    said = people.does(ann, "-n", "default", "create", "-f", "-", document=elsewhere)
    assert "forbidden" in said.lower()


def test_the_operator_ends_sessions_of_others_and_owners_may_vanish(people):
    ann = people.user("ann", "sluice-user")
    for name in ("one", "two"):
        people.creates(ann, d.session(name, ann))
    operator = "system:serviceaccount:mirrord:mirrord-operator"
    assert "deleted" in people.does(operator, "delete", "splitsession", "one")
    assert "deleted" in people.cluster.kubectl("-n", people.namespace, "--as", "system:serviceaccount:kube-system:namespace-controller",
                                               "--as-group", "system:serviceaccounts:kube-system", "--as-group", "system:masters",
                                               "delete", "splitsession", "two")


def test_people_without_rights_are_told_so_by_the_server(people):
    nobody = people.user("nobody")
    assert "forbidden" in people.creates(nobody, d.session("mine", nobody)).lower()
    assert "forbidden" in people.does(nobody, "get", "queuesplits").lower()


@pytest.fixture(scope="module")
def pod(cluster, installed):
    """The name of the operator's pod, which runs."""
    cluster.load_image(cache.folder("SLUICE_IMAGE", "image"))
    words = ("--set", "operator.replicas=1,operator.kafkaSplitting=true,operator.imagePullPolicy=Never", "--wait", "--timeout", "90s")
    cluster.helm("upgrade", RELEASE, str(chart.FOLDER), "--namespace", "default", *words)
    (found,) = cluster.api.list("v1", "pods", "mirrord", labelSelector="app=mirrord-operator")
    return found["metadata"]["name"]


def test_helm_test_passes(cluster, pod):
    said = cluster.helm("test", RELEASE, "--namespace", "default", "--timeout", "90s")
    assert "Phase:          Succeeded" in said


def files_of(pid):
    return Path(f"/proc/{pid}/root")


def test_workers_cannot_read_the_token(cluster, pod):
    """S-12: it lies in the supervisor's container alone."""
    token = "var/run/secrets/kubernetes.io/serviceaccount/token"
    (supervisor, *_), workers = (cluster.container_pids("mirrord", pod, name) for name in ("supervisor", "workers"))
    assert (files_of(supervisor) / token).read_text()
    for pid in workers:
        assert not (files_of(pid) / token).exists() and not (files_of(pid) / "var/run/secrets").exists()
        assert str(pid) != str(supervisor) and "token" not in Path(f"/proc/{pid}/mountinfo").read_text()


def test_processes_have_no_rights_of_their_own(cluster, pod):
    """S-16: another user than root, no capabilities, a root file system that cannot be written, and no shell."""
    for name in ("supervisor", "workers"):
        for pid in cluster.container_pids("mirrord", pod, name):
            status = dict(line.split(":", 1) for line in Path(f"/proc/{pid}/status").read_text().splitlines())
            assert status["Uid"].split() == ["65532"] * 4
            assert int(status["CapEff"], 16) == int(status["CapBnd"], 16) == 0
            assert status["NoNewPrivs"].strip() == "1" and status["Seccomp"].strip() == "2"
            root = next(line for line in Path(f"/proc/{pid}/mountinfo").read_text().splitlines() if line.split()[4] == "/")
            assert "ro" in root.split()[5].split(",")
            assert sorted(path.name for path in (files_of(pid) / "usr/bin").iterdir()) == PROGRAMS


PROGRAMS = ["sluice", "sluice-guardian", "sluice-supervisor", "sluice-worker-kafka", "sluice-worker-sqs"]


def test_the_operator_asks_for_nothing_that_it_may_not(cluster, pod):
    """What it asks from its start on is granted: rights that are missing would come up only with the first split."""
    asked = [json.loads(line) for line in cluster.audit_log.read_text().splitlines()]
    asked = [one for one in asked if one["user"]["username"] == "system:serviceaccount:mirrord:mirrord-operator"]
    assert asked
    assert not [one for one in asked if one.get("responseStatus", {}).get("code") == 403]


def test_uninstalling_leaves_what_users_made(cluster, installed, namespace):
    cluster.api.create("mirrordkafkatopicsconsumers", d.topics_consumer(), namespace)
    uninstall(cluster, RELEASE)
    try:
        assert cluster.api.get(d.QUEUES, "mirrordkafkatopicsconsumers", "meme-app-topics-consumer", namespace)
        assert cluster.api.get("v1", "namespaces", "mirrord")
        assert cluster.api.get("apps/v1", "deployments", "mirrord-operator", "mirrord") is None
    finally:
        install(cluster)
