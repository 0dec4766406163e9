"""A TCP port of this host that leads to a supervisor's socket, for programs that know no Unix sockets. Ends with its block."""
import socket
import threading


class SocketDoor:
    def __init__(self, path):
        self.path = str(path)
        self._listener = socket.create_server(("127.0.0.1", 0))
        self.address = "127.0.0.1:%d" % self._listener.getsockname()[1]
        threading.Thread(target=self._accept, daemon=True).start()

    def _accept(self):
        while True:
            try:
                client, _ = self._listener.accept()
            except OSError:
                return  # closed
            threading.Thread(target=self._serve, args=(client,), daemon=True).start()

    def _serve(self, client):
        with client, socket.socket(socket.AF_UNIX, socket.SOCK_STREAM) as inner:
            try:
                inner.connect(self.path)
            except OSError:
                return  # the supervisor is away: so is what is behind this port
            other = threading.Thread(target=_copy, args=(client, inner), daemon=True)
            other.start()
            _copy(inner, client)
            other.join()

    def __enter__(self):
        return self

    def __exit__(self, *_):
        self._listener.shutdown(socket.SHUT_RDWR)
        self._listener.close()


def _copy(source, sink):
    try:
        while data := source.recv(65536):
            sink.sendall(data)
        sink.shutdown(socket.SHUT_WR)
    except OSError:
        for end in (source, sink):
            try:
                end.shutdown(socket.SHUT_RDWR)
            except OSError:
                pass  # it was already
