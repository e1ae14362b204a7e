"""A server under mixed load for a while: every good request gets its own answer, each bad one its own error."""

from __future__ import annotations

import asyncio
import importlib
import json
import os
import random
import signal
import sys
import time
from collections import Counter
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from serving_pipelines import broken, jpegs, thumbnails
from test_command import ROOT, serving

from adali.serving import Service

pytest.importorskip("uvicorn", reason="the extra serve is not installed")
grpc: Any = pytest.importorskip("grpc", reason="the extra serve is not installed")
message: Any = pytest.importorskip("adali.serving.proto", reason="the extra serve is not installed").message


def client_module(name: str = "load_client") -> Any:
    sys.path.insert(0, str(ROOT / "examples" / "benchmarks"))
    try:
        return importlib.import_module(name)
    finally:
        sys.path.pop(0)


def resident(pid: int) -> int:
    """Bytes of memory that a process has."""
    pages = int(Path(f"/proc/{pid}/statm").read_text().split()[1])
    return pages * os.sysconf("SC_PAGE_SIZE")


class Soak:
    """Sends good and bad requests at a steady rate, and checks each answer."""

    def __init__(self, port: int, images: list[bytes], expected: list[bytes]) -> None:
        self.port = port
        self.images = images
        self.expected = expected
        self.seen: Counter[str] = Counter()
        self.wrong: list[str] = []

    async def good(self, number: int) -> int:
        """A request that is answered; returns the status."""
        raise NotImplementedError

    async def late(self, number: int) -> int:
        """The same with a deadline before its batch can go."""
        raise NotImplementedError

    async def corrupt(self) -> tuple[int, str]:
        """A broken image; returns status and message."""
        raise NotImplementedError

    async def cancelled(self) -> None:
        """A request whose sender gives up before it has its answer."""
        raise NotImplementedError

    async def left(self) -> None:
        """One who leaves in the middle of the body."""
        raise NotImplementedError

    async def aclose(self) -> None:
        """Close what is open."""

    def compare(self, number: int, status: int, body: bytes) -> None:
        expected = self.expected[number % len(self.images)]
        if status == 200 and body[-len(expected) :] != expected:
            self.wrong.append(f"request {number} got another's answer")

    async def one(self, number: int, kind: float) -> None:
        if kind < 0.01:
            status, text = await self.corrupt()
            self.seen["corrupt"] += 1
            if status != 422 or "decoders__Image failed (row 0)" not in text:
                self.wrong.append(f"a corrupt image got {status} {text[:100]}")
        elif kind < 0.06:
            await self.cancelled()
            self.seen["cancelled"] += 1
        elif kind < 0.11:
            status = await self.late(number)
            self.seen[f"late {status}"] += 1
            if status not in (200, 504):
                self.wrong.append(f"a late request got {status}")
        elif kind < 0.13:
            await self.left()
            self.seen["left"] += 1
        else:
            status = await self.good(number)
            self.seen["good"] += 1
            if status != 200:
                self.wrong.append(f"a good request got {status}")

    async def run(self, seconds: float, rate: float, memory: Any) -> None:
        rng = random.Random(7)
        tasks: set[asyncio.Task[None]] = set()
        start = due = time.perf_counter()
        number = 0
        while due - start < seconds:
            await asyncio.sleep(max(0.0, due - time.perf_counter()))
            task = asyncio.create_task(self.one(number, rng.random()))
            tasks.add(task)
            task.add_done_callback(tasks.discard)
            number += 1
            due += rng.expovariate(rate)
            memory(due - start)
        await asyncio.gather(*tasks)


