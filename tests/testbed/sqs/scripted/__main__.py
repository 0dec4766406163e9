"""`python -m testbed.sqs.scripted --port N --control-port N`: serves until SIGTERM or SIGINT.

Owns the loop and the two listening sockets.
"""

import argparse
import asyncio
import gc
import signal
import sys

from .control import Control
from .http import Connection, Handler
from .service import Service


async def _serve(address: str, port: int, handler: Handler, known: "set[Connection]") -> asyncio.Server:
    return await asyncio.get_running_loop().create_server(lambda: Connection(handler, known), address, port, backlog=1024)


async def _run(args: argparse.Namespace) -> None:
    stop = asyncio.Event()
    for number in (signal.SIGTERM, signal.SIGINT):
        asyncio.get_running_loop().add_signal_handler(number, stop.set)
    service = Service(args.region, args.account, args.base_url or f"http://{args.address}:{args.port}", args.seed)
    known: "set[Connection]" = set()
    servers = [await _serve(args.address, args.control_port, Control(service).handle, known),
               await _serve(args.address, args.port, service.handle, known)]
    await stop.wait()
    for server in servers:
        server.close()
    for connection in list(known):
        connection.drop()


def main() -> int:
    parser = argparse.ArgumentParser(prog="python -m testbed.sqs.scripted", description="A scripted SQS.")
    parser.add_argument("--address", default="127.0.0.1")
    parser.add_argument("--port", type=int, required=True)
    parser.add_argument("--control-port", type=int, required=True)
    parser.add_argument("--base-url", default="", help="what queue URLs begin with; http://ADDRESS:PORT without it")
    parser.add_argument("--region", default="us-east-1")
    parser.add_argument("--account", default="000000000000")
    parser.add_argument("--seed", type=int, default=1, help="of the dice of the faults")
    # What lives here lives long: looking for cycles among it only costs.
    gc.freeze()
    gc.set_threshold(100_000, 50, 50)
    asyncio.run(_run(parser.parse_args()))
    return 0


if __name__ == "__main__":
    sys.exit(main())
