"""How many iterations run ahead, in every mode."""

from __future__ import annotations

import threading
import time
from typing import Any

import anyio
import pytest
from engine_operators import TIMEOUT, Probe, node

import adali
import adali.sync


def make(probe: Probe, cls: Any = adali.Pipeline, **kwargs: Any) -> Any:
    pipe = cls(batch_size=2, num_threads=2, device_id=None, **kwargs)
    with pipe:
        pipe.set_outputs(node("Step", node("Source", probe=probe), probe=probe))
    return pipe


async def settle(pipe: adali.Pipeline, completed: int) -> int:
    """Wait for so many iterations, then until every task of the engine waits; returns how many were started."""
    executor = pipe._executor
    assert executor is not None
    await executor.completed(completed)
    await executor.call(anyio.wait_all_tasks_blocked())
    return pipe.stats().iterations


DEPTHS = [(1, 1), (2, 2), (3, 3), (5, 5), ({"cpu_size": 1, "gpu_size": 1}, 2), ({"cpu_size": 3, "gpu_size": 2}, 5)]


@pytest.mark.asyncio
@pytest.mark.parametrize(("depth", "ahead"), DEPTHS)
async def test_exactly_the_promised_number_starts_without_a_consumer(depth: Any, ahead: int) -> None:
    probe = Probe()
    async with make(probe, prefetch_queue_depth=depth) as pipe:
        assert await settle(pipe, 0) == 0, "build() must start nothing"
        await pipe.schedule_run()
        assert await settle(pipe, ahead) == ahead
        assert probe.reads == list(range(ahead))


@pytest.mark.asyncio
@pytest.mark.parametrize(("depth", "ahead"), DEPTHS)
async def test_each_run_starts_one_more(depth: Any, ahead: int) -> None:
    probe = Probe()
    async with make(probe, prefetch_queue_depth=depth) as pipe:
        for k in range(1, 5):
            (out,) = await pipe.run()
            assert [int(out.at(i)) for i in range(2)] == [(k - 1) * 1000, (k - 1) * 1000 + 1]
            assert await settle(pipe, ahead + k - 1) == ahead + k - 1


@pytest.mark.asyncio
async def test_without_pipelining_nothing_runs_ahead() -> None:
    probe = Probe()
    async with make(probe, exec_pipelined=False, prefetch_queue_depth=4) as pipe:
        for k in range(1, 4):
            await pipe.run()
            assert await settle(pipe, k) == k


@pytest.mark.asyncio
@pytest.mark.parametrize("pipelined", [True, False])
async def test_synchronous_execution_returns_when_the_work_is_done(pipelined: bool) -> None:
    probe = Probe()
    async with make(probe, exec_async=False, exec_pipelined=pipelined, prefetch_queue_depth=3) as pipe:
        await pipe.schedule_run()
        expected = 3 if pipelined else 1
        assert len(probe.samples) == 2 * expected, "schedule_run returned before its iterations were computed"
        (out,) = await pipe.outputs()
        assert int(out.at(0)) == 0


@pytest.mark.asyncio
async def test_asynchronous_execution_returns_while_the_work_is_held_back() -> None:
    probe = Probe()
    probe.gate.clear()
    async with make(probe) as pipe:
        await pipe.schedule_run()
        assert probe.samples == []
        probe.gate.set()
        (out,) = await pipe.outputs()
        assert int(out.at(1)) == 1


def test_dict_depth_needs_a_pipelined_or_asynchronous_executor() -> None:
    with pytest.raises(ValueError, match="both False"):
        make(Probe(), exec_async=False, exec_pipelined=False, prefetch_queue_depth={"cpu_size": 1, "gpu_size": 1})


@pytest.mark.parametrize("depth", [0, -1, {"cpu_size": 0, "gpu_size": 1}, {"cpu_size": 1}, 1.5, True])
def test_bad_depths_are_refused(depth: Any) -> None:
    with pytest.raises(ValueError, match="prefetch_queue_depth"):
        make(Probe(), prefetch_queue_depth=depth)


@pytest.mark.asyncio
async def test_unreleased_outputs_hold_the_engine_back() -> None:
    probe = Probe()
    async with make(probe, prefetch_queue_depth=2) as pipe:
        await pipe.schedule_run()
        first = await pipe.share_outputs()
        for _ in range(4):
            await pipe.schedule_run()
        assert await settle(pipe, 2) == 2, "the shared buffer's place must stay taken"
        second = await pipe.share_outputs()
        assert await settle(pipe, 2) == 2
        with pytest.raises(adali.PipelineStateError, match="release_outputs"):
            await pipe.share_outputs()
        await pipe.release_outputs()
        (third,) = await pipe.share_outputs()
        assert [int(x.at(0)) for x in (*first, *second, third)] == [0, 1000, 2000]


@pytest.mark.asyncio
@pytest.mark.parametrize("depth", [2, 4])
async def test_queues_fill_while_the_consumers_loop_is_blocked(depth: int) -> None:
    probe = Probe()
    last = probe.mark(depth)
    async with make(probe, prefetch_queue_depth=depth) as pipe:
        await pipe.run()
        await pipe.run()
        # This blocks the consumer's event loop, as a training step does, until the engine has run ahead.
        assert last.wait(TIMEOUT), "prefetching stopped while the consumer's loop was blocked"
        assert await settle(pipe, depth + 1) == depth + 1


def test_blocking_run_prefetches_while_the_caller_works() -> None:
    probe = Probe()
    last = probe.mark(2)
    pipe = make(probe, adali.sync.Pipeline, prefetch_queue_depth=3)
    pipe.run()
    assert last.wait(TIMEOUT)
    pipe.close()


@pytest.mark.asyncio
async def test_a_busy_step_of_300_ms_costs_no_prefetching() -> None:
    """The sentence of the acceptance list, with a real busy step; what is asserted is a count, not a time."""
    probe = Probe()
    async with make(probe, prefetch_queue_depth=3) as pipe:
        await pipe.run()
        end = time.monotonic() + 0.3
        while time.monotonic() < end:
            sum(range(1000))
        assert pipe.stats().ahead == 2
        assert threading.active_count() > 1
