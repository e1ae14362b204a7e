"""A lean HTTP client for load: connections that are kept, nothing but what it takes to measure a server."""

from __future__ import annotations

import asyncio
import random
import time
from collections import Counter
from collections.abc import Callable
from dataclasses import dataclass, field

__all__ = ["Connection", "Load", "closed_loop", "open_loop", "percentile"]


class Connection(asyncio.Protocol):
    """One connection, one request at a time."""

    def __init__(self) -> None:
        self.busy = False
        self.closed = False
        self._answer: asyncio.Future[tuple[int, bytes]] | None = None
        self._parts: list[bytes] = []
        self._missing = -1
        self._status = 0

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        self.transport = transport

    def connection_lost(self, exc: Exception | None) -> None:
        self.closed = True
        if self._answer is not None and not self._answer.done():
            self._answer.set_exception(exc or ConnectionResetError("closed by the server"))

    async def request(self, data: bytes) -> tuple[int, bytes]:
        """Send a request; returns status and body."""
        self._answer = asyncio.get_running_loop().create_future()
        self._parts, self._missing = [], -1
        self.transport.write(data)  # type: ignore[attr-defined]
        return await self._answer

    def data_received(self, data: bytes) -> None:
        self._parts.append(data)
        if self._missing < 0:
            joined = b"".join(self._parts)
            head, found, body = joined.partition(b"\r\n\r\n")
            if not found:
                return
            self._status = int(head[9:12])
            length = next(line for line in head.lower().split(b"\r\n") if line.startswith(b"content-length:"))
            self._parts, self._missing = [body], int(length[15:]) - len(body)
        else:
            self._missing -= len(data)
        if self._missing <= 0 and self._answer is not None and not self._answer.done():
            self._answer.set_result((self._status, b"".join(self._parts)))


def request_bytes(body: bytes, path: str = "/predict", extra: str = "") -> bytes:
    """A whole POST request."""
    return f"POST {path} HTTP/1.1\r\nhost: load\r\ncontent-length: {len(body)}\r\n{extra}\r\n".encode() + body


@dataclass
class Load:
    """What came of a load.

    Attributes:
        seconds: how long it was measured.
        latency: seconds by status, of each request from the moment it was due.
        answered: answers by status that came while it was measured.
        total: good answers in all.
    """

    seconds: float = 0.0
    latency: dict[int, list[float]] = field(default_factory=dict)
    answered: Counter[int] = field(default_factory=Counter)
    total: int = 0

    def rate(self, status: int = 200) -> float:
        """Answers a second."""
        return self.answered[status] / self.seconds


def percentile(values: list[float], percent: float) -> float:
    """By nearest rank."""
    ordered = sorted(values)
    return ordered[min(len(ordered) - 1, int(len(ordered) * percent / 100))]


async def connect(port: int) -> Connection:
    """Open a connection to the server on this machine."""
    _, connection = await asyncio.get_running_loop().create_connection(Connection, "127.0.0.1", port)
    return connection


async def closed_loop(port: int, requests: list[bytes], connections: int, seconds: float, warm: float = 1.0) -> Load:
    """So many clients, each of which sends its next request when it has its answer."""
    load = Load()
    start = time.perf_counter() + warm
    end = start + seconds

    async def client(number: int) -> None:
        connection = await connect(port)
        i = number
        while (sent := time.perf_counter()) < end:
            status, _ = await connection.request(requests[i % len(requests)])
            i += connections
            now = time.perf_counter()
            load.answered[status] += start <= now < end
            load.total += status == 200
            if sent >= start:
                load.latency.setdefault(status, []).append(now - sent)
        connection.transport.close()

    await asyncio.gather(*(client(n) for n in range(connections)))
    load.seconds = seconds
    return load


async def open_loop(
    port: int,
    requests: list[bytes],
    rate: float,
    seconds: float,
    *,
    most: int = 1000,
    seed: int = 1,
    warm: float = 1.0,
    check: Callable[[int, int, bytes], None] = lambda number, status, body: None,
) -> Load:
    """Requests that come when they come (Poisson), whether or not the server keeps up; latency counts from their time.

    Args:
        most: connections at most; what comes beyond waits for one.
        warm: seconds before those that count, in which connections are opened.
        check: called with the request's number, the status and the body.
    """
    load = Load()
    rng = random.Random(seed)
    idle: list[Connection] = []
    free = asyncio.Semaphore(most)
    running: set[asyncio.Task[None]] = set()

    async def one(number: int, due: float) -> None:
        async with free:
            connection = idle.pop() if idle else await connect(port)
            if connection.closed:
                connection = await connect(port)
            status, body = await connection.request(requests[number % len(requests)])
            now = time.perf_counter()
            load.answered[status] += start + warm <= now < start + warm + seconds
            if due >= start + warm:
                load.latency.setdefault(status, []).append(now - due)
            check(number, status, body)
            idle.append(connection)

    start = due = time.perf_counter()
    number = 0
    while due - start < warm + seconds:
        wait = due - time.perf_counter()
        if wait > 0:
            await asyncio.sleep(wait)
        task = asyncio.create_task(one(number, due))
        running.add(task)
        task.add_done_callback(running.discard)
        number += 1
        due += rng.expovariate(rate)
    load.seconds = seconds
    await asyncio.gather(*running)
    for connection in idle:
        connection.transport.close()
    return load
