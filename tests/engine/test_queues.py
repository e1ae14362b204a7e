"""The queues between stages, and the engine's loop, which nothing may block and which must not spin."""

from __future__ import annotations

import asyncio
import threading
from typing import Any

import anyio
import pytest
from engine_operators import TIMEOUT, Probe, node, pipeline
from hypothesis import given, settings
from hypothesis import strategies as st

import adali
from adali.engine.queues import Queue, QueueClosed


@pytest.mark.asyncio
async def test_a_full_queue_makes_its_producer_wait() -> None:
    queue: Queue[int] = Queue("q", 2)
    done: list[int] = []

    async def produce() -> None:
        for i in range(5):
            await queue.put(i)
            done.append(i)

    producer = asyncio.create_task(produce())
    for expected in ([0, 1], [0, 1, 2], [0, 1, 2, 3]):
        await anyio.wait_all_tasks_blocked()
        assert done == expected
        assert len(queue) == 2
        assert await queue.get() == len(expected) - 2
    assert [await queue.get(), queue.get_nowait()] == [3, None]
    await producer
    assert await queue.get() == 4
    assert (queue.peak, queue.puts) == (2, 5)


@pytest.mark.asyncio
async def test_an_empty_queue_makes_its_consumer_wait() -> None:
    queue: Queue[int] = Queue("q", 1)
    consumer = asyncio.create_task(queue.get())
    await anyio.wait_all_tasks_blocked()
    assert not consumer.done()
    await queue.put(7)
    assert await consumer == 7
    assert queue.get_nowait() is None


@pytest.mark.asyncio
async def test_closing_lets_out_what_is_inside_and_nothing_in() -> None:
    queue: Queue[int] = Queue("q", 1)
    await queue.put(1)
    producer = asyncio.create_task(queue.put(2))
    await anyio.wait_all_tasks_blocked()
    queue.close()
    with pytest.raises(QueueClosed):
        await producer
    assert await queue.get() == 1
    with pytest.raises(QueueClosed):
        await queue.get()
    with pytest.raises(QueueClosed):
        await queue.put(3)


@pytest.mark.asyncio
async def test_closing_wakes_a_consumer_that_waits() -> None:
    queue: Queue[int] = Queue("q", 1)
    consumer = asyncio.create_task(queue.get())
    await anyio.wait_all_tasks_blocked()
    queue.close()
    with pytest.raises(QueueClosed):
        await consumer


@pytest.mark.asyncio
async def test_cancelled_waits_lose_no_item() -> None:
    queue: Queue[int] = Queue("q", 1)
    for i in range(10):
        consumer = asyncio.create_task(queue.get())
        await anyio.wait_all_tasks_blocked()
        await queue.put(i)
        consumer.cancel()  # woken already, and cancelled before it runs
        await asyncio.wait([consumer])
        assert await queue.get() == i if consumer.cancelled() else consumer.result() == i
        await queue.put(i)
        producer = asyncio.create_task(queue.put(100 + i))
        await anyio.wait_all_tasks_blocked()
        producer.cancel()
        await asyncio.wait([producer])
        assert await queue.get() == i
        assert len(queue) == 0


@settings(max_examples=40, deadline=None)
@given(st.integers(1, 4), st.lists(st.booleans(), max_size=40))
def test_items_come_out_as_they_went_in(depth: int, pauses: list[bool]) -> None:
    async def main() -> list[int]:
        queue: Queue[int] = Queue("q", depth)

        async def produce() -> None:
            for i, pause in enumerate(pauses):
                await queue.put(i)
                assert len(queue) <= depth
                if pause:
                    await asyncio.sleep(0)
            queue.close()

        producer = asyncio.create_task(produce())
        out = []
        try:
            while True:
                out.append(await queue.get())
                if len(out) % 3 == 0:
                    await asyncio.sleep(0)
        except QueueClosed:
            await producer
            return out

    assert asyncio.run(main()) == list(range(len(pauses)))


def test_a_queue_needs_room() -> None:
    with pytest.raises(ValueError, match="q needs a depth of at least 1, got 0"):
        Queue("q", 0)


# ---- the engine's loop -----------------------------------------------------------------------------------------


class Gate:
    """The third call of user code waits here; the first ones were quick."""

    def __init__(self) -> None:
        self.entered, self.open = threading.Event(), threading.Event()

    def __call__(self, iteration: int) -> None:
        if iteration == 2:
            self.entered.set()
            assert self.open.wait(TIMEOUT)


BLOCKERS = ["source", "reader", "chain", "batch"]


