"""What passes between the engine's thread and its consumers: waiters, replies, channels, and the blocking driver."""

from __future__ import annotations

import asyncio
import threading
from typing import Any

import anyio
import pytest
from engine_operators import TIMEOUT
from interrupting import run_in

from adali.engine.handoff import Channel, Reply, Waiter, drive
from adali.errors import PipelineClosedError

LIBRARIES = ["asyncio", "trio"]


async def wait(waiter: Waiter) -> str:
    await waiter
    return "woken"


def put(channel: Channel[int], item: int) -> None:
    if channel.put(item):
        channel.wake()


@pytest.mark.parametrize("library", LIBRARIES)
def test_a_waiter_that_was_woken_before_does_not_wait(library: str) -> None:
    waiter = Waiter()
    waiter.wake()
    waiter.wake()
    assert waiter.woken
    assert run_in(library, lambda: wait(waiter)) == "woken"
    assert drive(wait(waiter)) == "woken"


@pytest.mark.parametrize("library", LIBRARIES)
def test_a_waiter_is_woken_from_another_thread(library: str) -> None:
    waiter = Waiter()

    async def main() -> str:
        thread = threading.Thread(target=waiter.wake)
        thread.start()
        result = await wait(waiter)
        thread.join()
        return result

    assert run_in(library, main) == "woken"


def test_everybody_who_waits_is_woken() -> None:
    waiter = Waiter()
    ready = threading.Barrier(4)
    woken: list[str] = []

    def block() -> None:
        ready.wait(TIMEOUT)
        woken.append(drive(wait(waiter)))

    def loop() -> None:
        ready.wait(TIMEOUT)
        woken.append(asyncio.run(wait(waiter)))

    threads = [threading.Thread(target=t) for t in (block, block, loop)]
    for t in threads:
        t.start()
    ready.wait(TIMEOUT)
    waiter.wake()
    for t in threads:
        t.join(TIMEOUT)
    assert woken == ["woken"] * 3


def test_waking_races_with_waiting() -> None:
    """However the two threads interleave, nobody sleeps through it."""
    for _ in range(300):
        waiter = Waiter()
        barrier = threading.Barrier(2)

        def wake(waiter: Waiter = waiter, barrier: threading.Barrier = barrier) -> None:
            barrier.wait()
            waiter.wake()

        thread = threading.Thread(target=wake)
        thread.start()
        barrier.wait()
        assert drive(wait(waiter)) == "woken"
        thread.join()


@pytest.mark.asyncio
async def test_a_cancelled_wait_is_forgotten() -> None:
    waiter = Waiter()
    tasks = [asyncio.create_task(wait(waiter)) for _ in range(3)]
    await anyio.wait_all_tasks_blocked()
    assert len(waiter._listeners) == 3
    tasks[1].cancel()
    await asyncio.wait([tasks[1]])
    assert len(waiter._listeners) == 2
    waiter.wake()
    assert await asyncio.gather(tasks[0], tasks[2]) == ["woken", "woken"]
    assert tasks[1].cancelled()


def test_a_consumer_whose_loop_is_closed_does_no_harm() -> None:
    waiter = Waiter()

    async def leave() -> None:
        task = asyncio.create_task(wait(waiter))
        await anyio.wait_all_tasks_blocked()
        waiter._listeners *= 2  # one that asyncio.run() does not cancel away
        del task

    asyncio.run(leave())
    waiter.wake()


@pytest.mark.parametrize("library", LIBRARIES)
def test_a_shielded_wait_ends_before_its_cancellation_does(library: str) -> None:
    waiter = Waiter()
    order: list[str] = []

    async def consumer() -> None:
        try:
            await waiter.shielded()
        finally:
            order.append("woken" if waiter.woken else "too early")

    async def on_asyncio() -> None:
        task = asyncio.create_task(consumer())
        await anyio.wait_all_tasks_blocked()
        for _ in range(2):
            task.cancel()
            await anyio.wait_all_tasks_blocked()
        assert order == []
        waiter.wake()
        with pytest.raises(asyncio.CancelledError):
            await task

    async def on_trio() -> None:
        import trio

        async with trio.open_nursery() as nursery:
            nursery.start_soon(consumer)
            await trio.testing.wait_all_tasks_blocked()
            nursery.cancel_scope.cancel()
            with trio.CancelScope(shield=True):
                await trio.testing.wait_all_tasks_blocked()
            assert order == []
            waiter.wake()

    if library == "trio":
        pytest.importorskip("trio.testing", reason="trio is not installed")
    run_in(library, on_asyncio if library == "asyncio" else on_trio)
    assert order == ["woken"]


def test_the_first_answer_counts() -> None:
    reply = Reply()
    reply.settle(ValueError("first"))
    reply.settle()
    with pytest.raises(ValueError, match="first"):
        drive(reply.get())
    good = Reply()
    good.settle()
    good.settle(ValueError("late"))
    drive(good.get())


