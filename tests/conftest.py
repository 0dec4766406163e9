"""The fixtures of every test folder, and the order of the tests."""
pytest_plugins = ["harness.fixtures", "harness.sqs_fixtures"]


def pytest_collection_modifyitems(items):
    """What takes long begins first, so that at the end no process waits for another's last test."""
    items.sort(key=lambda item: item.get_closest_marker("long") is None)
