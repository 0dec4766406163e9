"""`sluice completion`: a real bash, and what it asks the program for."""
import subprocess
import unittest
from pathlib import Path

from documents import session, split
from rig import SLUICE, Case


class Completion(Case):
    def bash(self, *words):
        """What pressing Tab behind these words offers."""
        script = ('PATH="$1:$PATH"; shift; source <(sluice completion bash); COMP_WORDS=(sluice "$@"); COMP_CWORD=$#; _sluice; '
                  'printf "%s\\n" "${COMPREPLY[@]}"')
        done = subprocess.run(["bash", "--norc", "-c", script, "bash", str(Path(SLUICE).parent), *words], env=self.environment(),
                              capture_output=True, text=True, timeout=60)
        self.assertEqual((done.returncode, done.stderr), (0, ""))
        return done.stdout.split()

    def test_commands_and_options(self):
        self.assertEqual(self.bash("lo"), ["logs"])
        self.assertEqual(self.bash("logs", "--fol"), ["--follow"])
        self.assertEqual(self.bash("run", "--mode", "=", "st"), ["steal"])

    def test_names(self):
        self.api.put("queuesplits", split("split-1"))
        self.api.put("queuesplits", split("split-2", namespace="other"))
        self.api.put("splitsessions", session("alice-1"))
        self.assertEqual(self.bash("logs", ""), ["split-1"])
        self.assertEqual(self.bash("logs", "-n", "other", "spl"), ["split-2"])
        self.assertEqual(self.bash("kill", ""), ["alice-1"])
        self.assertEqual(self.bash("status", "-A", ""), ["alice-1", "split-1", "split-2"])

    def test_nothing_is_said_when_nobody_answers(self):
        self.api.stop()
        self.assertEqual(self.bash("logs", ""), [])

    def test_files(self):
        self.assertEqual(self.sluice("completion", "words", "--", "run", "-f", "").stdout, ":files\n")

    def test_shells(self):
        for shell, part in (("bash", "complete -F _sluice sluice"), ("zsh", "#compdef sluice"), ("fish", "complete -c sluice")):
            self.assertIn(part, self.sluice("completion", shell).stdout)
        self.assertEqual(self.sluice("completion", "tcsh").returncode, 64)
        self.assertEqual(self.sluice("completion").returncode, 64)


if __name__ == "__main__":
    unittest.main()
