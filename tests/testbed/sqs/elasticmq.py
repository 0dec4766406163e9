"""ElasticMQ: quick, with good FIFO queues and visibility. It knows no policies, retention or encryption, and no groups on standard queues.

Never fetches anything itself: `./dev` does, once, into the cache.
"""

import os
import shutil
import subprocess
from pathlib import Path

from .server import SqsServer

DEV = Path(__file__).resolve().parent.parent.parent.parent / "dev"
HEAP_MB = 256

CONFIG = """\
include classpath("application.conf")
node-address {{ protocol = http, host = "*", port = {port}, context-path = "" }}
rest-sqs {{ enabled = true, bind-port = {port}, bind-hostname = "{address}", sqs-limits = strict }}
rest-stats {{ enabled = false }}
aws {{ region = {region}, accountId = "{account}" }}
"""


def elasticmq_jars() -> Path:
    """The folder of its jars: $SLUICE_ELASTICMQ_JARS, or where ./dev puts them (fetched now when missing)."""
    given = os.environ.get("SLUICE_ELASTICMQ_JARS")
    if not given:
        given = subprocess.run([DEV, "path", "elasticmq"], check=True, stdout=subprocess.PIPE, text=True).stdout.strip()
    return Path(given)


class ElasticMq(SqsServer):
    name = "elasticmq"

    def argv(self) -> "list[str]":
        java = shutil.which("java")
        if java is None:
            raise RuntimeError("no java on the PATH; ./dev installs it")
        config = self.folder / "elasticmq.conf"
        config.write_text(CONFIG.format(port=self.port, address=self.address, region=self.region, account=self.account))
        (self.folder / "tmp").mkdir(exist_ok=True)
        return [java, f"-Xmx{HEAP_MB}m", "-XX:+UseSerialGC", "-XX:TieredStopAtLevel=1", "-XX:-UsePerfData", "-Djava.awt.headless=true",
                f"-Djava.io.tmpdir={self.folder / 'tmp'}", f"-Dconfig.file={config}",
                "-cp", f"{elasticmq_jars()}/*", "org.elasticmq.server.Main"]
