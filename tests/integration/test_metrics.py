"""What Prometheus is given, by a real one: pages, alerts and the queries of the board."""
import http.server
import json
import math
import re
import subprocess
import threading
from pathlib import Path

import pytest
import yaml

from harness.alert_cases import CASES, document
from harness.run import QUEUE
from harness.socket_door import SocketDoor
from harness.supervisor import binaries
from harness.wait import wait_until
from testbed.prometheus import Prometheus, promtool

ANNA, BOB = {"author": "^anna$"}, {"author": "^bob$"}
CHART = Path(__file__).resolve().parent.parent.parent / "helm" / "files"
ALERTS = CHART / "alerts.yaml"
OPENMETRICS = "application/openmetrics-text;version=1.0.0"
LEDGER = next(rule["expr"] for group in yaml.safe_load(ALERTS.read_text())["groups"] for rule in group["rules"] if rule["alert"] == "SluiceLedgerOff")


def board_queries():
    for panel in json.loads((CHART / "board.json").read_text())["panels"]:
        for target in panel.get("targets", []):
            yield panel["title"], target["expr"].replace("$namespace", ".*").replace("$split", ".*").replace("$__rate_interval", "30s").replace("[5m]", "[30s]")


def crowd(splits, sessions, shown, *accept):
    """The page of a supervisor with so many splits and sessions."""
    probe = Path(binaries()).parent / "tests" / "bin" / "metrics_probe"
    return subprocess.run([probe, str(splits), str(sessions), str(shown), *accept], stdout=subprocess.PIPE, text=True, check=True, timeout=60).stdout


@pytest.fixture
def served_crowd():
    """Serves the page of 10,000 sessions to whoever asks, in the form that is asked for."""
    class Page(http.server.BaseHTTPRequestHandler):
        def do_GET(self):
            wanted = self.headers["Accept"]
            text = crowd(64, 10000, 100, wanted).encode()
            self.send_response(200)
            self.send_header("Content-Type", OPENMETRICS + "; charset=utf-8" if "openmetrics" in wanted else "text/plain; version=0.0.4")
            self.send_header("Content-Length", str(len(text)))
            self.end_headers()
            self.wfile.write(text)

        def log_message(self, *_):
            pass

    server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), Page)
    threading.Thread(target=server.serve_forever, daemon=True).start()
    yield "127.0.0.1:%d" % server.server_address[1]
    server.shutdown()
    server.server_close()


def test_alerts_are_raised_when_they_should_be_and_only_then(tmp_path):
    """Each alert by series that must raise it and by series that must not; and each has words for whoever is woken."""
    promtool("check", "rules", str(ALERTS))
    rules = [rule for group in yaml.safe_load(ALERTS.read_text())["groups"] for rule in group["rules"]]
    assert {rule["alert"] for rule in rules} == set(CASES)
    for rule in rules:
        assert rule["labels"]["severity"] in ("critical", "warning", "info") and rule["annotations"]["summary"], rule
        assert re.search(r"\b(sluice|kubectl|df|systemctl) ", rule["annotations"]["runbook"]), f"no command to run: {rule}"
    tests = tmp_path / "alerts_test.yaml"
    tests.write_text(yaml.safe_dump(document(ALERTS)))
    promtool("test", "rules", str(tests))


def test_s_11_a_page_stays_small_with_10000_sessions(served_crowd, tmp_path):
    """S-11: a real Prometheus takes it with a limit on series, and finds nothing to mend in names and words."""
    promtool("check", "metrics", text=crowd(3, 20, 10))
    with Prometheus(tmp_path / "prometheus", [served_crowd], limit=8000, interval="5s") as prometheus:
        wait_until(lambda: prometheus.query("sluice_build_info"), 60, "a page to be read", seen=lambda: prometheus.ask("targets"))
        [(_, series)] = prometheus.query('count({__name__=~"sluice_.+|process_.+"})')
        assert 5000 < series < 8000, series
        [(_, counted)] = prometheus.query("sum(sluice_sessions)")
        assert counted == 10000
        [(_, shown)] = prometheus.query('count(count by (split, session) (sluice_session_messages_total{session!="(others)"}))')
        assert shown == 100


def test_case_1_prometheus_sees_what_a_split_does(run, tmp_path):
    """A whole split scraped each second: the ledger holds on every page, no alert is raised that should wake somebody, each query of the board has data."""
    run.deploy(app={"instances": 1}, settings={"OPERATOR_SESSION_UNUSED_TTL_SECONDS": "600", "OPERATOR_METRICS_SESSIONS": "1"})
    producer = run.producer(rate=200)
    supervisor = run.served_by
    with SocketDoor(supervisor.api.socket_path) as door, Prometheus(tmp_path / "prometheus", [door.address], rules=[ALERTS]) as prometheus:
        anna, bob = run.ask(supervisor, "anna", ANNA), run.ask(supervisor, "bob", {QUEUE: (BOB, "mirror")})
        for session in (anna, bob):
            session.wait_ready()
        run.flow(400)
        name = run.split()["metadata"]["name"]

        def lacking():
            found = {}
            for title, query in board_queries():
                values = [value for _, value in prometheus.query(query) if not math.isnan(value)]
                if not values:
                    found[title] = query
            return found

        wait_until(lambda: not lacking(), 120, "data for every query of the board", seen=lacking)
        wait_until(lambda: prometheus.query(f'sluice_split_messages_delivered_total{{destination="session",split="{name}"}} > 20')
                   and prometheus.query(f'sluice_split_messages_delivered_total{{destination="mirror",split="{name}"}} > 20'), 60, "messages of both sessions")
        [(info, _)] = prometheus.query("sluice_split_info")
        assert {key: info[key] for key in ("namespace", "split", "target", "queue")} == {
            "namespace": "default", "split": name, "target": run.service, "queue": run.topic}
        shown = {labels["session"] for labels, _ in prometheus.query("sluice_session_messages_total")}
        assert len(shown) == 2 and "(others)" in shown
        assert prometheus.query('sluice_split_phase{phase="Active"}') and prometheus.query("sluice_worker_up == 1")
        # Over all pages so far: what was read was somewhere.
        pages = "count_over_time(sluice_split_messages_received_total[1h])"
        wait_until(lambda: prometheus.query(pages)[0][1] >= 5, 60, "some pages", seen=lambda: prometheus.query(pages))
        assert not prometheus.query(f"count_over_time(({LEDGER})[10m:1s])")
        rules = [rule for group in prometheus.ask("rules")["groups"] for rule in group["rules"]]
        assert {rule["name"] for rule in rules} == set(CASES) and all(rule["health"] == "ok" for rule in rules), rules
        assert not [rule["name"] for rule in rules if rule["state"] == "firing"], rules
        promtool("check", "metrics", text=supervisor.api.text("/metrics"))
        text = supervisor.api.text("/metrics", {"Accept": OPENMETRICS})
        assert text.endswith("# EOF\n")
        sent = producer.count()
        producer.stop()
        received = f'sluice_split_messages_received_total{{split="{name}"}}'
        wait_until(lambda: prometheus.query(f"{received} >= {sent * 0.2} and sluice_split_messages_in_flight == 0 and sluice_split_lag_messages == 0"), 60, "nothing to be left",
                   seen=lambda: prometheus.query(received))
