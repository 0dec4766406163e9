"""The AWS client against a server that verifies signatures and policies, and keys that STS gives out (Q-9, Q-11)."""
import json
import os
import subprocess
from types import SimpleNamespace

import pytest

from harness.supervisor import binaries

LIST = {"Version": "2012-10-17", "Statement": [{"Effect": "Allow", "Action": ["sqs:ListQueues", "sqs:SendMessage", "sts:AssumeRole"], "Resource": "*"}]}
BODY = "wörter \"und\" \\ / \x7f \u2028"


def action(name, **members):
    return {"target": "AmazonSQS." + name, "body": json.dumps(members, ensure_ascii=False)}


@pytest.fixture
def probe(tmp_path):
    """Makes the calls of a process that has this environment and nothing of ours."""
    def run(server, environment, *calls, **more):
        document = tmp_path / "probe.json"
        document.write_text(json.dumps({"service": "sqs", "region": server.region, "endpoint": server.endpoint, "calls": list(calls), **more}))
        ours = {name: value for name, value in os.environ.items() if not name.startswith("AWS_")}
        run = subprocess.run([binaries().parent / "tests" / "bin" / "aws_probe", document], capture_output=True, text=True, timeout=60,
                             env={**ours, "HOME": str(tmp_path), "AWS_EC2_METADATA_DISABLED": "true", "AWS_ENDPOINT_URL_STS": server.endpoint, **environment})
        assert run.returncode == 0, run.stderr
        return [SimpleNamespace(**json.loads(line)) for line in run.stdout.splitlines()]
    return run


def test_signatures_are_those_that_the_server_computes(moto_verifying, probe):
    url = moto_verifying.client().create_queue(QueueName="signed")["QueueUrl"]
    keys = moto_verifying.user("signer", LIST)
    answers = probe(moto_verifying, keys.environment(), action("ListQueues"), action("SendMessage", QueueUrl=url, MessageBody=BODY), action("DeleteQueue", QueueUrl=url))
    assert [(answer.status, answer.code) for answer in answers] == [(200, ""), (200, ""), (403, "AccessDenied")]
    assert url in json.loads(answers[0].body)["QueueUrls"]
    assert "is not authorized to perform: sqs:DeleteQueue" in answers[2].message
    [message] = moto_verifying.client().receive_message(QueueUrl=url, WaitTimeSeconds=5)["Messages"]
    assert message["Body"] == BODY


def test_wrong_secret_and_unknown_key_are_told_apart(moto_verifying, probe):
    keys = moto_verifying.user("forgetful", LIST)
    [wrong] = probe(moto_verifying, {**keys.environment(), "AWS_SECRET_ACCESS_KEY": "wrong"}, action("ListQueues"))
    assert (wrong.status, wrong.code) == (403, "SignatureDoesNotMatch")
    [unknown] = probe(moto_verifying, {**keys.environment(), "AWS_ACCESS_KEY_ID": "AKIAUNKNOWN000000000"}, action("ListQueues"))
    assert (unknown.status, unknown.code) == (403, "InvalidClientTokenId")


def test_role_has_its_own_rights(moto_verifying, probe):
    keys = moto_verifying.user("assumer", LIST)
    role = moto_verifying.role("lister", {"Version": "2012-10-17", "Statement": [{"Effect": "Allow", "Action": "sqs:ListQueues", "Resource": "*"}]})
    allowed, denied = probe(moto_verifying, keys.environment(), action("ListQueues"), action("CreateQueue", QueueName="x"), roleArn=role, externalId="id")
    assert (allowed.status, denied.status, denied.code) == (200, 403, "AccessDenied")
    assert ":assumed-role/lister/sluice is not authorized" in denied.message


def test_token_of_a_service_account_gives_keys(moto, probe, tmp_path):
    (tmp_path / "token").write_text("header.payload.signature\n")
    environment = {"AWS_WEB_IDENTITY_TOKEN_FILE": str(tmp_path / "token"), "AWS_ROLE_ARN": "arn:aws:iam::123456789012:role/pod", "AWS_REGION": moto.region}
    [answer] = probe(moto, environment, action("ListQueues"))
    assert (answer.error, answer.status, answer.message) == (0, 200, "")


def test_error_of_another_server_has_its_code(elasticmq, probe):
    environment = {"AWS_ACCESS_KEY_ID": "x", "AWS_SECRET_ACCESS_KEY": "x"}
    [answer] = probe(elasticmq, environment, action("GetQueueUrl", QueueName="absent"))
    assert (answer.status, answer.code) == (400, "QueueDoesNotExist")
