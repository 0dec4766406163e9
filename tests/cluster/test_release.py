"""The operator's own life: replaced, rolled back and taken away while splits live."""
from harness.wait import wait_until
from release import GROUP, NAMESPACE

NOBODY = {"author": "^nobody$"}
BACK_S = 120.0


def leader(story):
    """Who holds the Lease; "" for nobody."""
    lease = story.cluster.api.get("coordination.k8s.io/v1", "leases", "mirrord-operator", NAMESPACE) or {}
    return (lease.get("spec") or {}).get("holderIdentity") or ""


def test_case_5_and_case_7_replaced_rolled_back_and_uninstalled_under_load(story):
    """CASE-5, CASE-7, W-10: a rolling update, a rollback and an uninstallation with a live split lose nothing, and nothing stays behind."""
    story.deploy(instances=2)
    producer = story.producer("1", rate=100)
    nobody = story.ask(story.served_by, "nobody", NOBODY)
    nobody.wait_ready()
    first = leader(story)
    story.flow(200)
    story.events.fault("operator replaced")
    story.operator.upgrade(operator__logLevel="debug")
    wait_until(lambda: leader(story) not in ("", first), BACK_S, "another leader", seen=lambda: leader(story))
    story.flow(300, deadline_s=BACK_S)
    story.events.fault("operator rolled back")
    second = leader(story)
    story.cluster.helm("rollback", "sluice")
    wait_until(lambda: leader(story) not in ("", first, second), BACK_S, "a third leader", seen=lambda: leader(story))
    story.flow(300, deadline_s=BACK_S)
    story.wait_phase("Active")
    story.operator.uninstall()
    assert not story.splits(), "splits are left"
    assert story.deployed.template() == story.baseline
    producer.stop()
    story.finish()
    for plural in ("queuesplits", "splitsessions"):
        assert not story.cluster.api.list(GROUP, plural), plural
    story.operator.install()


def test_case_7_uninstalled_with_a_dead_operator(story):
    """CASE-7, W-10: an operator that cannot run any more: the hook restores the workload from the record, and names the queues."""
    story.deploy(instances=1)
    nobody = story.ask(story.served_by, "nobody", NOBODY)
    nobody.wait_ready()
    story.operator.upgrade(operator__uninstallDeadlineSeconds="5")
    story.wait_phase("Active")
    story.cluster.api.patch("apps/v1", "deployments", "mirrord-operator", {"spec": {"replicas": 0}}, NAMESPACE)
    wait_until(lambda: not story.operator.pods(), BACK_S, "the operator to be gone", seen=story.operator.describe)
    story.operator.uninstall()
    assert not story.splits(), "splits are left"
    assert story.deployed.template() == story.baseline
    story.deployed.wait_ready()
    story.operator.install()
