"""The operator's rights are those that it uses: what the API server's audit log says it asked for, beside what the chart grants."""

import json
from datetime import datetime, timezone

from chart import ASKS, RIGHTS
from developer import PORT, Developer
from harness.wait import wait_until
from release import NAMESPACE

OPERATOR = "system:serviceaccount:mirrord:mirrord-operator"

# Granted, and not asked for by the split of a Deployment on Kafka: why it is granted all the same.
ELSEWHERE = {
    "statefulsets": "a target of that kind",
    "controllerrevisions": "a target of that kind: what it leaves behind when it is restored (W-9)",
    "rollouts": "a target of that kind",
    "horizontalpodautoscalers": "a target that one scales (C-19)",
    "scaledobjects": "a target that one scales (C-19)",
    "mirrordsplitconfigs": "the newer form of the inputs",
    "mirrordpropertylists": "the newer form of the inputs",
    "mirrordsqssessions": "sessions with SQS queues",
    "finalizers": "where the server asks for it before an owner is named",
}
SOMETIMES = {
    ("events.k8s.io", "events", "patch"): "an event that comes again",
    ("sluice.dev", "splitsessions", "delete"): "one that is over for ten minutes",
    ("queues.mirrord.metalbear.co", "mirrordworkloadqueueregistries/status", "update"): "there is one",
}
# All verbs on what is ours alone.
OURS = {"splitsessions", "splitsessions/status", "queuesplits", "queuesplits/status"}


def asked(cluster, since=""):
    """What the operator asked for, as (group, resource with its part, verb), and what of it was refused for lack of rights since a
    time: other tests take it away while it runs."""
    used, refused = set(), set()
    for line in cluster.audit_log.read_text().splitlines():
        event = json.loads(line)
        if event["user"].get("username") != OPERATOR or "objectRef" not in event:
            continue
        of = event["objectRef"]
        what = (of.get("apiGroup", ""), "/".join(filter(None, (of["resource"], of.get("subresource")))), event["verb"])
        used.add(what)
        if event.get("responseStatus", {}).get("code") == 403 and event["requestReceivedTimestamp"] >= since:
            refused.add(what)
    return used, refused


def is_explained(group, resource, verb, used):
    name, _, part = resource.partition("/")
    if name in ELSEWHERE or part in ELSEWHERE or resource in OURS or (group, resource, verb) in SOMETIMES:
        return True
    return verb == "get" and (group, resource, "list") in used  # whoever may list may see each


def test_it_uses_what_it_is_granted_and_is_refused_nothing(story):
    """S-5 and the rights of the chart: a split from its start to its end."""
    since = datetime.now(timezone.utc).isoformat()
    story.deploy(instances=1)
    ann = story.session(story.served_by, "ann", {"author": "^ann$"}).start()
    reader = Developer(story, "reader")
    reader.bind("ClusterRole", "sluice-user", story.namespace)
    reader.bind("Role", PORT, NAMESPACE)
    log = reader.sluice("logs", story.splits()[0]["metadata"]["name"])
    assert log.returncode == 0, log.stderr
    ann.end()
    story.wait_restored()
    wait_until(lambda: ("apps", "replicasets", "delete") in asked(story.cluster)[0], 60, "the operator to clean up",
               lambda: asked(story.cluster)[0])
    used, refused = asked(story.cluster, since)
    assert not refused
    assert not [what for what in used if what[1] == "secrets" and what[2] != "get"]
    granted = {(group, resource, verb) for (group, resource), verbs in {**RIGHTS, **ASKS}.items() for verb in verbs}
    idle = {what for what in granted - used if not is_explained(*what, used)}
    assert not idle, "granted, and never asked for"
    of_its_own = {"leases", "configmaps", "secrets"}  # by Roles in its own namespace
    assert not {what for what in used - granted if what[1] not in of_its_own}
