"""What all SQS servers of the tests share, on top of the life of a server: an endpoint, a region, an account, and clients.

Owns nothing more than a Server does. What is started, and with which region and account, is each server's own.
"""

import http.client
from pathlib import Path
from typing import Any, Mapping

from ..server import Network, Server


class SqsServer(Server):
    """network: where it runs, when not beside us: clients in there take `inner_endpoint`, those here `endpoint` all the same. Queues do not outlive a process."""

    name = "sqs"
    region = "us-east-1"
    account = "000000000000"
    ready_path = "/"

    def __init__(self, folder: Path, port: "int | None" = None, network: "Network | None" = None) -> None:
        super().__init__(folder, port, network)
        self.endpoint = f"http://127.0.0.1:{self.port}"
        self.inner_endpoint = f"http://{network.address}:{self.port}" if network else self.endpoint

    @property
    def address(self) -> str:
        """What it binds: everything in a network of its own, else the loopback."""
        return "0.0.0.0" if self._network else "127.0.0.1"

    def answers(self, timeout_s: float = 2.0) -> bool:
        """Whether something speaks HTTP there, whatever it says."""
        link = http.client.HTTPConnection("127.0.0.1", self.port, timeout=timeout_s)
        try:
            link.request("GET", self.ready_path)
            link.getresponse().read()
            return True
        except (OSError, http.client.HTTPException):
            return False
        finally:
            link.close()

    # --- clients ----------------------------------------------------------------------------------------------

    def aws_environment(self, inner: bool = False, keys: "Mapping[str, str] | None" = None) -> "dict[str, str]":
        """What an AWS SDK is told by its environment so that it talks to this server, and to nothing else.

        inner: for a client in the server's network. keys: AWS_* of other credentials (see Keys.environment).
        """
        endpoint = self.inner_endpoint if inner else self.endpoint
        told = {"AWS_REGION": self.region, "AWS_DEFAULT_REGION": self.region, "AWS_ENDPOINT_URL": endpoint,
                "AWS_ACCESS_KEY_ID": "test", "AWS_SECRET_ACCESS_KEY": "test", "AWS_EC2_METADATA_DISABLED": "true"}
        told.update(keys or {})
        return told

    def client(self, service: str = "sqs", keys: "Mapping[str, str] | None" = None, **config: Any) -> "Any":
        """A boto3 client of a service that the server has. config: of botocore's Config."""
        import boto3
        from botocore.config import Config

        told = self.aws_environment(keys=keys)
        return boto3.session.Session().client(
            service, region_name=self.region, endpoint_url=self.endpoint,
            aws_access_key_id=told["AWS_ACCESS_KEY_ID"], aws_secret_access_key=told["AWS_SECRET_ACCESS_KEY"],
            aws_session_token=told.get("AWS_SESSION_TOKEN"), config=Config(**config))

    def queue_url(self, name: str) -> str:
        return f"{self.endpoint}/{self.account}/{name}"

    def queue_arn(self, name: str) -> str:
        return f"arn:aws:sqs:{self.region}:{self.account}:{name}"
