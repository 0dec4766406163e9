"""The alerts of Sluice as rows: what a person is woken or told for, and the command to run then. helm/generate.py writes files/alerts.yaml from them."""
import json

PHASE = 'on (namespace, split) sluice_split_phase{{phase=~"{}"}}'
STATUS = "Run: sluice status {{ $labels.split }} -n {{ $labels.namespace }}"
LOGS = "sluice logs {{ $labels.split }} -n {{ $labels.namespace }}"
SPLIT = "Split {{ $labels.split }} in namespace {{ $labels.namespace }}"

# name, expression, for, severity, summary, what to do
ALERTS = [
    ("SluiceNobodyDecides", "absent(sluice_supervisor_leading == 1)", "2m", "critical",
     "No supervisor of Sluice decides: live splits go on forwarding, but no session starts, ends or is renewed.",
     "Run: kubectl get pods -n mirrord -l app=mirrord-operator, and kubectl logs of the one that is not ready; on a host: systemctl status sluice. Then: sluice check"),
    ("SluiceLedgerOff",
     'abs(sluice_split_messages_received_total - sum without (destination) (sluice_split_messages_delivered_total{destination!="mirror"})'
     " - sluice_split_messages_given_back_total - sluice_split_messages_in_flight) > 0", "5m", "critical",
     f"{SPLIT}: {{{{ $value }}}} messages were read and are nowhere.",
     f"Keep the worker's log before anything else: {LOGS} > split.log. Then compare the queues' own counts with this split's, and report it: this must not happen."),
    ("SluiceStateNotWritten", "sluice_supervisor_state_failing == 1", "1m", "critical",
     "The supervisor cannot write down what it must remember: nothing new is begun.",
     "Run: df -h and df -i for the state folder (sluice check names it), and make room; it goes on by itself."),
    ("SluiceWorkerDown", "sluice_worker_up == 0 and " + PHASE.format("Patching|Active|Idle|Draining|Restoring"), "1m", "critical",
     f"{SPLIT} has no worker that answers: its messages wait in the original queue, and the application gets none.",
     f"{STATUS} (why the last one ended), then: {LOGS}"),
    ("SluiceWorkerRestarts", "increase(sluice_worker_starts_total[15m]) > 3", "0m", "warning",
     "The worker of split {{ $labels.split }} in namespace {{ $labels.namespace }} was started {{ $value | humanize }} times within 15 minutes.",
     f"{STATUS} (why the last one ended), then: {LOGS}"),
    ("SluiceNotForwarding", "sluice_split_forwarding == 0 and " + PHASE.format("Active|Idle"), "2m", "critical",
     f"{SPLIT} is live and forwards nothing: the application gets no messages.",
     f"{STATUS} (the condition Degraded says why), then: sluice check -n {{{{ $labels.namespace }}}}"),
    ("SluiceDegraded", 'sluice_split_condition{type="Degraded",status="True"} == 1', "5m", "warning",
     f"{SPLIT} is degraded: {{{{ $labels.reason }}}}.", f"{STATUS}, which names the next step for {{{{ $labels.reason }}}}."),
    ("SluiceBehind", "sluice_split_oldest_message_age_seconds > 300", "10m", "warning",
     f"{SPLIT} forwards messages that are {{{{ $value | humanizeDuration }}}} old.",
     f"{STATUS} (rates), and look at sluice_split_lag_messages: when it falls, wait; when it grows, the broker is slow or the worker has too little CPU (sluice_worker_cpu_seconds_total)."),
    ("SluiceReadAgain", "rate(sluice_split_messages_given_back_total[10m]) > 0.1 * rate(sluice_split_messages_received_total[10m])", "10m", "warning",
     f"{SPLIT} cannot forward more than a tenth of what it reads, and reads it again.",
     f"Run: {LOGS} (which queue refuses, and why), then: {STATUS.removeprefix('Run: ')}"),
    ("SluiceRolloutStuck", "time() - sluice_split_phase_start_time_seconds > 900 and " + PHASE.format("Patching|Restoring"), "0m", "warning",
     f"{SPLIT} has waited {{{{ $value | humanizeDuration }}}} for the restart of its application.",
     f"{STATUS} (waits for), then: kubectl rollout status of the target, and kubectl describe pod of the one that does not get ready; a paused rollout: kubectl rollout resume"),
    ("SluiceDrainStuck", "time() - sluice_split_phase_start_time_seconds > 1800 and " + PHASE.format("Draining"), "0m", "warning",
     f"{SPLIT} has drained for {{{{ $value | humanizeDuration }}}}: the application does not empty its queue.",
     f"{STATUS} (how many are left, and who should take them), then look at the application's own log: it has to consume what is left."),
    ("SluiceSessionsNotRouted", 'sum by (namespace) (sluice_session_conditions{type="Routed",status="False"}) > 0', "5m", "warning",
     "{{ $value }} sessions in namespace {{ $labels.namespace }} miss messages: a pod that is not patched consumes too.",
     "Run: sluice status -n {{ $labels.namespace }}, then sluice status SESSION for one of them: it names the pod. Delete it, or end the other rollout."),
    ("SluiceFilterErrors", "rate(sluice_split_filter_errors_total[5m]) > 0", "15m", "info",
     f"{SPLIT} has filters that cannot be evaluated on its messages, and so match nothing there.",
     f"{STATUS} (FilterHealthy), then let the session's owner change the filter."),
]


def alerts_yaml():
    """A rules file of Prometheus. Strings as JSON are strings of YAML."""
    out = ["# Alerts of Sluice, for rule_files of Prometheus. Written by helm/generate.py; do not edit.\n", "groups:\n", "  - name: sluice\n", "    rules:\n"]
    for name, expression, hold, severity, summary, steps in ALERTS:
        out += [f"      - alert: {name}\n", f"        expr: {json.dumps(expression)}\n"]
        out += [] if hold == "0m" else [f"        for: {hold}\n"]
        out += [f"        labels: {{severity: {severity}}}\n", "        annotations:\n", f"          summary: {json.dumps(summary)}\n",
                f"          runbook: {json.dumps(steps)}\n"]
    return "".join(out)
