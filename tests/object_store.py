"""A real S3 server on loopback (moto's), and a proxy before it that is slow or damages what passes."""

from __future__ import annotations

import asyncio
import logging
import random
import socket
import struct
import threading
from collections import Counter
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

#: What clients need to know; the secrets are the server's idea of anybody's.
ENVIRONMENT = {
    "AWS_ACCESS_KEY_ID": "testing",
    "AWS_SECRET_ACCESS_KEY": "testing",
    "AWS_REGION": "us-east-1",
    "AWS_DEFAULT_REGION": "us-east-1",
    "AWS_ALLOW_HTTP": "true",
    "AWS_EC2_METADATA_DISABLED": "true",
}


IMAGES = Path(__file__).parent.parent / "adali" / "cli" / "images"

#: A little of everything: empty, larger than one piece of a stream, odd names.
OBJECTS = {
    "odd/a b%20c.bin": b"percent",
    "odd/\u00fc.bin": b"umlaut",
    "odd/empty.bin": b"",
    "odd/large.bin": bytes(range(256)) * 12_000,
    **{f"numbers/{i:03}.bin": bytes([i]) * (1000 + i) for i in range(200)},
    **{f"photos/{path.relative_to(IMAGES)}": path.read_bytes() for path in sorted(IMAGES.rglob("*.jpg"))},
}


@contextmanager
def s3_server() -> Iterator[str]:
    """The address of a running server, "http://127.0.0.1:port"; in a thread of this process."""
    from moto.server import ThreadedMotoServer

    log = logging.getLogger("werkzeug")
    before, log.level = log.level, logging.ERROR
    server = ThreadedMotoServer(ip_address="127.0.0.1", port=0, verbose=False)
    server.start()
    try:
        host, port = server.get_host_and_port()
        yield f"http://{host}:{port}"
    finally:
        server.stop()
        log.setLevel(before)


def upload(address: str, bucket: str, objects: dict[str, bytes]) -> None:
    """Put objects into a new bucket, with the store's own client."""
    import boto3

    client = boto3.client("s3", endpoint_url=address, aws_access_key_id="testing", aws_secret_access_key="testing",
                          region_name="us-east-1")  # fmt: skip
    client.create_bucket(Bucket=bucket)
    for key, body in objects.items():
        client.put_object(Bucket=bucket, Key=key, Body=body, ACL="public-read")
    client.close()


def closed_port() -> int:
    """A port of loopback on which nothing listens."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


class Proxy:
    """Passes HTTP requests on to a server, one connection for each.

    Attributes:
        latency: seconds added to every request.
        faults: share of the requests that fail, in equal parts by status 500, by a connection reset before the
            answer, and by an answer whose body is cut off.
        silent: accept requests and never answer.
        count: what happened, by "ok", "500", "reset", "truncated".
    """

    def __init__(self, upstream: str, seed: int = 1) -> None:
        host, _, port = upstream.removeprefix("http://").partition(":")
        self._upstream = host, int(port)
        self._random = random.Random(seed)
        self.latency = 0.0
        self.faults = 0.0
        self.silent = False
        self.count: Counter[str] = Counter()
        self.busiest = self.busy = 0

    @contextmanager
    def running(self) -> Iterator[str]:
        """Serve in a thread; gives the address."""
        loop = asyncio.new_event_loop()
        started = threading.Event()
        stop = asyncio.Event()
        address: list[str] = []

        async def turns() -> None:
            for _ in range(10):  # of the loop, more than it takes from an accepted connection to its running task
                await asyncio.sleep(0)

        async def main() -> None:
            server = await asyncio.start_server(self._serve, "127.0.0.1", 0)
            address.append(f"http://127.0.0.1:{server.sockets[0].getsockname()[1]}")
            started.set()
            await stop.wait()
            # asyncio loses a connection, without closing it, that was accepted but has no transport yet when the server
            # is closed, and one whose task is cancelled before it began. So no more are accepted, and all begin first.
            loop.remove_reader(server.sockets[0].fileno())
            await turns()
            server.close()
            others = asyncio.all_tasks() - {asyncio.current_task()}
            for task in others:
                task.cancel()
            await asyncio.gather(*others, return_exceptions=True)
            await turns()  # transports close in callbacks

        thread = threading.Thread(target=loop.run_until_complete, args=(main(),), name="proxy")
        thread.start()
        started.wait()
        try:
            yield address[0]
        finally:
            loop.call_soon_threadsafe(stop.set)
            thread.join()
            loop.close()

    async def _serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        try:
            while True:
                head = await reader.readuntil(b"\r\n\r\n")
                length = _header(head, b"content-length")
                body = await reader.readexactly(int(length)) if length else b""
                if self.silent:
                    await asyncio.Event().wait()
                self.busy += 1
                self.busiest = max(self.busiest, self.busy)
                try:
                    if not await self._answer(head, body, writer):
                        return
                finally:
                    self.busy -= 1
        except (asyncio.IncompleteReadError, ConnectionError):
            pass
        finally:
            writer.close()

    async def _answer(self, head: bytes, body: bytes, writer: asyncio.StreamWriter) -> bool:
        """Whether the connection stays usable."""
        fault = self._random.choice(["500", "reset", "truncated"]) if self._random.random() < self.faults else "ok"
        await asyncio.sleep(self.latency)
        if fault == "500":
            self.count[fault] += 1
            writer.write(b"HTTP/1.1 500 Internal Server Error\r\nContent-Length: 5\r\n\r\nsorry")
            await writer.drain()
            return True
        if fault == "reset":
            self.count[fault] += 1
            sock: Any = writer.get_extra_info("socket")
            sock.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
            writer.transport.abort()
            return False
        upstream, send = await asyncio.open_connection(*self._upstream)
        send.write(head.replace(b"\r\n", b"\r\nConnection: close\r\n", 1) + body)
        try:
            answer = await upstream.read()
        finally:
            send.close()
        top, _, payload = answer.partition(b"\r\n\r\n")
        top = b"\r\n".join(line for line in top.split(b"\r\n") if not line.lower().startswith(b"connection:"))
        if fault == "truncated" and payload:
            self.count[fault] += 1
            writer.write(top + b"\r\n\r\n" + payload[: len(payload) // 2])
            await writer.drain()
            return False
        self.count["ok"] += 1
        writer.write(top + b"\r\n\r\n" + payload)
        await writer.drain()
        return _header(top + b"\r\n\r\n", b"content-length") is not None or head.startswith(b"HEAD")


def _header(head: bytes, name: bytes) -> bytes | None:
    for line in head.split(b"\r\n")[1:]:
        key, _, value = line.partition(b":")
        if key.strip().lower() == name:
            return value.strip()
    return None
