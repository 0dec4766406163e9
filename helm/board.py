"""The Grafana board of Sluice as rows. helm/generate.py writes files/board.json from them, and refuses a series that metric.def does not have."""
import json

WHERE = 'namespace=~"$namespace",split=~"$split"'
RATE = "rate({}{{{}}}[$__rate_interval])"


def rate(name, by, more=""):
    return f"sum by ({by}) (" + RATE.format(f"sluice_{name}_total", WHERE + more) + ")"


def quantile(which):
    return f"histogram_quantile({which}, sum by (le, destination) (" + RATE.format("sluice_split_message_duration_seconds_bucket", WHERE) + "))"


# A row of the board, or (title, kind, width, unit, [(query, legend)], what it shows); 24 wide.
PANELS = [
    "Overview",
    ("Supervisors that decide", "stat", 4, "none", [("sum(sluice_supervisor_leading)", "")], "One, and 0 when nothing new can begin."),
    ("Splits", "stat", 4, "none", [('sum(sluice_splits{namespace=~"$namespace"})', "")], "Live splits."),
    ("Sessions that are ready", "stat", 4, "none", [('sum(sluice_sessions{namespace=~"$namespace",phase="Ready"})', "")], "Developers' sessions."),
    ("Workers that answer", "stat", 4, "none", [(f"sum(sluice_worker_up{{{WHERE}}})", "")], "One for each split."),
    ("Splits that forward", "stat", 4, "none", [(f"sum(sluice_split_forwarding{{{WHERE}}})", "")], "Live ones should all forward."),
    ("Messages that are nowhere", "stat", 4, "none",
     [(f"sum(sluice_split_messages_received_total{{{WHERE}}}) - sum(sluice_split_messages_delivered_total{{{WHERE},destination!=\"mirror\"}})"
       f" - sum(sluice_split_messages_given_back_total{{{WHERE}}}) - sum(sluice_split_messages_in_flight{{{WHERE}}})", "")],
     "The ledger: what was read, less what is delivered, given back or in flight. Always 0."),
    "Messages",
    ("Received", "timeseries", 8, "cps", [(rate("split_messages_received", "namespace, split"), "{{namespace}}/{{split}}")], "Read from the original queues, a second."),
    ("Delivered", "timeseries", 8, "cps", [(rate("split_messages_delivered", "destination"), "{{destination}}")], "Confirmed at their destination, a second."),
    ("Matched by a filter", "timeseries", 8, "cps",
     [(rate("split_messages_matched", "namespace, split"), "{{split}} matched"), (rate("split_messages_unmatched", "namespace, split"), "{{split}} unmatched")],
     "What some session's filter took or copied, and the rest."),
    ("Behind the original queue", "timeseries", 8, "none", [(f"sluice_split_lag_messages{{{WHERE}}}", "{{split}}")], "Messages that are not received yet."),
    ("Age of the oldest message", "timeseries", 8, "s", [(f"sluice_split_oldest_message_age_seconds{{{WHERE}}}", "{{split}}")], "Since it was sent."),
    ("Held", "timeseries", 8, "none",
     [(f"sluice_split_messages_held{{{WHERE}}}", "{{split}} held"), (f"sluice_split_messages_in_flight{{{WHERE}}}", "{{split}} in flight")],
     "Received and not yet acknowledged."),
    ("From receipt to acknowledgement", "timeseries", 12, "s",
     [(quantile("0.5"), "{{destination}} p50"), (quantile("0.99"), "{{destination}} p99")], "How long messages stay in a worker."),
    ("Given back, returned, not evaluated", "timeseries", 12, "cps",
     [(rate("split_messages_given_back", "split"), "{{split}} given back"), (rate("split_messages_returned", "split"), "{{split}} leftovers returned"),
      (rate("split_filter_errors", "split"), "{{split}} filter errors")], "What should be rare."),
    "Sessions",
    ("Messages of sessions", "timeseries", 12, "cps", [(rate("session_messages", "session, kind"), "{{session}} {{kind}}")],
     "Of those that have series of their own; the others together are \"(others)\"."),
    ("Sessions by phase", "timeseries", 6, "none", [('sum by (phase) (sluice_sessions{namespace=~"$namespace"})', "{{phase}}")], "Ended ones are kept for a while."),
    ("Conditions of sessions", "timeseries", 6, "none",
     [('sum by (type, status, reason) (sluice_session_conditions{namespace=~"$namespace"})', "{{type}} {{status}} {{reason}}")], "Sessions that are not over."),
    "Splits",
    ("Splits", "table", 12, "none", [(f"sluice_split_phase{{{WHERE}}} * on (namespace, split) group_left (target, queue_type, queue) sluice_split_info", "")],
     "Whose queue, and in which phase."),
    ("Conditions", "table", 12, "none", [(f"sluice_split_condition{{{WHERE}}}", "")], "Of splits, as they are now."),
    ("Time in the present phase", "timeseries", 12, "s", [(f"time() - sluice_split_phase_start_time_seconds{{{WHERE}}}", "{{split}}")], "A drain or a rollout that does not end shows here."),
    ("Batches", "timeseries", 12, "cps", [(rate("split_batches", "namespace, split"), "{{split}}")], "Transactions (Kafka) or accepted batches (SQS), a second."),
    "Processes",
    ("Processor", "timeseries", 8, "percentunit",
     [(rate("worker_cpu_seconds", "split"), "{{split}}"), ("rate(process_cpu_seconds_total[$__rate_interval]) and on (instance) sluice_build_info", "supervisor {{instance}}")],
     "Cores."),
    ("Memory", "timeseries", 8, "bytes",
     [(f"sluice_worker_resident_memory_bytes{{{WHERE}}}", "{{split}}"), ("process_resident_memory_bytes and on (instance) sluice_build_info", "supervisor {{instance}}")],
     "Resident."),
    ("Starts", "timeseries", 8, "none",
     [(f"increase(sluice_worker_starts_total{{{WHERE}}}[5m])", "{{split}}"), ("changes(process_start_time_seconds[5m]) and on (instance) sluice_build_info", "supervisor {{instance}}")],
     "Within five minutes: of workers, and restarts of the supervisor."),
    ("Problems", "timeseries", 24, "none", [(f"sum by (split, reason) (increase(sluice_split_problems_total{{{WHERE}}}[5m]))", "{{split}} {{reason}}")],
     "Told by workers within five minutes, by reason."),
]
HEIGHTS = {"stat": 4, "timeseries": 8, "table": 8}
DATASOURCE = {"type": "prometheus", "uid": "${datasource}"}


