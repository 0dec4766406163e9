"""Debian's Prometheus: one process that reads pages, keeps what they say and judges rules; and promtool, which judges without one.

Never fetches anything itself: `./dev` does, once, into the cache.
"""
import json
import os
import subprocess
import urllib.error
import urllib.parse
import urllib.request
from pathlib import Path
from typing import Any, Sequence

from .server import Server

DEV = Path(__file__).resolve().parent.parent.parent / "dev"

CONFIG = """\
global: {{scrape_interval: {interval}, scrape_timeout: {interval}, evaluation_interval: {interval}}}
rule_files: {rules}
scrape_configs:
  - job_name: sluice
    honor_labels: true
    sample_limit: {limit}
    static_configs: [{{targets: {targets}}}]
"""


def program(name: str) -> str:
    """Path of prometheus or promtool: in $SLUICE_PROMETHEUS, or where ./dev puts them (fetched now when missing)."""
    given = os.environ.get("SLUICE_PROMETHEUS")
    if not given:
        given = subprocess.run([DEV, "path", "prometheus"], check=True, stdout=subprocess.PIPE, text=True).stdout.strip()
    return str(Path(given) / name)


def promtool(*arguments: str, text: str = "") -> str:
    """What it says. Raises AssertionError with it when it finds something wrong."""
    done = subprocess.run([program("promtool"), *arguments], input=text, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True, timeout=120, check=False)
    assert done.returncode == 0, done.stdout
    return done.stdout


class Prometheus(Server):
    """targets: "host:port" of pages; rules: files. limit: series of one page; beyond it the page is refused."""

    name = "prometheus"

    def __init__(self, folder: Path, targets: Sequence[str], rules: Sequence[Path] = (), limit: int = 0, interval: str = "1s") -> None:
        super().__init__(folder)
        self._config = {"targets": json.dumps(list(targets)), "rules": json.dumps([str(path) for path in rules]), "limit": limit, "interval": interval}

    def argv(self) -> "list[str]":
        config = self.folder / "prometheus.yaml"
        config.write_text(CONFIG.format(**self._config))
        return [program("prometheus"), f"--config.file={config}", f"--storage.tsdb.path={self.folder / 'data'}", f"--web.listen-address=127.0.0.1:{self.port}",
                "--storage.tsdb.retention.time=1d", "--log.level=warn"]

    def answers(self, timeout_s: float = 2.0) -> bool:
        try:
            with urllib.request.urlopen(f"http://127.0.0.1:{self.port}/-/ready", timeout=timeout_s) as answer:
                return answer.status == 200
        except OSError:
            return False

    def ask(self, path: str, **query: str) -> Any:
        """The data of an answer of its API. Raises OSError with its words."""
        url = f"http://127.0.0.1:{self.port}/api/v1/{path}?{urllib.parse.urlencode(query)}"
        try:
            with urllib.request.urlopen(url, timeout=30) as answer:
                return json.load(answer)["data"]
        except urllib.error.HTTPError as error:
            raise OSError(f"{query}: {error.read().decode(errors='replace')}") from error

    def query(self, expression: str) -> "list[tuple[dict[str, str], float]]":
        """(labels, value) of each series that an expression has now."""
        return [(one["metric"], float(one["value"][1])) for one in self.ask("query", query=expression)["result"]]