def blocked(where: str, gate: Gate) -> Any:
    def read(count: int, iteration: int) -> Any:
        gate(iteration)
        return [iteration] * count

    def work(ctx: Any, x: Any) -> Any:
        gate(ctx.iteration)
        return x

    if where in ("source", "reader"):
        return node("Feed", probe=read, ahead=int(where == "reader"))
    return node("Apply" if where == "chain" else "ApplyBatch", node("Source", probe=Probe()), probe=work)


@pytest.mark.asyncio
@pytest.mark.parametrize("where", BLOCKERS)
async def test_users_code_that_blocks_does_not_block_the_engines_loop(where: str) -> None:
    gate = Gate()
    pipe = pipeline(lambda: blocked(where, gate), adali.Pipeline, prefetch_queue_depth=1)
    async with pipe:
        for _ in range(2):
            await pipe.run()
        waiting = asyncio.create_task(_call(pipe.run))
        assert await asyncio.to_thread(gate.entered.wait, TIMEOUT)
        try:
            assert await pipe._executor.call(_beat(100)) == 100
            assert not waiting.done()
        finally:
            gate.open.set()
        await waiting


@pytest.mark.asyncio
@pytest.mark.parametrize("where", [*BLOCKERS, "idle", "closing"])
async def test_nothing_spins_while_it_waits(where: str) -> None:
    gate = Gate()
    pipe = pipeline(
        lambda: blocked("chain" if where in ("idle", "closing") else where, gate),
        adali.Pipeline,
        prefetch_queue_depth=1,
    )
    await pipe.build()
    for _ in range(2):
        await pipe.run()
    consumer = None
    if where != "idle":
        consumer = asyncio.create_task(_call(pipe.run))
        assert await asyncio.to_thread(gate.entered.wait, TIMEOUT)
    loop = pipe._executor._mail.loop
    turns = 0
    run_once = loop._run_once

    def counted() -> None:
        nonlocal turns
        turns += 1
        run_once()

    loop._run_once = counted
    closing = asyncio.create_task(_call(pipe.aclose)) if where == "closing" else None
    await asyncio.sleep(0)
    for _ in range(30):  # time in which a loop that spins would turn thousands of times
        await asyncio.to_thread(sum, range(20_000))
    assert turns < 30
    del loop._run_once
    gate.open.set()
    if closing is not None:
        await closing
    if consumer is not None:
        (result,) = await asyncio.gather(consumer, return_exceptions=True)
        assert isinstance(result, adali.PipelineClosedError if where == "closing" else tuple)
    await pipe.aclose()


async def _call(function: Any) -> Any:
    return await function()


async def _beat(times: int) -> int:
    for _ in range(times):
        await asyncio.sleep(0)
    return times


@pytest.mark.asyncio
async def test_an_error_in_a_message_to_the_engine_ends_it_and_is_told() -> None:
    def broken(*args: Any) -> None:
        raise AssertionError("a bug in a message")

    pipe = pipeline(lambda: node("Source", probe=Probe()), adali.Pipeline)
    await pipe.run()
    executor = pipe._executor
    with pytest.raises(AssertionError, match="a bug in a message"):
        await executor._mail.ask(broken)
    with pytest.raises(AssertionError, match="a bug in a message"):
        await pipe.run()
    await pipe.aclose()


@pytest.mark.asyncio
async def test_questions_to_an_engine_that_ends_are_answered() -> None:
    pipe = pipeline(lambda: node("Source", probe=Probe()), adali.Pipeline)
    await pipe.run()
    executor = pipe._executor
    never: list[asyncio.Task[Any]] = [
        asyncio.create_task(_call(lambda: executor.completed(1000))),
        asyncio.create_task(_call(lambda: executor.call(asyncio.sleep(3600)))),
    ]
    await anyio.wait_all_tasks_blocked()
    await pipe.aclose()
    for task in never:
        with pytest.raises(adali.PipelineClosedError):
            await task
    with pytest.raises(adali.PipelineClosedError):
        await executor.completed(1)
    with pytest.raises(adali.PipelineClosedError):
        await executor.call(asyncio.sleep(0))


def test_messages_of_many_threads_all_arrive() -> None:
    pipe = pipeline(lambda: node("Source", probe=Probe()))
    pipe.build()
    executor = pipe._executor
    arrived: list[int] = []
    barrier = threading.Barrier(8)

    def send(k: int) -> None:
        barrier.wait(TIMEOUT)
        for i in range(200):
            executor._mail.post(arrived.append, k * 1000 + i)

    threads = [threading.Thread(target=send, args=(k,)) for k in range(8)]
    for t in threads:
        t.start()
    for t in threads:
        t.join()
    pipe.run()  # comes after them all
    assert sorted(arrived) == [k * 1000 + i for k in range(8) for i in range(200)]
    for k in range(8):
        mine = [a for a in arrived if a // 1000 == k]
        assert mine == sorted(mine)
