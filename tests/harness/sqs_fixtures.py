"""pytest fixtures for SQS: the servers of the testbed, each once for all tests that neither stop nor trouble it."""
import pytest


def _server(kind, tmp_path_factory, name, **options):
    with kind(tmp_path_factory.mktemp(name), **options) as found:
        yield found


@pytest.fixture(scope="session")
def elasticmq(tmp_path_factory):
    from testbed.sqs.elasticmq import ElasticMq
    yield from _server(ElasticMq, tmp_path_factory, "elasticmq")


@pytest.fixture(scope="session")
def moto(tmp_path_factory):
    from testbed.sqs.moto import Moto
    yield from _server(Moto, tmp_path_factory, "moto")


@pytest.fixture(scope="session")
def moto_verifying(tmp_path_factory):
    """moto that checks signatures and IAM policies; its client() has the rights of an administrator."""
    from testbed.sqs.moto import Moto
    yield from _server(Moto, tmp_path_factory, "moto-verifying", verify=True)


@pytest.fixture
def scripted_sqs(tmp_path):
    """The scripted SQS for this test alone, which may give it any orders."""
    from testbed.sqs.scripted_server import ScriptedSqs
    with ScriptedSqs(tmp_path / "sqs") as found:
        yield found
