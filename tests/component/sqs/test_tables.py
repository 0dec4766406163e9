"""Tables that follow one another, given to the SQS engine without any SQS: what an older one owned is not looked at any more (asan sees it)."""
import json
import os
import socket
import subprocess
import unittest

FORWARD = 3
FALLBACK, SESSION = 1, 2
PRESENT, EMPTIED, ABSENT = 1, 2, 3


def temp(name, role, want=PRESENT, session=""):
    return {"name": name, "role": role, "session": session, "group": "", "want": want, "stamp": ""}


def table(generation, *temps):
    return {"table": {"generation": generation, "mode": FORWARD, "free": 1, "sessions": [], "positions": [],
                      "temps": [temp("mirrord-fallback", FALLBACK), *temps]}}


class Tables(unittest.TestCase):
    def test_c5_each_wish_of_a_session_queue_follows_the_one_before(self):
        with socket.socket() as nobody:
            nobody.bind(("127.0.0.1", 0))
            start = {"spec": {"type": "SQS", "queue": {"name": "orders", "account": "", "region": "eu-north-1", "url": ""},
                              "endpoint": f"http://127.0.0.1:{nobody.getsockname()[1]}"}, "credentials": {"properties": {}}}
            wishes = [[PRESENT, PRESENT], [EMPTIED, PRESENT], [ABSENT, EMPTIED], [ABSENT], []]
            tables = [table(number, *(temp(f"mirrord-{i}", SESSION, want, f"s{i}") for i, want in enumerate(wanted))) for number, wanted in enumerate(wishes, 1)]
            told = subprocess.run([os.environ["SQS_HARNESS"]], input="\n".join(map(json.dumps, [start, *tables])) + "\n", capture_output=True, text=True,
                                  timeout=60, env=os.environ | {"AWS_ACCESS_KEY_ID": "AKIATEST", "AWS_SECRET_ACCESS_KEY": "test"})
        self.assertEqual(told.returncode, 0, told.stderr)


if __name__ == "__main__":
    unittest.main()