class HttpSoak(Soak):
    """Over HTTP, on connections that are kept."""

    def __init__(self, port: int, images: list[bytes], expected: list[bytes]) -> None:
        super().__init__(port, images, expected)
        self.client = client_module()
        self.idle: list[Any] = []

    async def request(self, image: bytes, path: str = "/predict") -> tuple[int, bytes]:
        while self.idle:
            connection = self.idle.pop()
            if not connection.closed:
                break
        else:
            connection = await self.client.connect(self.port)
        answer = await connection.request(self.client.request_bytes(image, path))
        self.idle.append(connection)
        return answer  # type: ignore[no-any-return]

    async def good(self, number: int, path: str = "/predict") -> int:
        status, body = await self.request(self.images[number % len(self.images)], path)
        self.compare(number, status, body)
        return status

    async def late(self, number: int) -> int:
        return await self.good(number, "/predict?timeout_ms=1")

    async def corrupt(self) -> tuple[int, str]:
        status, body = await self.request(broken())
        return status, body.decode()

    async def cancelled(self) -> None:
        connection = await self.client.connect(self.port)
        waiting = asyncio.ensure_future(connection.request(self.client.request_bytes(self.images[0])))
        await asyncio.sleep(0)
        connection.transport.abort()
        await asyncio.gather(waiting, return_exceptions=True)

    async def left(self) -> None:
        connection = await self.client.connect(self.port)
        data = self.client.request_bytes(self.images[0])
        connection.transport.write(data[: len(data) // 2])
        await asyncio.sleep(0)
        connection.transport.close()


class GrpcSoak(Soak):
    """Over gRPC: four channels that are kept, and some that are not."""

    def __init__(self, port: int, images: list[bytes], expected: list[bytes]) -> None:
        super().__init__(port, images, expected)
        self.requests = [self.message(image) for image in images]
        self.channels = [self.channel(i) for i in range(4)]
        self.fresh = 4

    def channel(self, number: int) -> Any:
        # A channel of other arguments has a connection of its own.
        return grpc.aio.insecure_channel(f"127.0.0.1:{self.port}", [("adali.channel", number)])

    def message(self, image: bytes) -> bytes:
        request = message("ModelInferRequest")(model_name="thumbs")
        request.inputs.add(name="images", datatype="BYTES", shape=[1, 1])
        request.raw_input_contents.append(len(image).to_bytes(4, "little") + image)
        return request.SerializeToString()  # type: ignore[no-any-return]

    def call(self, data: bytes, number: int, timeout: float | None = None) -> Any:
        method = self.channels[number % 4].unary_unary("/inference.GRPCInferenceService/ModelInfer")
        return method(data, timeout=timeout)

    async def good(self, number: int, timeout: float | None = None) -> int:
        try:
            body = await self.call(self.requests[number % len(self.images)], number, timeout)
        except grpc.aio.AioRpcError as e:
            return {"DEADLINE_EXCEEDED": 504}.get(e.code().name, 500)
        answer = message("ModelInferResponse").FromString(body)
        self.compare(number, 200, answer.raw_output_contents[0])
        return 200

    async def late(self, number: int) -> int:
        return await self.good(number, 0.001)

    async def corrupt(self) -> tuple[int, str]:
        try:
            await self.call(self.message(broken()), 0)
        except grpc.aio.AioRpcError as e:
            return {"INVALID_ARGUMENT": 422}.get(e.code().name, 500), e.details() or ""
        return 200, ""

    async def cancelled(self) -> None:
        call = self.call(self.requests[0], 1)
        await asyncio.sleep(0.001)
        call.cancel()
        await asyncio.gather(call, return_exceptions=True)

    async def left(self) -> None:
        """The connection is closed before the message is complete: a stream is the same on the wire."""
        self.fresh += 1
        channel = self.channel(self.fresh)
        call = channel.stream_unary("/inference.GRPCInferenceService/ModelInfer")()
        await call.wait_for_connection()
        await channel.close()
        await asyncio.gather(call, return_exceptions=True)

    async def aclose(self) -> None:
        for channel in self.channels:
            await channel.close()


async def status_of(port: int) -> Any:
    client = client_module()
    connection = await client.connect(port)
    _, body = await connection.request(b"GET /status HTTP/1.1\r\nhost: a\r\n\r\n")
    connection.transport.close()
    return json.loads(body)


async def expected_of(images: list[bytes]) -> list[bytes]:
    """The thumbnails, computed alone."""
    async with Service(thumbnails(), max_wait=0) as service:
        return [np.asarray(await service(image)).tobytes() for image in images]


async def soak(protocol: str, seconds: float, rate: float) -> tuple[Soak, Any, list[tuple[float, int]], float]:
    images = jpegs()
    expected = await expected_of(images)
    memory: list[tuple[float, int]] = []
    with serving("serving_pipelines:thumbnails", "--name", "thumbs", "--max-queued", "1000", quiet=True) as (
        process,
        http_port,
        grpc_port,
    ):
        run = HttpSoak(http_port, images, expected) if protocol == "http" else GrpcSoak(grpc_port, images, expected)

        def sample(at: float) -> None:
            if not memory or at - memory[-1][0] > seconds / 50:
                memory.append((at, resident(process.pid)))

        await run.run(seconds, rate, sample)
        while True:  # what was cancelled may still be computed
            status = await status_of(http_port)
            if not status["models"][0]["under_way"]:
                break
        await run.aclose()
        process.send_signal(signal.SIGTERM)
        start = time.perf_counter()
        await asyncio.to_thread(process.wait, 60)
        took = time.perf_counter() - start
        assert process.returncode == 0
    return run, status, memory, took


def check(run: Soak, status: Any) -> None:
    assert run.wrong == []
    model = status["models"][0]
    requests = model["requests"]
    late = run.seen["late 200"]
    assert requests["ok"] >= run.seen["good"] + late
    assert requests["sample"] == run.seen["corrupt"]
    assert run.seen["late 504"] > 0
    if isinstance(run, HttpSoak):
        assert requests.get("deadline", 0) == run.seen["late 504"]
        assert status["server"]["disconnects"] > 0
    else:  # the client's clock is the first to know, and then cancels
        assert requests.get("deadline", 0) <= run.seen["late 504"]
    assert set(requests) <= {"ok", "sample", "deadline", "cancelled", "invalid"}
    assert requests.get("invalid", 0) <= (run.seen["left"] if isinstance(run, GrpcSoak) else 0)
    assert model["queued"] == 0


@pytest.mark.parametrize("protocol", ["http", "grpc"])
@pytest.mark.asyncio
async def test_soak_in_short(protocol: str) -> None:
    run, status, _, _ = await soak(protocol, 2.0, 100.0)
    check(run, status)


@pytest.mark.long
@pytest.mark.parametrize("protocol", ["http", "grpc"])
@pytest.mark.asyncio
@pytest.mark.timeout(240)
async def test_soak_for_a_minute(protocol: str) -> None:
    run, status, memory, took = await soak(protocol, 60.0, 100.0)
    check(run, status)
    lag = status["server"]["lag_ms"]
    early = max(size for at, size in memory if 10 <= at <= 25)
    late = max(size for at, size in memory if at >= 45)
    print(f"\n{protocol}: {dict(run.seen)}; counted: {status['models'][0]['requests']}")
    print(f"memory: {early >> 20} MiB at 10-25 s, {late >> 20} MiB at 45-60 s")
    print(f"loop lag: {lag}\nthe server ended {took:.2f} s after SIGTERM")
    assert late < early * 1.03 + (4 << 20)
    assert lag["p99"] < 10.0
    assert took < 30.0
