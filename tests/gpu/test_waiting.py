"""Waiting for events: no wake-up is lost, whatever becomes of the one who waits."""

from __future__ import annotations

import asyncio
import gc
import threading
import weakref
from collections.abc import Iterator
from typing import Any

import emulated
import pytest

from adali.engine import cuda_threads
from adali.engine.cuda_threads import Lane, Waiter

TIMEOUT = 60


@pytest.fixture
def waiter(gpu: Any) -> Iterator[Waiter]:
    made = Waiter("adali-test-waiter", lambda: None)
    yield made
    made.close()


@pytest.mark.asyncio
async def test_no_wake_up_is_lost(gpu: Any, waiter: Waiter) -> None:
    emulated.Settings.jitter = 0.0002
    stream = gpu.cuda.Stream()

    async def one() -> None:
        event = stream.record(gpu.cuda.Event(block=True, disable_timing=True))
        if not event.done:
            await waiter.wait(event)
        assert event.done

    await asyncio.wait_for(asyncio.gather(*(one() for _ in range(500))), TIMEOUT)


@pytest.mark.asyncio
async def test_a_lost_wake_up_would_be_seen(gpu: Any, waiter: Waiter, monkeypatch: pytest.MonkeyPatch) -> None:
    """The same with the fault: one wake-up in ten is not sent."""
    settle, count = cuda_threads._settle, 0

    def lossy(*args: Any) -> None:
        nonlocal count
        count += 1
        if count % 10:
            settle(*args)

    monkeypatch.setattr(cuda_threads, "_settle", lossy)
    stream = gpu.cuda.Stream()
    waits = [waiter.wait(stream.record(gpu.cuda.Event(block=True, disable_timing=True))) for _ in range(40)]
    last = threading.Event()
    waiter.hold(stream.record(), _Tells(last))
    await asyncio.to_thread(last.wait, TIMEOUT)
    for _ in range(3):  # what the waiter has sent arrives
        await asyncio.sleep(0)
    assert sum(not w.done() for w in waits) == 4
    for wait in waits:
        wait.cancel()


class _Tells:
    def __init__(self, event: threading.Event) -> None:
        self.event = event

    def __del__(self) -> None:
        self.event.set()


@pytest.mark.asyncio
async def test_whoever_is_cancelled_hurts_nobody(gpu: Any, waiter: Waiter) -> None:
    stream = gpu.cuda.Stream()
    gate = emulated.block(stream)
    first = waiter.wait(stream.record())
    second = waiter.wait(stream.record())
    first.cancel()
    gate.set()
    await asyncio.wait_for(second, TIMEOUT)
    assert first.cancelled()


def test_a_loop_that_is_gone_hurts_nobody(gpu: Any, waiter: Waiter) -> None:
    stream = gpu.cuda.Stream()
    gate = emulated.block(stream)

    async def leave() -> None:
        waiter.wait(stream.record())

    asyncio.run(leave())
    gate.set()

    async def wait() -> None:
        await asyncio.wait_for(waiter.wait(stream.record()), TIMEOUT)

    asyncio.run(wait())


@pytest.mark.asyncio
async def test_what_is_held_lives_until_the_event(gpu: Any, waiter: Waiter) -> None:
    class Thing:
        pass

    stream = gpu.cuda.Stream()
    gate = emulated.block(stream)
    thing = Thing()
    alive = weakref.ref(thing)
    future = waiter.wait(stream.record(), thing)
    del thing
    gc.collect()
    assert alive() is not None
    gate.set()
    await asyncio.wait_for(future, TIMEOUT)
    assert alive() is None


@pytest.mark.asyncio
async def test_a_fault_is_the_futures_exception(gpu: Any, waiter: Waiter) -> None:
    stream = gpu.cuda.Stream()
    emulated.Settings.fail = {"memset"}
    with stream:
        array = gpu.empty(4, "f4")
    gpu.cuda.runtime.memsetAsync(array.data.ptr, 0, 16, stream.ptr)
    with pytest.raises(emulated.CUDARuntimeError, match="planted fault"):
        await waiter.wait(stream.record(gpu.cuda.Event(block=True, disable_timing=True)))


@pytest.mark.asyncio
async def test_a_lane_gives_results_and_errors_back() -> None:
    lane = Lane("adali-test-lane", lambda: None)
    assert await lane.call(lambda a: a + 1, 2) == 3
    with pytest.raises(ZeroDivisionError):
        await lane.call(lambda: 1 / 0)
    assert lane.close(TIMEOUT)
    broken = Lane("adali-test-lane", lambda: 1 / 0)
    with pytest.raises(ZeroDivisionError):
        await broken.call(print)
    assert broken.close(TIMEOUT)
