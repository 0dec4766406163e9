"""pytest fixtures of the harness: a broker, and a run in a folder whose path is shown when the test fails."""
import pytest


@pytest.fixture(scope="session")
def broker(tmp_path_factory):
    """One Kafka broker for all tests that neither stop it nor change its settings."""
    from testbed.broker import KafkaBroker
    with KafkaBroker(tmp_path_factory.mktemp("broker")) as found:
        yield found


@pytest.fixture
def own_broker(tmp_path):
    """A broker for this test alone, which may stop and kill it."""
    from testbed.broker import KafkaBroker
    with KafkaBroker(tmp_path / "broker") as found:
        yield found


def _run(tmp_path, broker):
    from .run import Run
    folder = tmp_path / "run"
    folder.mkdir()
    return Run(folder, broker)


@pytest.fixture
def run(tmp_path, broker):
    """A run against the shared broker."""
    found = _run(tmp_path, broker)
    yield found
    found.close()


@pytest.fixture
def own_run(tmp_path, own_broker):
    """A run against a broker of its own."""
    found = _run(tmp_path, own_broker)
    yield found
    found.close()


@pytest.hookimpl(hookwrapper=True)
def pytest_runtest_makereport(item, call):
    report = (yield).get_result()
    if report.failed and "tmp_path" in getattr(item, "funcargs", {}):
        report.sections.append(("logs", f"all logs of this test: {item.funcargs['tmp_path']}"))