def test_the_driver_turns_the_end_of_an_async_iteration_into_that_of_a_blocking_one() -> None:
    async def end() -> None:
        raise StopAsyncIteration("data")

    async def result() -> int:
        return 3

    async def error() -> None:
        raise KeyError("x")

    with pytest.raises(StopIteration, match="data"):
        drive(end())
    assert drive(result()) == 3
    with pytest.raises(KeyError, match="x"):
        drive(error())


@pytest.mark.asyncio
async def test_the_driver_works_on_a_thread_that_runs_an_event_loop() -> None:
    """A blocking call in a notebook: it blocks, but its waits are not taken for the loop's."""
    waiter = Waiter()
    thread = threading.Thread(target=waiter.wake)
    thread.start()
    assert drive(wait(waiter)) == "woken"
    thread.join()
    later = asyncio.create_task(wait(Waiter()))
    await anyio.wait_all_tasks_blocked()
    assert not later.done()
    later.cancel()


def test_a_channel_keeps_the_order_and_gives_each_item_once() -> None:
    channel: Channel[int] = Channel()
    assert channel.get_nowait() is None
    assert channel.peek() is None
    for i in range(5):
        put(channel, i)
    assert (channel.peek(), len(channel)) == (0, 5)
    assert [drive(channel.get()) for _ in range(3)] == [0, 1, 2]
    channel.clear()
    assert len(channel) == 0


def test_threads_and_loops_share_a_channel() -> None:
    channel: Channel[int] = Channel()
    seen: list[list[int]] = [[] for _ in range(5)]

    async def take(k: int) -> None:
        try:
            while True:
                seen[k].append(await channel.get())
        except PipelineClosedError:
            pass

    async def two() -> None:
        await asyncio.gather(take(3), take(4))

    threads = [threading.Thread(target=lambda k=k: drive(take(k))) for k in range(3)]
    threads.append(threading.Thread(target=lambda: asyncio.run(two())))
    for t in threads:
        t.start()
    for i in range(1000):
        put(channel, i)
    channel.close(PipelineClosedError("closed"))
    for t in threads:
        t.join(TIMEOUT)
    assert sorted(i for part in seen for i in part) == list(range(1000))
    assert all(part == sorted(part) for part in seen)


@pytest.mark.asyncio
async def test_a_channel_tells_whether_somebody_has_to_be_woken() -> None:
    channel: Channel[int] = Channel()
    assert not channel.put(1)
    assert await channel.get() == 1
    waiting = asyncio.create_task(channel.get())
    await anyio.wait_all_tasks_blocked()
    assert channel.put(2)
    assert channel.put(3)
    await anyio.wait_all_tasks_blocked()
    assert not waiting.done()
    channel.wake()
    assert await waiting == 2
    assert not channel.put(4)


@pytest.mark.asyncio
async def test_a_cancelled_consumer_takes_nothing_from_a_channel() -> None:
    channel: Channel[int] = Channel()
    for k in range(20):
        cancelled = asyncio.create_task(channel.get())
        other = asyncio.create_task(channel.get())
        await anyio.wait_all_tasks_blocked()
        # The item comes and wakes both before the first one's cancellation is served.
        put(channel, k)
        cancelled.cancel()
        assert await other == k
        with pytest.raises(asyncio.CancelledError):
            await cancelled
    assert len(channel) == 0
    assert channel._waiters == []


@pytest.mark.asyncio
async def test_a_closed_channel_gives_what_is_in_it_and_then_its_error() -> None:
    channel: Channel[int] = Channel()
    waiting = asyncio.create_task(channel.get())
    await anyio.wait_all_tasks_blocked()
    error = PipelineClosedError("closed")
    channel.close(error)
    with pytest.raises(PipelineClosedError, match="closed"):
        await waiting
    put(channel, 1)
    assert await channel.get() == 1
    lengths = []
    for _ in range(5):
        with pytest.raises(PipelineClosedError, match="closed") as info:
            channel.get_nowait()
        lengths.append(len(info.traceback))
        await channel.wait()
    assert len(set(lengths)) == 1, "the traceback grows with each raise"


def test_a_driven_coroutine_that_is_interrupted_runs_its_finally_blocks(monkeypatch: pytest.MonkeyPatch) -> None:
    waiter = Waiter()
    steps: list[str] = []

    def interrupted(self: Waiter) -> None:
        raise KeyboardInterrupt

    async def consumer() -> Any:
        try:
            await waiter
        finally:
            steps.append("cleaned up")

    monkeypatch.setattr(Waiter, "block", interrupted)
    with pytest.raises(KeyboardInterrupt):
        drive(consumer())
    assert steps == ["cleaned up"]
