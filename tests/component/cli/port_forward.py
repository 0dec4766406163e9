"""The sub-resource pods/portforward of a fake API server: WebSocket with the channels of Kubernetes (v4.channel.k8s.io), to a port
of the loopback that stands for the pod's.
"""
import base64
import hashlib
import select
import socket
import struct
import urllib.parse

PROTOCOL = "v4.channel.k8s.io"
MAGIC = "258EAFA5-E914-47DA-95CA-C5AB0DC85B11"
DATA, ERROR = b"\0", b"\1"


def accept_of(key):
    return base64.b64encode(hashlib.sha1((key + MAGIC).encode()).digest()).decode()


def frame(payload, opcode=2, final=True):
    """As a server sends it: not masked."""
    size = len(payload)
    head = bytes([(0x80 if final else 0) | opcode])
    head += bytes([size]) if size < 126 else b"\x7e" + struct.pack(">H", size) if size < 65536 else b"\x7f" + struct.pack(">Q", size)
    return head + payload


def exactly(stream, count):
    data = stream.read(count)
    if len(data) < count:
        raise OSError("the client went")
    return data


def read_frame(stream):
    first, second = exactly(stream, 2)
    assert second & 0x80, "a client's frames are masked"
    size = second & 0x7f
    if size >= 126:
        size = int.from_bytes(exactly(stream, 2 if size == 126 else 8), "big")
    mask, payload = exactly(stream, 4), exactly(stream, size)
    return first & 0x0f, bytes(byte ^ mask[i % 4] for i, byte in enumerate(payload))


def serve(handler, port):
    """Instead of an answer: speaks WebSocket on the handler's connection until one side ends. port None: nobody listens there."""
    headers, wire = handler.headers, handler.connection
    asked = int(urllib.parse.parse_qs(urllib.parse.urlsplit(handler.path).query)["ports"][0])
    assert headers["Upgrade"] == "websocket" and headers["Sec-WebSocket-Protocol"] == PROTOCOL
    handler.close_connection = True
    wire.sendall((f"HTTP/1.1 101 Switching Protocols\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n"
                  f"Sec-WebSocket-Accept: {accept_of(headers['Sec-WebSocket-Key'])}\r\nSec-WebSocket-Protocol: {PROTOCOL}\r\n\r\n").encode())
    greeting = struct.pack("<H", asked)
    wire.sendall(frame(DATA + greeting) + frame(ERROR + greeting) + frame(b"are you there", opcode=9))
    if port is None:
        wire.sendall(frame(ERROR + b"dial tcp4 127.0.0.1:8080: connect: connection refused") + frame(b"", opcode=8))
        return
    with socket.create_connection(("127.0.0.1", port)) as pod:
        pump(handler, wire, pod)


def pump(handler, wire, pod):
    ponged = False
    while True:
        ready = select.select([wire, pod], [], [])[0]
        if pod in ready:
            data = pod.recv(100000)
            if not data:
                wire.sendall(frame(b"", opcode=8))
                return
            middle = len(data) // 2  # in two fragments, as a server may
            wire.sendall(frame(DATA + data[:middle], final=False) + frame(data[middle:], opcode=0))
        if wire in ready:
            opcode, payload = read_frame(handler.raw)
            if opcode == 10:
                ponged = payload == b"are you there"
            elif opcode == 2:
                assert payload[:1] == DATA
                pod.sendall(payload[1:])
            handler.api.ponged = ponged
