"""The fixtures of every test folder."""
pytest_plugins = ["harness.fixtures", "harness.sqs_fixtures"]
