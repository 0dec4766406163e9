"""For each alert of helm/files/alerts.yaml, series that must raise it and series that must not, as unit tests of promtool.

A series is (name with labels, values in promtool's notation), a value a minute.
"""
OF = 'namespace="team",split="s"'


def phase(name):
    return [(f'sluice_split_phase{{{OF},phase="{name}"}}', "1x60"), ]


def ledger(in_flight):
    return [(f"sluice_split_messages_received_total{{{OF}}}", "100x60"),
            (f'sluice_split_messages_delivered_total{{{OF},destination="fallback"}}', "60x60"),
            (f'sluice_split_messages_delivered_total{{{OF},destination="session"}}', "30x60"),
            (f'sluice_split_messages_delivered_total{{{OF},destination="mirror"}}', "500x60"),
            (f"sluice_split_messages_given_back_total{{{OF}}}", "7x60"),
            (f"sluice_split_messages_in_flight{{{OF}}}", f"{in_flight}x60")]


def since(name):
    """In this phase since minute 0 of the test."""
    return [(f"sluice_split_phase_start_time_seconds{{{OF}}}", "0x60"), *phase(name)]


def conditions(status):
    return [(f'sluice_split_condition{{{OF},type="Degraded",status="{status}",reason="BrokerUnreachable"}}', "1x60")]


# alert: (series that raise it by the minute, that minute, series that do not)
CASES = {
    "SluiceNobodyDecides": ([("sluice_supervisor_leading{}", "0x60")], 5, [('sluice_supervisor_leading{instance="a"}', "0x60"), ('sluice_supervisor_leading{instance="b"}', "1x60")]),
    "SluiceLedgerOff": (ledger(2), 10, ledger(3)),
    "SluiceStateNotWritten": ([("sluice_supervisor_state_failing{}", "1x60")], 5, [("sluice_supervisor_state_failing{}", "0x60")]),
    "SluiceWorkerDown": ([(f"sluice_worker_up{{{OF}}}", "0x60"), *phase("Active")], 5, [(f"sluice_worker_up{{{OF}}}", "0x60"), *phase("Failed")]),
    "SluiceWorkerRestarts": ([(f"sluice_worker_starts_total{{{OF}}}", "1+1x60")], 20, [(f"sluice_worker_starts_total{{{OF}}}", "1x10 2x49")]),
    "SluiceNotForwarding": ([(f"sluice_split_forwarding{{{OF}}}", "0x60"), *phase("Idle")], 5, [(f"sluice_split_forwarding{{{OF}}}", "0x60"), *phase("Draining")]),
    "SluiceDegraded": (conditions("True"), 10, conditions("False")),
    "SluiceBehind": ([(f"sluice_split_oldest_message_age_seconds{{{OF}}}", "400x60")], 20, [(f"sluice_split_oldest_message_age_seconds{{{OF}}}", "400x5 1x55")]),
    "SluiceReadAgain": ([(f"sluice_split_messages_given_back_total{{{OF}}}", "0+30x60"), (f"sluice_split_messages_received_total{{{OF}}}", "0+100x60")], 40,
                        [(f"sluice_split_messages_given_back_total{{{OF}}}", "0+1x60"), (f"sluice_split_messages_received_total{{{OF}}}", "0+100x60")]),
    "SluiceRolloutStuck": (since("Patching"), 20, since("Active")),
    "SluiceDrainStuck": (since("Draining"), 40, since("Restoring")),
    "SluiceSessionsNotRouted": ([('sluice_session_conditions{namespace="team",type="Routed",status="False",reason=""}', "2x60")], 10,
                                [('sluice_session_conditions{namespace="team",type="Routed",status="True",reason=""}', "2x60")]),
    "SluiceFilterErrors": ([(f"sluice_split_filter_errors_total{{{OF}}}", "0+5x60")], 30, [(f"sluice_split_filter_errors_total{{{OF}}}", "5x60")]),
}


def _test(name, series, minute, alert):
    return {"interval": "1m", "name": name, "input_series": [{"series": one.replace("{}", ""), "values": values} for one, values in series],
            "promql_expr_test": [{"expr": f'count(ALERTS{{alertname="{alert}",alertstate="firing"}}) or vector(0)', "eval_time": f"{minute}m",
                                  "exp_samples": [{"labels": "{}", "value": 1 if name.endswith("raised") else 0}]}]}


def document(rules):
    """What promtool test rules takes."""
    tests = []
    for alert, (bad, minute, good) in CASES.items():
        tests += [_test(f"{alert} is raised", bad, minute, alert), _test(f"{alert} is silent", good, minute, alert)]
    return {"rule_files": [str(rules)], "evaluation_interval": "1m", "tests": tests}