def _target(number, query, legend, kind):
    found = {"datasource": DATASOURCE, "expr": query, "legendFormat": legend, "refId": chr(ord("A") + number)}
    if kind == "table":
        found |= {"format": "table", "instant": True}
    return found


def _panel(number, panel, x, y):
    title, kind, width, unit, queries, text = panel
    return {"id": number, "title": title, "description": text, "type": kind, "datasource": DATASOURCE,
            "gridPos": {"x": x, "y": y, "w": width, "h": HEIGHTS[kind]}, "fieldConfig": {"defaults": {"unit": unit}, "overrides": []},
            "targets": [_target(n, query, legend, kind) for n, (query, legend) in enumerate(queries)]}


def _panels():
    found, x, y, height = [], 0, 0, 0
    for number, panel in enumerate(PANELS, 1):
        if isinstance(panel, str):
            y, x = y + height, 0
            found.append({"id": number, "title": panel, "type": "row", "collapsed": False, "panels": [], "gridPos": {"x": 0, "y": y, "w": 24, "h": 1}})
            y, height = y + 1, 0
            continue
        if x + panel[2] > 24:
            x, y = 0, y + height
        found.append(_panel(number, panel, x, y))
        x, height = x + panel[2], HEIGHTS[panel[1]]
    return found


def _variable(name, label, query):
    return {"name": name, "label": label, "type": "query", "datasource": DATASOURCE, "query": {"query": query, "refId": name}, "definition": query,
            "refresh": 2, "multi": True, "includeAll": True, "allValue": ".*", "current": {"text": "All", "value": "$__all"}}


def board_json():
    """A dashboard as Grafana imports it; its data source is chosen there."""
    board = {"title": "Sluice", "uid": "sluice", "tags": ["sluice"], "schemaVersion": 36, "editable": True, "refresh": "30s", "timezone": "browser",
             "time": {"from": "now-1h", "to": "now"}, "panels": _panels(),
             "templating": {"list": [{"name": "datasource", "label": "Data source", "type": "datasource", "query": "prometheus"},
                                     _variable("namespace", "Namespace", "label_values(sluice_split_info, namespace)"),
                                     _variable("split", "Split", 'label_values(sluice_split_info{namespace=~"$namespace"}, split)')]}}
    return json.dumps(board, indent=1) + "\n"
