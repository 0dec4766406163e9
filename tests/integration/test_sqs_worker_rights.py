"""The SQS engine with exactly the documented rights, with less, and with credentials that are none.

moto verifies signatures and which calls a policy allows, but not on which queue; the scripted SQS denies by queue, and keeps an access log.
"""
import json
import re
import time
import uuid
from pathlib import Path

import pytest

from engine_driver import CHECK
from harness.wait import wait_until
from sqs_split import SqsSplit
from testbed.sqs.moto import policy_for_moto

PAGE = Path(__file__).resolve().parents[2] / "docs" / "sqs.md"
# The statements of the guide's policy, which its readers copy: for the original queues, and for the temporary ones.
ORIGINAL, TEMPORARY = (statement["Action"] for statement in json.loads(
    re.search(r"generated: sqs-policy -->\s+```json\n(.*?)```", PAGE.read_text(encoding="utf-8"), re.DOTALL).group(1))["Statement"])


@pytest.fixture
def make(moto_verifying, tmp_path):
    """A split whose worker has these rights and no others; moto's own batch actions are added, because AWS has none."""
    made = []

    def new(original=ORIGINAL, temporary=TEMPORARY, keys=None, **options):
        split = SqsSplit(moto_verifying, tmp_path, **options)
        made.append(split)
        policy = {"Version": "2012-10-17", "Statement": [{"Effect": "Allow", "Action": sorted({*original, *temporary}), "Resource": "*"}]}
        print("added for moto alone:", policy_for_moto(policy))
        split.keys = {**split.keys, **moto_verifying.user(f"worker-{uuid.uuid4().hex[:8]}", policy_for_moto(policy)).environment(), **(keys or {})}
        return split

    yield new
    for split in made:
        split.close()


def test_q13_the_documented_rights_are_enough(make):
    split = make(leftovers="return")
    split.add("anna", ("user", "^anna$"))
    split.run()
    for i in range(6):
        split.send(str(i), {"user": "anna" if i % 2 else "zoe"})
    assert sorted(split.bodies(split.queue_of("anna"), 3)) == ["1", "3", "5"] and sorted(split.bodies(split.fallback, 3)) == ["0", "2", "4"]
    assert "sqs:ChangeMessageVisibility on the original" in told_of_rights(split)


def told_of_rights(split):
    wait_until(lambda: split.engine.seen("condition", reason="OptionalRightMissing", active=True), 20, "the condition about optional rights")
    return split.engine.latest("condition", reason="OptionalRightMissing", active=True)["text"]


DENIED = [{"kind": "error", "action": action, "queue": queue, "rate": 1.0, "code": "AccessDenied"} for action, queue in (
    ("ChangeMessageVisibilityBatch", "orders-*"), ("SendMessageBatch", "orders-*"), ("ReceiveMessage", "mirrord-*"), ("DeleteMessageBatch", "mirrord-*"))]


@pytest.mark.parametrize("denied", [True, False])
def test_q13_what_further_rights_would_bring_is_told_and_no_others_are_used(scripted_sqs, tmp_path, denied):
    split = SqsSplit(scripted_sqs, tmp_path, leftovers="return")
    try:
        scripted_sqs.faults(*DENIED if denied else ())
        split.add("anna", ("user", "^anna$"))
        split.run()
        split.send("1", {"user": "anna"})
        split.send("2")
        if denied:
            told_of_rights(split)
        scripted_sqs.faults()
        assert split.bodies(split.queue_of("anna"), 1) == ["1"] and split.bodies(split.fallback, 1) == ["2"]
        if denied:
            told = told_of_rights(split)
            for right in ("sqs:ChangeMessageVisibility on the original", "sqs:ReceiveMessage on temporary queues", "sqs:DeleteMessage on temporary queues",
                          "sqs:SendMessage on the original"):
                assert right in told
        assert split.engine.seen("condition", reason="ReturnNotAllowed", active=True) == denied
        assert split.engine.seen("condition", reason="OptionalRightMissing", active=True) == denied
        used = {(action, "original" if queue == split.name else "temporary") for action, queues in scripted_sqs.actions(split.keys["AWS_ACCESS_KEY_ID"]).items()
                for queue in queues}
        optional = {("ChangeMessageVisibilityBatch", "original"), ("SendMessageBatch", "original"), ("ReceiveMessage", "temporary"),
                    ("DeleteMessageBatch", "temporary")}
        single = {"SendMessageBatch": "SendMessage", "DeleteMessageBatch": "DeleteMessage"}
        documented = {(right.split(":")[1], "original") for right in ORIGINAL} | {(right.split(":")[1], "temporary") for right in TEMPORARY}
        assert {(single.get(action, action), where) for action, where in used - optional} <= documented
    finally:
        split.close()


@pytest.mark.parametrize("missing", [right for right in ORIGINAL if right not in ("sqs:DeleteMessage", "sqs:GetQueueAttributes")])
def test_a_missing_right_on_the_original_is_named_within_ten_seconds(make, missing):
    split = make([right for right in ORIGINAL if right != missing])
    split.start()
    if missing == "sqs:ReceiveMessage":
        split.run_until_forwarding()
    else:
        split.give(CHECK)
    before = time.monotonic()
    told = split.engine.wait_for("condition", 20, reason="BrokerAuthorization", active=True)
    assert missing in told["text"] and split.name in told["text"] and told["at"] - before < 10


def test_a_wrong_secret_is_told_and_never_shown(make):
    split = make(keys={"AWS_SECRET_ACCESS_KEY": "wrong-secret-value"})
    split.start()
    split.give(CHECK)
    told = split.engine.wait_for("condition", 10, reason="BrokerAuthentication", active=True)
    assert "wrong-secret-value" not in told["text"] and "SignatureDoesNotMatch" in told["text"]


def test_no_credentials_at_all_are_told_with_what_was_tried(make):
    split = make(keys={"AWS_ACCESS_KEY_ID": "", "AWS_SECRET_ACCESS_KEY": ""})
    split.start()
    split.give(CHECK)
    assert "environment" in split.engine.wait_for("condition", 10, reason="BrokerAuthentication", active=True)["text"]


def test_an_expired_token_is_told(scripted_sqs, tmp_path):
    split = SqsSplit(scripted_sqs, tmp_path)
    try:
        scripted_sqs.faults({"kind": "error", "action": "*", "rate": 1.0, "code": "ExpiredToken"})
        split.start()
        split.give(CHECK)
        assert "ExpiredToken" in split.engine.wait_for("condition", 10, reason="BrokerAuthentication", active=True)["text"]
    finally:
        split.close()
