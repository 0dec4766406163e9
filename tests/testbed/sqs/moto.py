"""moto: slow but wide. Fair queues, retention, SNS to SQS, STS, IAM, S3; with `verify` it checks signatures and IAM policies as AWS does.

Two things it wants otherwise than AWS: a policy must name SendMessageBatch, DeleteMessageBatch and ChangeMessageVisibilityBatch (MOTO_ONLY),
and it ignores ReceiveRequestAttemptId. Never fetches anything itself: `./dev` does, once, into the cache.
"""

import http.client
import json
import os
import subprocess
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Mapping

from ..server import Network
from .elasticmq import DEV
from .server import SqsServer

SERVE = Path(__file__).resolve().parent / "moto" / "serve.py"
# Calls of _make_admin, which nobody signs with a key that is known.
FIRST_CALLS = 3
ADMIN = "testbed-admin"
EVERYTHING = {"Version": "2012-10-17", "Statement": [{"Effect": "Allow", "Action": "*", "Resource": "*"}]}
TRUST = {"Version": "2012-10-17", "Statement": [{"Effect": "Allow", "Principal": {"AWS": "*"}, "Action": "sts:AssumeRole"}]}
# What AWS has under the rights to the single action, and moto under rights of their own.
MOTO_ONLY = {"sqs:SendMessage": "sqs:SendMessageBatch", "sqs:DeleteMessage": "sqs:DeleteMessageBatch",
             "sqs:ChangeMessageVisibility": "sqs:ChangeMessageVisibilityBatch"}


def moto_python() -> Path:
    """The Python that has moto: $SLUICE_MOTO_PYTHON, or the one of ./dev (set up now when missing)."""
    given = os.environ.get("SLUICE_MOTO_PYTHON")
    if not given:
        given = subprocess.run([DEV, "path", "moto"], check=True, stdout=subprocess.PIPE, text=True).stdout.strip()
    return Path(given)


@dataclass(frozen=True)
class Keys:
    """Credentials that moto made and will verify."""

    access: str
    secret: str
    token: str = ""

    def environment(self) -> "dict[str, str]":
        found = {"AWS_ACCESS_KEY_ID": self.access, "AWS_SECRET_ACCESS_KEY": self.secret}
        return dict(found, AWS_SESSION_TOKEN=self.token) if self.token else found


def policy_for_moto(policy: "Mapping[str, Any]") -> "dict[str, Any]":
    """The same policy with the batch actions named, where the single one is."""
    found = json.loads(json.dumps(policy))
    for statement in found["Statement"]:
        actions = statement["Action"] if isinstance(statement["Action"], list) else [statement["Action"]]
        statement["Action"] = actions + [MOTO_ONLY[a] for a in actions if a in MOTO_ONLY]
    return found


class Moto(SqsServer):
    """verify: signatures and policies are checked; `admin` then holds keys that may do everything, and client() takes them by default."""

    name = "moto"
    account = "123456789012"
    ready_path = "/moto-api/"

    def __init__(self, folder: Path, port: "int | None" = None, network: "Network | None" = None, verify: bool = False) -> None:
        super().__init__(folder, port, network)
        self.verify = verify
        self.admin: "Keys | None" = None

    def argv(self) -> "list[str]":
        return [str(moto_python()), str(SERVE), "-H", self.address, "-p", str(self.port)]

    def environment(self) -> "Mapping[str, str] | None":
        first = {"INITIAL_NO_AUTH_ACTION_COUNT": str(FIRST_CALLS)} if self.verify else {}
        # Nothing that happens to be set here may lead it to the real AWS.
        ours = {name: value for name, value in os.environ.items() if not name.startswith(("AWS_", "MOTO_"))}
        return dict(ours, PYTHONDONTWRITEBYTECODE="1", AWS_EC2_METADATA_DISABLED="true", **first)

    def wait_ready(self, deadline_s: float = 60.0) -> None:
        super().wait_ready(deadline_s)
        if self.verify:
            self.admin = self._make_admin()

    def assumed_roles(self) -> "list[str]":
        """ARNs of the roles that STS gave keys of, once for each time."""
        link = http.client.HTTPConnection("127.0.0.1", self.port, timeout=10)
        try:
            link.request("GET", "/moto-api/data.json")
            found = json.loads(link.getresponse().read())
        finally:
            link.close()
        return [role["role_arn"] for role in found.get("sts", {}).get("AssumedRole", [])]

    def _make_admin(self) -> Keys:
        iam = self.client("iam", keys={})
        iam.create_user(UserName=ADMIN)
        iam.put_user_policy(UserName=ADMIN, PolicyName="all", PolicyDocument=json.dumps(EVERYTHING))
        return _keys(iam.create_access_key(UserName=ADMIN)["AccessKey"])

    def client(self, service: str = "sqs", keys: "Mapping[str, str] | None" = None, **config: Any) -> Any:
        if keys is None and self.admin is not None:
            keys = self.admin.environment()
        return super().client(service, keys, **config)

    def user(self, name: str, policy: "Mapping[str, Any]") -> Keys:
        """A user who may do exactly what the policy says (policy_for_moto adds what only moto asks for)."""
        iam = self.client("iam")
        iam.create_user(UserName=name)
        iam.put_user_policy(UserName=name, PolicyName="granted", PolicyDocument=json.dumps(policy))
        return _keys(iam.create_access_key(UserName=name)["AccessKey"])

    def set_user_policy(self, name: str, policy: "Mapping[str, Any]") -> None:
        """From the next call on."""
        self.client("iam").put_user_policy(UserName=name, PolicyName="granted", PolicyDocument=json.dumps(policy))

    def role(self, name: str, policy: "Mapping[str, Any]", trust: "Mapping[str, Any] | None" = None) -> str:
        """ARN of a role that may do exactly what the policy says."""
        iam = self.client("iam")
        made = iam.create_role(RoleName=name, AssumeRolePolicyDocument=json.dumps(trust or TRUST))
        iam.put_role_policy(RoleName=name, PolicyName="granted", PolicyDocument=json.dumps(policy))
        return str(made["Role"]["Arn"])

    def assume(self, role_arn: str, keys: "Keys | None" = None) -> Keys:
        """Keys of a session of that role, as STS gives them."""
        sts = self.client("sts", keys=keys.environment() if keys else None)
        found = sts.assume_role(RoleArn=role_arn, RoleSessionName="testbed")["Credentials"]
        return Keys(found["AccessKeyId"], found["SecretAccessKey"], found["SessionToken"])


def _keys(made: "Mapping[str, str]") -> Keys:
    return Keys(made["AccessKeyId"], made["SecretAccessKey"])
