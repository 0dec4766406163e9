"""A cluster for tests of the CLI: a fake API server, and kubeconfigs that lead to it."""
import json

from fake_api import FakeApi
from rig import Case


class ClusterCase(Case):
    """The socket of the base case is there too, but nothing leads to it."""

    def setUp(self):
        super().setUp()
        self.api.stop()
        self.api = FakeApi().start()
        self.config()

    def config(self, user=None, name="config", context="here", namespace="team", **cluster):
        """Writes a kubeconfig (which is YAML, so JSON will do) and gives its path; the first is KUBECONFIG."""
        document = {
            "apiVersion": "v1", "kind": "Config", "current-context": context,
            "contexts": [{"name": context, "context": {"cluster": "c", "user": "u", "namespace": namespace}}],
            "clusters": [{"name": "c", "cluster": {"server": self.api.url, **cluster}}],
            "users": [{"name": "u", "user": user or {"token": "secret-token"}}],
        }
        path = self.folder / name
        path.write_text(json.dumps(document))
        return str(path)

    def environment(self, **more):
        return super().environment(**{"SLUICE_SOCKET": None, "KUBECONFIG": str(self.folder / "config"), **more})

    def tokens(self):
        return [headers["Authorization"] for headers in self.api.headers]
