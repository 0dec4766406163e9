"""`sluice` on a terminal: colour and live progress there alone, and Ctrl-C as the terminal sends it."""
import os
import pty
import sys
import unittest

from rig import READY, SLUICE, Case, main

COUNTS_INTERRUPTS = """
import pathlib, signal, sys
got = []
def note(*_):
    got.append(1)
    signal.setitimer(signal.ITIMER_REAL, 0.3)
def done(*_):
    pathlib.Path('count').write_text(str(len(got)))
    sys.exit(4)
signal.signal(signal.SIGINT, note)
signal.signal(signal.SIGALRM, done)
pathlib.Path('up').touch()
while True:
    signal.pause()
"""


class Terminal(Case):
    def on_terminal(self, *arguments, **environment):
        """(pid, descriptor) of sluice in a session of its own whose terminal we hold."""
        pid, terminal = pty.fork()
        if pid == 0:
            os.chdir(self.folder)
            os.execve(SLUICE, [SLUICE, *arguments], self.environment(TERM="xterm", **environment))
        self.addCleanup(os.close, terminal)
        return pid, terminal

    def drain(self, terminal):
        """Everything that is shown until the terminal is closed."""
        shown = b""
        while True:
            try:
                data = os.read(terminal, 65536)
            except OSError:
                return shown.decode()  # the last process of the terminal is gone
            if not data:
                return shown.decode()
            shown += data

    def run_on_terminal(self, *command, **environment):
        return self.on_terminal("run", "-t", "deployment/meme-app", "--filter", "views-topic:author=^me$", "--", *command, **environment)

    def test_interrupt(self):
        """Ctrl-C reaches CMD once: from the terminal, not from us as well. The session ends, the status is CMD's."""
        pid, terminal = self.run_on_terminal(sys.executable, "-c", COUNTS_INTERRUPTS)
        self.api.session()
        self.api.set_status(READY)
        self.wait_file("up")
        os.write(terminal, b"\x03")
        self.drain(terminal)
        self.assertEqual(os.waitstatus_to_exitcode(os.waitpid(pid, 0)[1]), 4)
        self.assertEqual((self.folder / "count").read_text(), "1")
        self.assertEqual(self.api.sessions(), [])
        self.assertEqual(self.annotations("sluice.dev/end"), ["Finished"])

    def test_interrupt_in_set_up(self):
        pid, terminal = self.run_on_terminal("true")
        self.api.session()
        os.write(terminal, b"\x03")
        self.drain(terminal)
        self.assertEqual(os.waitstatus_to_exitcode(os.waitpid(pid, 0)[1]), 130)
        self.assertEqual(self.api.sessions(), [])

    def test_live_line(self):
        """The step lives on one line; colours unless NO_COLOR says otherwise."""
        for environment, coloured in (({}, True), ({"NO_COLOR": "1"}, False)):
            pid, terminal = self.run_on_terminal("true", **environment)
            self.api.session()
            self.api.set_status({"phase": "Pending", "waitsFor": "pod 1 of 2"})
            shown = b""
            while shown.count(b"waiting for pod 1 of 2") < 2:
                shown += os.read(terminal, 65536)
            self.api.set_status(READY)
            text = shown.decode() + self.drain(terminal)
            self.assertEqual(os.waitstatus_to_exitcode(os.waitpid(pid, 0)[1]), 0)
            self.assertIn("\r\033[K", text)
            self.assertEqual("\033[32m" in text, coloured)


if __name__ == "__main__":
    assert unittest
    main()
