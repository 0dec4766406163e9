"""What the chart makes of its values; no cluster is asked."""

import json
import re
import subprocess

import pytest
import yaml

import chart
from harness.supervisor import binaries


@pytest.fixture
def home(tmp_path):
    return tmp_path


def test_helm_finds_nothing_wrong(home):
    done = chart.helm(home, "lint", "--strict", str(chart.FOLDER))
    assert done.returncode == 0, done.stdout


def test_two_containers_and_only_one_has_the_token(home):
    """S-12: who speaks to brokers has no Kubernetes identity."""
    documents = chart.rendered(home)
    pod = documents.of("Deployment")["spec"]["template"]["spec"]
    assert [one["name"] for one in pod["containers"]] == ["supervisor", "workers"]
    assert pod["automountServiceAccountToken"] is False
    assert documents.of("ServiceAccount")["automountServiceAccountToken"] is False
    token = next(volume["name"] for volume in pod["volumes"] if "projected" in volume)
    mounts = {one["name"]: [mount["name"] for mount in one["volumeMounts"]] for one in pod["containers"]}
    assert mounts == {"supervisor": ["run", token], "workers": ["run"]}
    assert documents.container("workers")["command"] == ["/usr/bin/sluice-guardian"]
    memory = documents.environment("supervisor")["WORKERS_MEMORY_BYTES"]
    assert memory == {"resourceFieldRef": {"containerName": "workers", "resource": "limits.memory"}}


def test_pods_are_restricted(home):
    """S-16"""
    documents = chart.rendered(home)
    pod = documents.of("Deployment")["spec"]["template"]["spec"]
    assert pod["securityContext"]["runAsNonRoot"] and pod["securityContext"]["seccompProfile"] == {"type": "RuntimeDefault"}
    for container in pod["containers"]:
        assert container["securityContext"] == {
            "allowPrivilegeEscalation": False,
            "readOnlyRootFilesystem": True,
            "capabilities": {"drop": ["ALL"]},
        }
        assert container["resources"]["limits"]["memory"]
    assert documents.of("Namespace")["metadata"]["labels"]["pod-security.kubernetes.io/enforce"] == "restricted"


def test_the_next_pod_stands_by_before_this_one_goes(home):
    deployment = chart.rendered(home).of("Deployment")
    assert deployment["metadata"]["name"] == "mirrord-operator"
    assert deployment["spec"]["template"]["metadata"]["labels"]["app"] == "mirrord-operator"
    assert deployment["spec"]["strategy"]["rollingUpdate"] == {"maxSurge": 1, "maxUnavailable": 0}
    assert deployment["spec"]["template"]["spec"]["terminationGracePeriodSeconds"] == 60


def test_settings_reach_the_supervisor_as_their_variables(home):
    environment = chart.rendered(home).environment("supervisor")
    assert environment["OPERATOR_KAFKA_SPLITTING"] == "false"
    assert environment["OPERATOR_KAFKA_SPLITTING_TOPIC_FORMAT"] == "mirrord-tmp-{{RANDOM}}{{FALLBACK}}{{ORIGINAL_TOPIC}}"
    changed = chart.rendered(
        home,
        operator__kafkaSplitting=True,
        operator__idleKafkaSplitTtlMillis=31536000000,
        operator__drainTimeoutSeconds=90,
        operator__waitForPods=2,
        operator__pinDependents=True,
        operator__secretNamespaces=["a", "b"],
        operator__httpPort=9000,
        operator__logLevel=None,
        operator__extraEnv={"RUST_LOG": "mirrord=info", "NODE": {"valueFrom": {"fieldRef": {"fieldPath": "spec.nodeName"}}}, "N": 5},
    )
    environment = changed.environment("supervisor")
    wanted = {
        "OPERATOR_KAFKA_SPLITTING": "true",
        "OPERATOR_IDLE_KAFKA_SPLIT_TTL_MILLIS": "31536000000",
        "OPERATOR_DRAIN_TIMEOUT_SECONDS": "90",
        "OPERATOR_WAIT_FOR_PODS": "2",
        "OPERATOR_PIN_DEPENDENTS": "true",
        "OPERATOR_SECRET_NAMESPACES": "a,b",
        "OPERATOR_HTTP_PORT": "9000",
        "OPERATOR_LOG_LEVEL": "",  # the program's default
        "RUST_LOG": "mirrord=info",
        "NODE": {"fieldRef": {"fieldPath": "spec.nodeName"}},
        "N": "5",
    }
    assert {name: environment[name] for name in wanted} == wanted
    assert changed.container("supervisor")["ports"] == [{"name": "http", "containerPort": 9000}]
    assert chart.rendered(home, operator__kafkaSplitting=None).environment("supervisor")["OPERATOR_KAFKA_SPLITTING"] == "false"
    assert changed.environment("workers") == {name: wanted[name] for name in ("RUST_LOG", "NODE", "N")}


