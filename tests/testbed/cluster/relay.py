"""Ports of this machine's loopback that lead into the network of a cluster: `python -m testbed.cluster.relay NETWORK PORT=PORT...`

A socket stays in the network in which it was made: the listening ones are made here first, then the process goes over for good and
makes the outgoing ones there. No device joins the two networks.
"""

import argparse
import asyncio
import ctypes
import os
import socket
import sys

CLONE_NEWNET = 0x40000000
CHUNK_BYTES = 1 << 18


def enter_network(path: str) -> None:
    """Go over to the network namespace behind `path`."""
    libc = ctypes.CDLL(None, use_errno=True)
    descriptor = os.open(path, os.O_RDONLY | os.O_CLOEXEC)
    try:
        if libc.setns(descriptor, CLONE_NEWNET) != 0:
            raise OSError(ctypes.get_errno(), f"cannot enter {path}")
    finally:
        os.close(descriptor)


async def pass_on(source: asyncio.StreamReader, target: asyncio.StreamWriter) -> None:
    try:
        while data := await source.read(CHUNK_BYTES):
            target.write(data)
            await target.drain()
        target.write_eof()
    except OSError:
        target.transport.abort()


async def serve(listener: socket.socket, port: int) -> None:
    async def accepted(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        try:
            there_reader, there_writer = await asyncio.open_connection("127.0.0.1", port)
        except OSError:
            writer.transport.abort()  # a reset: nobody is there
            return
        await asyncio.gather(pass_on(reader, there_writer), pass_on(there_reader, writer))
        writer.close()
        there_writer.close()

    server = await asyncio.start_server(accepted, sock=listener)
    await server.serve_forever()


async def serve_all(ways: "list[tuple[socket.socket, int]]") -> None:
    await asyncio.gather(*(serve(*way) for way in ways))


def main() -> int:
    parser = argparse.ArgumentParser(prog="python -m testbed.cluster.relay", description=__doc__)
    parser.add_argument("network", help="a file of the namespace, as /proc/PID/ns/net")
    parser.add_argument("way", nargs="+", metavar="PORT=PORT", help="of here = of there")
    args = parser.parse_args()
    ways = []
    for way in args.way:
        here, there = way.split("=", 1)
        ways.append((socket.create_server(("127.0.0.1", int(here)), backlog=128), int(there)))
    enter_network(args.network)
    asyncio.run(serve_all(ways))
    return 0


if __name__ == "__main__":
    sys.exit(main())
