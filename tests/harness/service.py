"""The restart and ready command of a LocalService of the tests: service.py SOCKET restart|ready|fail

Owns nothing: App of the harness keeps the processes, so that they end with the test whatever becomes of this command. It is told over a socket, answers "ok" when
every old process is gone and every new one started, and anything else is said on standard error with status 1. Safe to run again after it was killed.
"""
import socket
import sys

ANSWER_BYTES_MAX = 65536


def main(argv):
    path, verb = argv[1], argv[2]
    with socket.socket(socket.AF_UNIX, socket.SOCK_STREAM) as link:
        try:
            link.connect(path)
            link.sendall(verb.encode() + b"\n")
            link.shutdown(socket.SHUT_WR)
            answer = b""
            while len(answer) < ANSWER_BYTES_MAX:
                part = link.recv(4096)
                if not part:
                    break
                answer += part
        except OSError as error:
            answer = f"{path}: {error}".encode()
    if answer == b"ok":
        return 0
    print(answer.decode(errors="replace") or "no answer", file=sys.stderr)
    return 1


if __name__ == "__main__":
    sys.exit(main(sys.argv))