def test_settings_of_sqs(home):
    """The supervisor decides by them; AWS's own variables go to the workers, who speak to AWS."""
    environment = chart.rendered(home).environment("supervisor")
    before = {"OPERATOR_SQS_SPLITTING": "false", "OPERATOR_SQS_SPLITTING_LINGER_TIMEOUT": "", "OPERATOR_SQS_VISIBILITY_SECONDS": "120",
              "OPERATOR_SQS_DRAIN_PROOF_SECONDS": "60", "OPERATOR_SQS_DELETE_PROOF_SECONDS": "180", "OPERATOR_AWS_REGION": "", "OPERATOR_AWS_ENDPOINT": ""}
    assert {name: environment[name] for name in before} == before
    changed = chart.rendered(home, operator__sqsSplitting=True, operator__sqsSplittingLingerTimeout=30000, operator__sqsVisibilitySeconds=60,
                             operator__sqsDrainProofSeconds=10, operator__sqsDeleteProofSeconds=20,
                             operator__aws={"region": "eu-north-1", "endpoint": "https://vpce-1.sqs.eu-north-1.vpce.amazonaws.com"},
                             operator__extraEnv={"AWS_ENDPOINT_URL": "http://localstack:4566"})
    after = {"OPERATOR_SQS_SPLITTING": "true", "OPERATOR_SQS_SPLITTING_LINGER_TIMEOUT": "30000", "OPERATOR_SQS_VISIBILITY_SECONDS": "60",
             "OPERATOR_SQS_DRAIN_PROOF_SECONDS": "10", "OPERATOR_SQS_DELETE_PROOF_SECONDS": "20", "OPERATOR_AWS_REGION": "eu-north-1",
             "OPERATOR_AWS_ENDPOINT": "https://vpce-1.sqs.eu-north-1.vpce.amazonaws.com"}
    environment = changed.environment("supervisor")
    assert {name: environment[name] for name in after} == after
    assert changed.environment("workers") == {"AWS_ENDPOINT_URL": "http://localstack:4566"}


@pytest.mark.parametrize(
    "value, wrong",
    [
        ("operator.kafkaSplitting", "yes"),
        ("operator.maxSplits", -1),
        ("operator.maxSplits", 1025),
        ("operator.leftovers", "burn"),
        ("operator.waitForPods", "most"),
        ("operator.drainTimeoutSeconds", "soon"),
        ("operator.kafkaSplittingTopicFormat", "x" * 250),
        ("operator.kafkaSplittingTopicFormat", "tmp-{{RANDOM}}{{FALLBACK}}"),
        ("operator.logLevel", "worker=verbose"),
        ("operator.sqsVisibilitySeconds", 0),
    ],
)
def test_what_a_setting_cannot_be_is_refused_by_name(home, value, wrong):
    done = chart.helm(home, "template", "it", str(chart.FOLDER), *chart.sets({value: wrong}))
    assert done.returncode != 0
    assert value.partition(".")[2] in done.stderr


TOPIC_FORMAT, LOG_LEVEL = ("kafkaSplittingTopicFormat", "OPERATOR_KAFKA_SPLITTING_TOPIC_FORMAT"), ("logLevel", "OPERATOR_LOG_LEVEL")
ALL = "{{RANDOM}}{{FALLBACK}}{{ORIGINAL_TOPIC}}"


