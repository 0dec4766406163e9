"""A LocalService that has no instances: its restart does nothing. For what is decided before any message flows."""
from .env_file import env_file_parse


class Stub:
    """environment: as the manifest says it. Has what Manifests.local_service wants of an App."""

    def __init__(self, folder, environment, name="stub"):
        self.environment = dict(environment)
        self.env_file = folder / f"{name}.env"

    def command(self, verb="restart"):
        return ["/bin/true"]

    def current_environment(self):
        return env_file_parse(self.env_file.read_text())
