"""A stand-in for an adapter of external metrics: kafka_lag of a group on a topic, both named by labels.

Runs in a pod behind a service, asked by the API server. Its certificate, as PEM with its key, and the broker are in its environment.
"""
import json
import os
import ssl
import tempfile
from datetime import datetime, timezone
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from urllib.parse import parse_qs, urlsplit

from confluent_kafka import Consumer, TopicPartition

GROUP = "external.metrics.k8s.io/v1beta1"
METRIC = "kafka_lag"
TIMEOUT_S = 10


def lag(group, topic):
    consumer = Consumer({"bootstrap.servers": os.environ["BOOTSTRAP"], "group.id": group, "enable.auto.commit": False})
    try:
        partitions = consumer.list_topics(topic, timeout=TIMEOUT_S).topics[topic].partitions
        places = consumer.committed([TopicPartition(topic, number) for number in partitions], timeout=TIMEOUT_S)
        ends = {place.partition: consumer.get_watermark_offsets(place, timeout=TIMEOUT_S)[1] for place in places}
        return sum(max(0, ends[place.partition] - max(0, place.offset)) for place in places)
    finally:
        consumer.close()


class Handler(BaseHTTPRequestHandler):
    def do_GET(self):
        parts = urlsplit(self.path)
        if parts.path.endswith(f"/{METRIC}"):
            selector = parse_qs(parts.query)["labelSelector"][0]
            labels = dict(entry.split("=", 1) for entry in selector.split(","))
            value = lag(labels["group"], labels["topic"])
            print(labels["topic"], value, flush=True)
            row = {"metricName": METRIC, "metricLabels": labels, "value": str(value),
                   "timestamp": datetime.now(timezone.utc).strftime("%Y-%m-%dT%H:%M:%SZ")}
            self.answer({"kind": "ExternalMetricValueList", "apiVersion": GROUP, "metadata": {}, "items": [row]})
        else:
            self.answer({"kind": "APIResourceList", "apiVersion": "v1", "groupVersion": GROUP, "resources": []})

    def answer(self, document):
        body = json.dumps(document).encode()
        self.send_response(200)
        self.send_header("Content-Type", "application/json")
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)


def main():
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    with tempfile.NamedTemporaryFile("w", suffix=".pem") as file:
        file.write(os.environ["CERTIFICATE"])
        file.flush()
        context.load_cert_chain(file.name)
    server = ThreadingHTTPServer(("", 8443), Handler)
    server.socket = context.wrap_socket(server.socket, server_side=True)
    print("up", flush=True)
    server.serve_forever()


if __name__ == "__main__":
    main()