@pytest.mark.parametrize(
    "setting, text, right",
    [
        (TOPIC_FORMAT, "", True),
        (TOPIC_FORMAT, ALL, True),
        (TOPIC_FORMAT, "a.B_9-{{ORIGINAL_TOPIC}}x{{FALLBACK}}-{{RANDOM}}{{RANDOM}}", True),
        (TOPIC_FORMAT, "tmp-{{RANDOM}}{{FALLBACK}}", False),
        (TOPIC_FORMAT, "{{RANDOM}}{{ORIGINAL_TOPIC}}", False),
        (TOPIC_FORMAT, "{{FALLBACK}}{{ORIGINAL_TOPIC}}", False),
        (TOPIC_FORMAT, f"a b{ALL}", False),
        (TOPIC_FORMAT, f"{ALL}{{{{USER}}}}", False),
        (TOPIC_FORMAT, f"{{{ALL}", False),
        (LOG_LEVEL, "", True),
        (LOG_LEVEL, "info", True),
        (LOG_LEVEL, "Off", True),
        (LOG_LEVEL, " worker.sqs = trace , WARNING,", True),
        (LOG_LEVEL, "mirrord=debug,operator_kafka_splitting::x=trace", True),
        (LOG_LEVEL, "a=b=info", True),
        (LOG_LEVEL, "verbose", False),
        (LOG_LEVEL, "worker=", False),
        (LOG_LEVEL, " =info", False),
        (LOG_LEVEL, "worker.kafka", False),
        (LOG_LEVEL, "info;debug", False),
        (LOG_LEVEL, "information", False),
    ],
)
def test_the_schema_takes_what_the_program_takes(tmp_path, setting, text, right):
    """Else an upgrade would go through whose new pods refuse to start."""
    value, variable = setting
    schema = json.loads((chart.FOLDER / "values.schema.json").read_text())["properties"]["operator"]["properties"][value]
    assert all(re.search(rule["pattern"], text) for rule in schema["allOf"]) is right
    # It ends at once in any case: there is no such folder.
    program = [str(binaries() / "sluice-supervisor"), "--standalone", str(tmp_path / "none")]
    done = subprocess.run(program, env={variable: text, "XDG_RUNTIME_DIR": str(tmp_path)}, capture_output=True, text=True, timeout=60)
    assert done.returncode != 0
    assert (variable not in done.stderr) is right, done.stderr


def rules(role):
    return {(group, resource): set(rule["verbs"]) for rule in role["rules"] for group in rule["apiGroups"] for resource in rule["resources"]}


def without_kill(found):
    """Sessions of others are deleted once they are over: a right of its own, see the policy."""
    role = {**found, "rules": [rule for rule in found["rules"] if rule["verbs"] != ["kill"]]}
    assert len(role["rules"]) == len(found["rules"]) - 1
    return rules(role)


def test_the_operator_may_do_what_it_does_and_no_more(home):
    documents = chart.rendered(home)
    assert without_kill(documents.of("ClusterRole", "sluice-it")) == {**chart.RIGHTS, **chart.ASKS}
    assert {role["metadata"]["namespace"] for role in documents.all("Role")} == {"mirrord"}
    own = [(rule["resources"][0], rule["verbs"], rule.get("resourceNames")) for rule in documents.of("Role", "sluice-it-own")["rules"]]
    assert own[:6] == [
        ("leases", ["create"], None),
        ("leases", ["get", "update"], ["mirrord-operator"]),
        ("pods", ["get"], None),
        ("configmaps", ["create"], None),
        ("configmaps", ["get", "list", "watch", "patch"], ["sluice-retired-names"]),
        ("events", ["create", "patch"], None),
    ]
    assert all(resource.startswith("mirrord") for resource, *_ in own[6:])


def test_secrets_are_read_where_the_administrator_says(home):
    """S-5: nothing cluster-wide, and get alone."""
    for listed, wanted in (([], ["mirrord"]), (["team-a", "mirrord"], ["mirrord", "team-a"])):
        documents = chart.rendered(home, operator__secretNamespaces=listed)
        for role in documents.all("ClusterRole"):
            assert not any("secrets" in rule.get("resources", []) for rule in role["rules"]), role["metadata"]["name"]
        readers = [role for role in documents.all("Role") if any("secrets" in rule["resources"] for rule in role["rules"])]
        assert sorted(role["metadata"]["namespace"] for role in readers) == wanted
        assert all(rules(role) == {("", "secrets"): {"get"}} for role in readers)


def test_with_namespaces_the_operator_has_rights_there_alone(home):
    documents = chart.rendered(home, operator__namespaces=["team-a", "team-b"])
    assert rules(documents.of("ClusterRole", "sluice-it")) == chart.ASKS
    for namespace in ("team-a", "team-b"):
        assert without_kill(documents.of("Role", "sluice-it", namespace)) == chart.RIGHTS
        binding = documents.of("RoleBinding", "sluice-it", namespace)
        assert binding["subjects"] == [{"kind": "ServiceAccount", "name": "mirrord-operator", "namespace": "mirrord"}]
    assert documents.environment("supervisor")["OPERATOR_NAMESPACES"] == "team-a,team-b"
    selector = documents.of("ValidatingAdmissionPolicyBinding")["spec"]["matchResources"]["namespaceSelector"]
    assert selector["matchExpressions"][0]["values"] == ["team-a", "team-b"]


