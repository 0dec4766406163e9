"""What all SQS servers of the tests share: one process, one free port, a folder with its log.

Owns the process and the port. What is started, and with which region and account, is each server's own.
"""

import http.client
import time
from pathlib import Path
from typing import Any, Mapping

from ..broker import Network
from ..ports import Port
from ..process import STOP_DEADLINE_S, Process, tail

READY_DEADLINE_S = 60.0
POLL_S = 0.05


class SqsServer:
    """`with ElasticMq(folder) as server:` starts it, waits until it answers, and ends it.

    folder: its own, created when missing; kept afterwards, the log is in it.
    network: where it runs, when not beside us: clients in there take `inner_endpoint`, those here `endpoint` all the same.
    """

    name = "sqs"
    region = "us-east-1"
    account = "000000000000"
    ready_path = "/"

    def __init__(self, folder: Path, port: "int | None" = None, network: "Network | None" = None) -> None:
        self.folder = Path(folder).resolve()
        self.log_path = self.folder / f"{self.name}.log"
        self._port = Port(port)
        self._network = network
        self._process: "Process | None" = None
        self.port = self._port.number
        self.endpoint = f"http://127.0.0.1:{self.port}"
        self.inner_endpoint = f"http://{network.address}:{self.port}" if network else self.endpoint
        self._way = network.lead(self._port, self.port) if network else None

    # --- what each server says of itself ----------------------------------------------------------------------

    def argv(self) -> "list[str]":
        """The command; its folder is there."""
        raise NotImplementedError

    def environment(self) -> "Mapping[str, str] | None":
        """The process's environment; None: ours."""
        return None

    @property
    def address(self) -> str:
        """What it binds: everything in a network of its own, else the loopback."""
        return "0.0.0.0" if self._network else "127.0.0.1"

    # --- life -------------------------------------------------------------------------------------------------

    def start(self, wait: bool = True) -> "SqsServer":
        """The same port at every start; queues do not outlive a process."""
        assert self._process is None or not self._process.is_running(), f"{self.name} already runs"
        self.folder.mkdir(parents=True, exist_ok=True)
        argv = self.argv()
        argv = self._network.inside(argv) if self._network else argv
        self._process = Process(argv, self.log_path, cwd=self.folder, env=self.environment())
        if wait:
            self.wait_ready()
        return self

    def wait_ready(self, deadline_s: float = READY_DEADLINE_S) -> None:
        end = time.monotonic() + deadline_s
        while not self.answers():
            status = self._running().poll()
            if status is not None:
                raise RuntimeError(f"{self.name} ended with status {status}; {self.log_path}:\n{tail(self.log_path)}")
            if time.monotonic() > end:
                raise TimeoutError(f"{self.name} on {self.endpoint} did not answer within {deadline_s} s; "
                                   f"{self.log_path}:\n{tail(self.log_path)}")
            time.sleep(POLL_S)

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

    def kill(self) -> None:
        """SIGKILL; all queues are gone. The port stays claimed."""
        self._running().kill()

    def stop(self, timeout_s: float = STOP_DEADLINE_S) -> None:
        self._running().stop(timeout_s)

    def signal(self, number: int) -> None:
        self._running().signal(number)

    def close(self) -> None:
        """End it whatever its state and give the port back. The folder stays."""
        if self._process is not None:
            self._process.kill()
            self._process = None
        if self._way is not None:
            self._way.kill()
        self._port.close()

    def is_running(self) -> bool:
        return self._process is not None and self._process.is_running()

    @property
    def pid(self) -> int:
        return self._running().pid

    def __enter__(self) -> "Any":
        try:
            return self.start()
        except BaseException:
            self.close()
            raise

    def __exit__(self, *_: object) -> None:
        self.close()

    def _running(self) -> Process:
        if self._process is None:
            raise RuntimeError(f"{self.name} was not started")
        return self._process

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
