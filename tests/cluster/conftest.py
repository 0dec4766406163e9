"""One cluster and one broker in its network for all tests of this folder, and a namespace for each test."""

import os
import uuid

import pytest
from release import Operator
from story import ClusterRun

from testbed.broker import KafkaBroker
from testbed.cluster import images
from testbed.cluster.cluster import Cluster


@pytest.fixture(scope="session")
def cluster(tmp_path_factory):
    with Cluster(tmp_path_factory.mktemp("cluster") / "run") as found:
        found.load_image(images.cached() / "app.tar")
        yield found


@pytest.fixture(scope="session")
def cluster_broker(cluster, tmp_path_factory):
    """A broker beside the pods, which reach it at `inner_bootstrap`; the tests at `bootstrap`."""
    with KafkaBroker(tmp_path_factory.mktemp("broker"), network=cluster.network) as found:
        yield found


@pytest.fixture(scope="session")
def operator(cluster):
    """Installed as a user does it."""
    return Operator(cluster, os.environ["SLUICE_IMAGE"]).install()


@pytest.fixture
def story(operator, cluster_broker, namespace, tmp_path):
    """A run of its own with the application, developers and the checker."""
    run = ClusterRun(tmp_path, operator, cluster_broker, namespace)
    yield run
    run.close()


@pytest.fixture
def namespace(cluster):
    """The name of a namespace of this test alone. Its end is not waited for."""
    name = f"test-{uuid.uuid4().hex[:8]}"
    cluster.api.create("namespaces", {"apiVersion": "v1", "kind": "Namespace", "metadata": {"name": name}})
    yield name
    cluster.api.delete("v1", "namespaces", name)


@pytest.hookimpl(hookwrapper=True)
def pytest_runtest_makereport(item, call):
    report = (yield).get_result()
    if report.failed and "cluster" in getattr(item, "funcargs", {}):
        report.sections.append(("cluster", f"logs of its parts: {item.funcargs['cluster'].logs}"))