def test_values_as_one_text_are_lists_too(home):
    documents = chart.rendered(home, operator__namespaces="team-a,team-b", operator__secretNamespaces="x,y")
    assert documents.environment("supervisor")["OPERATOR_SECRET_NAMESPACES"] == "x,y"
    assert len([role for role in documents.all("Role") if role["metadata"]["name"] == "sluice-it"]) == 2


def test_the_service_account_is_the_users(home):
    documents = chart.rendered(home, sa__name="mine", sa__roleArn="arn:aws:iam::314159265359:role/sluice", namespace="ops")
    account = documents.of("ServiceAccount")
    assert account["metadata"]["name"] == "mine" and account["metadata"]["namespace"] == "ops"
    assert account["metadata"]["annotations"] == {"eks.amazonaws.com/role-arn": "arn:aws:iam::314159265359:role/sluice"}
    pod = documents.of("Deployment")["spec"]["template"]
    assert pod["spec"]["serviceAccountName"] == "mine"
    assert pod["metadata"]["annotations"]["eks.amazonaws.com/skip-containers"] == "supervisor"
    namespaces = {one["metadata"].get("namespace", "ops") for one in documents}
    assert namespaces == {"ops"}


def test_who_may_read_the_figures_is_a_role_of_its_own(home):
    """S-14: for any Prometheus; nobody has it but whom an administrator binds."""
    documents = chart.rendered(home)
    assert documents.of("ClusterRole", "sluice-metrics-reader")["rules"] == [{"nonResourceURLs": ["/metrics"], "verbs": ["get"]}]
    assert not [one for one in documents.all("ClusterRoleBinding") if one["roleRef"]["name"] == "sluice-metrics-reader"]
    assert not documents.all("PodMonitor") + documents.all("PrometheusRule") + documents.all("Secret")


def test_the_prometheus_operator_gets_all_it_needs(home):
    labels = {"release": "prometheus"}
    documents = chart.rendered(home, operator__prometheus={"podMonitor": True, "rules": True, "board": True, "labels": labels})
    [endpoint] = documents.of("PodMonitor")["spec"]["podMetricsEndpoints"]
    selector = documents.of("PodMonitor")["spec"]["selector"]["matchLabels"]
    assert selector.items() <= documents.of("Deployment")["spec"]["template"]["metadata"]["labels"].items()
    assert endpoint["port"] in [port["name"] for port in documents.container("supervisor")["ports"]]
    assert endpoint["path"] == "/metrics" and endpoint["honorLabels"] is True
    secret = documents.of("Secret")
    assert endpoint["authorization"]["credentials"] == {"name": secret["metadata"]["name"], "key": "token"}
    account = secret["metadata"]["annotations"]["kubernetes.io/service-account.name"]
    [binding] = [one for one in documents.all("ClusterRoleBinding") if one["roleRef"]["name"] == "sluice-metrics-reader"]
    assert binding["subjects"] == [{"kind": "ServiceAccount", "name": account, "namespace": "mirrord"}]
    assert documents.of("ServiceAccount", account)["automountServiceAccountToken"] is False
    rules = documents.of("PrometheusRule")["spec"]
    assert rules == yaml.safe_load((chart.FOLDER / "files" / "alerts.yaml").read_text())
    board = documents.of("ConfigMap", "sluice-board")
    assert board["metadata"]["labels"]["grafana_dashboard"] == "1" and json.loads(board["data"]["sluice.json"])["title"] == "Sluice"
    for one in (documents.of("PodMonitor"), documents.of("PrometheusRule"), board):
        assert labels.items() <= one["metadata"]["labels"].items()


def test_definitions_are_part_of_the_release_and_stay(home):
    found = chart.rendered(home).all("CustomResourceDefinition")
    assert len(found) == len(list((chart.ROOT / "crds").glob("*.yaml"))) == 8
    assert all(one["metadata"]["annotations"]["helm.sh/resource-policy"] == "keep" for one in found)


def test_every_value_is_explained_and_has_a_schema():
    values = yaml.safe_load((chart.FOLDER / "values.yaml").read_text())
    schema = json.loads((chart.FOLDER / "values.schema.json").read_text())

    def leaves(value, at, prefix=""):
        for name, of in at["properties"].items():
            if "properties" in of:
                yield from leaves(value[name], of, f"{prefix}{name}.")
            else:
                assert of["description"], f"{prefix}{name}"
                yield f"{prefix}{name}", value[name]

    found = dict(leaves(values, schema))
    assert found["operator.sessionUnusedTtlSeconds"] == 30 and found["namespace"] == "mirrord"
    assert set(values["operator"]) == set(schema["properties"]["operator"]["properties"])
