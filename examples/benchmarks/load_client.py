"""Lean clients for load, over HTTP and gRPC: kept connections, and nothing but what it takes to measure a server."""

from __future__ import annotations

import asyncio
import random
import time
from collections import Counter, deque
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from typing import Any, ClassVar, Protocol

__all__ = ["Connection", "Grpc", "Http", "Load", "closed_loop", "connect", "open_loop", "percentile", "request_bytes"]


class Connection(asyncio.Protocol):
    """One connection, one request at a time.

    Attributes:
        sent: when the last request was handed to the socket.
        answered: when the last byte of its answer was read from it.
    """

    def __init__(self) -> None:
        self.closed = False
        self.sent = self.answered = 0.0
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
        self.sent = time.perf_counter()
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
            self.answered = time.perf_counter()
            self._answer.set_result((self._status, b"".join(self._parts)))


def request_bytes(body: bytes, path: str = "/predict", extra: str = "") -> bytes:
    """A whole POST request."""
    return f"POST {path} HTTP/1.1\r\nhost: load\r\ncontent-length: {len(body)}\r\n{extra}\r\n".encode() + body


async def connect(port: int) -> Connection:
    """Open a connection to the server on this machine."""
    _, connection = await asyncio.get_running_loop().create_connection(Connection, "127.0.0.1", port)
    return connection


@dataclass
class Answer:
    """What a request came to.

    Attributes:
        status: of HTTP, or its counterpart.
        body: of the response.
        seconds: from the request's being handed to the socket until its answer was read.
    """

    status: int
    body: bytes
    seconds: float


class Client(Protocol):
    """Sends prepared requests by their number."""

    async def open(self, connections: int) -> None:
        """Connect so many times; they are kept."""

    async def send(self, number: int) -> Answer:
        """Send a request and wait for its answer."""

    async def aclose(self) -> None:
        """Close the connections."""


class Http:
    """Images for ``POST /predict``; a request takes the connection that has been idle longest, or a new one."""

    def __init__(self, port: int, images: Sequence[bytes]) -> None:
        self.port = port
        self.connected = 0
        self._requests = [request_bytes(image) for image in images]
        self._idle: deque[Connection] = deque()

    async def open(self, connections: int) -> None:
        """Connect so many times."""
        for _ in range(connections):
            self._idle.append(await connect(self.port))
        self.connected += connections

    async def send(self, number: int) -> Answer:
        """Send one image."""
        connection = self._idle.popleft() if self._idle else None
        if connection is None or connection.closed:
            connection = await connect(self.port)
            self.connected += 1
        status, body = await connection.request(self._requests[number % len(self._requests)])
        self._idle.append(connection)
        return Answer(status, body, connection.answered - connection.sent)

    async def aclose(self) -> None:
        """Close what is idle."""
        while self._idle:
            self._idle.popleft().transport.close()


class Grpc:
    """Images for ``ModelInfer``, over a few channels that take turns."""

    #: The counterparts of gRPC's status codes.
    STATUS: ClassVar = {
        "RESOURCE_EXHAUSTED": 429,
        "DEADLINE_EXCEEDED": 504,
        "UNAVAILABLE": 503,
        "INVALID_ARGUMENT": 400,
    }

    def __init__(self, port: int, images: Sequence[bytes], model: str = "pipeline", name: str = "images") -> None:
        from adali.serving.proto import message

        self.port = port
        self.requests = []
        for image in images:
            request = message("ModelInferRequest")(model_name=model)
            request.inputs.add(name=name, datatype="BYTES", shape=[1, 1])
            request.raw_input_contents.append(len(image).to_bytes(4, "little") + image)
            self.requests.append(request.SerializeToString())
        self._channels: list[Any] = []
        self._calls: list[Any] = []

    async def open(self, connections: int) -> None:
        """Connect so many channels."""
        import grpc

        for number in range(connections):
            # A channel of other arguments has a connection of its own.
            options = [("grpc.max_receive_message_length", -1), ("adali.channel", number)]
            channel = grpc.aio.insecure_channel(f"127.0.0.1:{self.port}", options)
            await channel.channel_ready()
            self._channels.append(channel)
            self._calls.append(channel.unary_unary("/inference.GRPCInferenceService/ModelInfer"))

    async def send(self, number: int) -> Answer:
        """Send one image."""
        import grpc

        call = self._calls[number % len(self._calls)]
        sent = time.perf_counter()
        try:
            body = await call(self.requests[number % len(self.requests)])
        except grpc.aio.AioRpcError as e:
            return Answer(self.STATUS.get(e.code().name, 500), (e.details() or "").encode(), time.perf_counter() - sent)
        return Answer(200, body, time.perf_counter() - sent)

    async def aclose(self) -> None:
        """Close the channels."""
        for channel in self._channels:
            await channel.close()


