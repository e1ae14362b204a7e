"""A server under mixed load for a while: every good request gets its own answer, each bad one its own error."""

from __future__ import annotations

import asyncio
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
pytest.importorskip("grpc", reason="the extra serve is not installed")


def client_module() -> Any:
    sys.path.insert(0, str(ROOT / "examples" / "benchmarks"))
    try:
        import load_client
    finally:
        sys.path.pop(0)
    return load_client


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
        self.client = client_module()
        self.idle: list[Any] = []

    async def connection(self) -> Any:
        while self.idle:
            connection = self.idle.pop()
            if not connection.closed:
                return connection
        return await self.client.connect(self.port)

    async def good(self, number: int, path: str = "/predict") -> int:
        which = number % len(self.images)
        connection = await self.connection()
        status, body = await connection.request(self.client.request_bytes(self.images[which], path))
        self.idle.append(connection)
        if status == 200 and body[-len(self.expected[which]) :] != self.expected[which]:
            self.wrong.append(f"request {number} got another's answer")
        return int(status)

    async def one(self, number: int, kind: float) -> None:
        if kind < 0.01:
            connection = await self.connection()
            status, body = await connection.request(self.client.request_bytes(broken()))
            self.idle.append(connection)
            self.seen["corrupt"] += 1
            if status != 422 or b"decoders__Image failed (row 0)" not in body:
                self.wrong.append(f"a corrupt image got {status} {body[:100]!r}")
        elif kind < 0.06:  # gives up before it has its answer
            connection = await self.client.connect(self.port)
            waiting = asyncio.ensure_future(connection.request(self.client.request_bytes(self.images[0])))
            await asyncio.sleep(0)
            connection.transport.abort()
            await asyncio.gather(waiting, return_exceptions=True)
            self.seen["cancelled"] += 1
        elif kind < 0.11:  # a deadline before its batch can go
            status = await self.good(number, "/predict?timeout_ms=1")
            self.seen[f"late {status}"] += 1
            if status not in (200, 504):
                self.wrong.append(f"a late request got {status}")
        elif kind < 0.13:  # leaves in the middle of the body
            connection = await self.client.connect(self.port)
            data = self.client.request_bytes(self.images[0])
            connection.transport.write(data[: len(data) // 2])
            await asyncio.sleep(0)
            connection.transport.close()
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

    async def status(self) -> Any:
        connection = await self.client.connect(self.port)
        _, body = await connection.request(b"GET /status HTTP/1.1\r\nhost: a\r\n\r\n")
        connection.transport.close()
        return json.loads(body)


async def expected_of(images: list[bytes]) -> list[bytes]:
    """The thumbnails, computed alone."""
    async with Service(thumbnails(), max_wait=0) as service:
        return [np.asarray(await service(image)).tobytes() for image in images]


async def soak(seconds: float, rate: float) -> tuple[Soak, Any, list[tuple[float, int]], float]:
    images = jpegs()
    expected = await expected_of(images)
    memory: list[tuple[float, int]] = []
    with serving("serving_pipelines:thumbnails", "--name", "thumbs", "--max-queued", "1000", quiet=True) as (
        process,
        port,
        _,
    ):
        run = Soak(port, images, expected)

        def sample(at: float) -> None:
            if not memory or at - memory[-1][0] > seconds / 50:
                memory.append((at, resident(process.pid)))

        await run.run(seconds, rate, sample)
        while True:  # what was cancelled may still be computed
            status = await run.status()
            if not status["models"][0]["under_way"]:
                break
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
    assert requests.get("deadline", 0) == run.seen["late 504"] > 0
    assert set(requests) <= {"ok", "sample", "deadline", "cancelled"}
    assert model["queued"] == 0
    assert status["server"]["disconnects"] > 0


@pytest.mark.asyncio
async def test_soak_in_short() -> None:
    run, status, _, _ = await soak(2.5, 100.0)
    check(run, status)


@pytest.mark.long
@pytest.mark.asyncio
@pytest.mark.timeout(240)
async def test_soak_for_a_minute() -> None:
    run, status, memory, took = await soak(60.0, 100.0)
    check(run, status)
    lag = status["server"]["lag_ms"]
    early = max(size for at, size in memory if 10 <= at <= 25)
    late = max(size for at, size in memory if at >= 45)
    print(f"\n{dict(run.seen)}\nmemory: {early >> 20} MiB at 10-25 s, {late >> 20} MiB at 45-60 s")
    print(f"loop lag: {lag}\nthe server ended {took:.2f} s after SIGTERM")
    assert late < early * 1.03 + (4 << 20)
    assert lag["p99"] < 10.0
    assert took < 30.0