@dataclass
class Load:
    """What came of a load.

    Attributes:
        seconds: how long it was measured.
        offered: requests that were due in that time.
        latency: seconds by status, of each request from the moment it was due.
        at_socket: seconds by status, of each request from its being handed to the socket until its answer was read.
        answered: answers by status that came while it was measured.
        total: good answers in all.
        busy: share of that time in which this process was on a CPU.
        wrong: answers that are not what they should be.
    """

    seconds: float = 0.0
    offered: int = 0
    latency: dict[int, list[float]] = field(default_factory=dict)
    at_socket: dict[int, list[float]] = field(default_factory=dict)
    answered: Counter[int] = field(default_factory=Counter)
    total: int = 0
    busy: float = 0.0
    wrong: list[str] = field(default_factory=list)

    def rate(self, status: int = 200) -> float:
        """Answers a second."""
        return self.answered[status] / self.seconds


def percentile(values: list[float], percent: float) -> float:
    """By nearest rank."""
    ordered = sorted(values)
    return ordered[min(len(ordered) - 1, int(len(ordered) * percent / 100))]


async def closed_loop(client: Client, clients: int, seconds: float, warm: float = 1.0) -> Load:
    """So many clients, each of which sends its next request when it has its answer."""
    load = Load(seconds=seconds)
    start = time.perf_counter() + warm
    end = start + seconds

    async def one(number: int) -> None:
        while (sent := time.perf_counter()) < end:
            answer = await client.send(number)
            number += clients
            now = time.perf_counter()
            load.answered[answer.status] += start <= now < end
            load.total += answer.status == 200
            if sent >= start:
                load.offered += 1
                load.latency.setdefault(answer.status, []).append(now - sent)
                load.at_socket.setdefault(answer.status, []).append(answer.seconds)

    await asyncio.gather(*(one(n) for n in range(clients)))
    return load


async def open_loop(
    client: Client,
    rate: float,
    seconds: float,
    *,
    seed: int = 1,
    warm: float = 1.0,
    check: Callable[[int, Answer], str] = lambda number, answer: "",
) -> Load:
    """Requests that come when they come (Poisson), whether or not the server keeps up.

    Args:
        warm: seconds before those that count.
        check: called with each request's number and answer; returns what is wrong with it.
    """
    load = Load(seconds=seconds)
    rng = random.Random(seed)
    running: set[asyncio.Task[None]] = set()

    async def one(number: int, due: float) -> None:
        answer = await client.send(number)
        now = time.perf_counter()
        load.answered[answer.status] += start + warm <= now < start + warm + seconds
        load.total += answer.status == 200
        if due >= start + warm:
            load.offered += 1
            load.latency.setdefault(answer.status, []).append(now - due)
            load.at_socket.setdefault(answer.status, []).append(answer.seconds)
        if said := check(number, answer):
            load.wrong.append(said)

    start = due = time.perf_counter()
    cpu = 0.0
    number = 0
    while due - start < warm + seconds:
        wait = due - time.perf_counter()
        if wait > 0:
            await asyncio.sleep(wait)
        if not cpu and due - start >= warm:
            cpu = time.process_time()
        task = asyncio.create_task(one(number, due))
        running.add(task)
        task.add_done_callback(running.discard)
        number += 1
        due += rng.expovariate(rate)
    load.busy = (time.process_time() - cpu) / (time.perf_counter() - start - warm)
    await asyncio.gather(*running)
    return load
