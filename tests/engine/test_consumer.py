"""The consumer's side: run, outputs, sharing, ends of data, reset, passes."""

from __future__ import annotations

import asyncio
import gc
import threading
from typing import Any

import numpy as np
import pytest
from conftest import engine_threads
from engine_operators import Probe, node

import adali
import adali.sync


def make(probe: Probe, cls: Any = adali.Pipeline, **kwargs: Any) -> Any:
    kwargs = {"batch_size": 2, "num_threads": 2, "device_id": None, **kwargs}
    pipe = cls(**kwargs)
    with pipe:
        pipe.set_outputs(node("Step", node("Source", probe=probe), probe=probe))
    return pipe


def first(outputs: Any) -> int:
    return int(outputs[0].at(0))


@pytest.mark.asyncio
async def test_end_of_data_comes_after_the_batches_in_flight() -> None:
    async with make(Probe(limit=3), prefetch_queue_depth=4) as pipe:
        assert [first(await pipe.run()) for _ in range(3)] == [0, 1000, 2000]
        for _ in range(2):
            with pytest.raises(StopAsyncIteration):
                await pipe.run()
        assert pipe.empty()
        await pipe.reset()
        assert first(await pipe.run()) == 0


def test_blocking_end_of_data_is_stop_iteration() -> None:
    probe = Probe(limit=3)
    pipe = make(probe, adali.sync.Pipeline)
    for epoch in range(3):
        seen = []
        while True:
            try:
                seen.append(first(pipe.run()))
            except StopIteration:
                break
        assert seen == [0, 1000, 2000]
        pipe.reset()
        assert probe.resets == epoch + 1
    pipe.close()


@pytest.mark.asyncio
async def test_reset_before_the_end_changes_nothing() -> None:
    async with make(Probe(limit=5)) as pipe:
        await pipe.run()
        await pipe.reset()
        assert first(await pipe.run()) == 1000


@pytest.mark.asyncio
async def test_outputs_schedule_themselves() -> None:
    async with make(Probe(limit=3)) as pipe:
        assert [first(await pipe.outputs()) for _ in range(3)] == [0, 1000, 2000]
        with pytest.raises(StopAsyncIteration):
            await pipe.outputs()


@pytest.mark.asyncio
async def test_empty_tells_whether_scheduled_work_is_left() -> None:
    async with make(Probe(), prefetch_queue_depth=2) as pipe:
        assert pipe.empty()
        await pipe.schedule_run()
        assert not pipe.empty()
        await pipe.outputs()
        assert not pipe.empty()
        await pipe.outputs()
        assert pipe.empty()


BASIC, SCHEDULED = ["run"], ["schedule_run", "share_outputs", "release_outputs", "outputs"]


@pytest.mark.asyncio
@pytest.mark.parametrize("other", SCHEDULED)
async def test_the_api_check_refuses_to_mix(other: str) -> None:
    async with make(Probe()) as pipe:
        await pipe.run()
        with pytest.raises(RuntimeError, match="Mixing pipeline API type"):
            await getattr(pipe, other)()
        assert first(await pipe.run()) == 1000, "a refused call must not disturb the pipeline"
    async with make(Probe()) as pipe:
        await pipe.schedule_run()
        with pytest.raises(RuntimeError, match="Mixing pipeline API type"):
            await pipe.run()


@pytest.mark.asyncio
async def test_the_api_check_can_be_turned_off() -> None:
    async with make(Probe(), prefetch_queue_depth=2) as pipe:
        pipe.enable_api_check(False)
        assert first(await pipe.run()) == 0
        await pipe.schedule_run()
        await pipe.release_outputs()
        assert first(await pipe.share_outputs()) == 1000
        await pipe.release_outputs()
        pipe.enable_api_check(True)
        assert first(await pipe.run()) == 2000


@pytest.mark.asyncio
async def test_outputs_stay_valid_however_long_they_are_held() -> None:
    """Released memory returns to the pool only when nobody can see it any more."""
    probe = Probe()
    pipe = adali.Pipeline(batch_size=4, num_threads=2, device_id=None)
    with pipe:
        wide = node("Extra", node("Source", probe=probe), value=np.int64(3))
        pipe.set_outputs(wide)
    held = []
    async with pipe:
        for k in range(50):
            (out,) = await pipe.run()
            held.append((k, out.as_array(), out.at(2), out[1]))
    for k, array, view, tensor in held:
        assert array.tolist() == [k * 1000 + 3 + i for i in range(4)]
        assert int(view) == k * 1000 + 5
        assert int(np.asarray(tensor)) == k * 1000 + 4


@pytest.mark.asyncio
async def test_several_consumers_share_the_batches() -> None:
    seen: list[int] = []

    async def consume(pipe: Any) -> None:
        for _ in range(5):
            seen.append(first(await pipe.run()))  # noqa: PERF401

    async with make(Probe(), prefetch_queue_depth=8) as pipe:
        await asyncio.gather(*(consume(pipe) for _ in range(4)))
    assert sorted(seen) == [k * 1000 for k in range(20)]


@pytest.mark.asyncio
async def test_async_for_is_one_epoch_a_pass() -> None:
    probe = Probe(limit=7)
    pipe = adali.Pipeline(batch_size=3, num_threads=2, device_id=None)
    with pipe:
        pipe.set_outputs(node("Step", node("Rows", probe=probe, name="rows"), probe=probe))
    async with pipe:
        assert pipe.epoch_size() == {"rows": 7}
        assert pipe.epoch_size("rows") == 7
        with pytest.raises(KeyError, match="rows"):
            pipe.epoch_size("other")
        for _ in range(3):
            batches = [[int(b.at(i)) for i in range(len(b))] async for (b,) in pipe]
            assert batches == [[0, 1, 2], [3, 4, 5], [6]]


@pytest.mark.asyncio
async def test_a_pass_left_early_is_followed_by_a_new_epoch() -> None:
    probe = Probe(limit=7)
    pipe = adali.Pipeline(batch_size=3, num_threads=2, device_id=None)
    with pipe:
        pipe.set_outputs(node("Rows", probe=probe))
    async with pipe:
        async for (b,) in pipe:
            assert int(b.at(0)) == 0
            break
        assert [len(b) async for (b,) in pipe] == [3, 3, 1]
        assert [int(b.at(0)) async for (b,) in pipe] == [0, 3, 6]


def test_blocking_for_is_one_epoch_a_pass() -> None:
    probe = Probe(limit=4)
    pipe = make(probe, adali.sync.Pipeline)
    for _ in range(2):
        assert [first(o) for o in pipe] == [0, 1000, 2000, 3000]
    pipe.close()


def test_run_reads_a_reader_as_an_endless_stream() -> None:
    pipe = adali.sync.Pipeline(batch_size=3, num_threads=1, device_id=None)
    with pipe:
        pipe.set_outputs(node("Rows", probe=Probe(limit=4)))
    seen = [int(x) for _ in range(4) for x in pipe.run()[0].as_array()]
    assert seen == [0, 1, 2, 3] * 3
    pipe.close()


def test_iter_setup_runs_once_for_each_iteration_and_ends_the_epoch() -> None:
    class Fed(adali.sync.Pipeline):
        calls = 0

        def define_graph(self) -> Any:
            return node("Step", node("Source", probe=probe), probe=probe)

        def iter_setup(self) -> None:
            if self.calls % 4 == 3:
                type(self).calls += 1
                raise StopIteration
            type(self).calls += 1

    probe = Probe()
    pipe = Fed(batch_size=2, num_threads=1, device_id=None, prefetch_queue_depth=2)
    for _ in range(2):
        for _ in range(3):
            pipe.run()
        with pytest.raises(StopIteration):
            pipe.run()
        pipe.reset()
    assert Fed.calls == 8
    pipe.close()


@pytest.mark.parametrize("cls", [adali.Pipeline, adali.sync.Pipeline])
def test_iter_setup_may_be_a_coroutine(cls: Any) -> None:
    class Fed(cls):  # type: ignore[misc]
        calls = 0

        def define_graph(self) -> Any:
            return node("Source", probe=Probe())

        async def iter_setup(self) -> None:
            await asyncio.sleep(0)
            self.calls += 1

    pipe = Fed(batch_size=2, num_threads=1, device_id=None, prefetch_queue_depth=3)
    if cls is adali.sync.Pipeline:
        pipe.run()
        pipe.close()
    else:

        async def main() -> None:
            async with pipe:
                await pipe.run()

        asyncio.run(main())
    assert pipe.calls == 3


def test_an_unawaited_call_says_so() -> None:
    pipe = make(Probe())
    with pytest.raises(TypeError, match=r"await pipe\.run"):
        _images, _labels = pipe.run()
    with pytest.raises(TypeError, match=r"await pipe\.outputs"):
        pipe.outputs()[0]
    with pytest.raises(TypeError, match="async for"):
        iter(pipe)


def test_an_abandoned_pipeline_stops_its_threads() -> None:
    pipe = make(Probe(), adali.sync.Pipeline)
    pipe.run()
    thread = next(t for t in threading.enumerate() if t.name == "adali-engine")
    del pipe
    gc.collect()
    thread.join(20)
    assert engine_threads() == []


@pytest.mark.asyncio
async def test_calls_after_close_say_that_it_is_closed() -> None:
    pipe = make(Probe())
    await pipe.build()
    await pipe.aclose()
    await pipe.aclose()
    for call in (pipe.run, pipe.build, pipe.schedule_run, pipe.outputs):
        pipe._api_type = None
        with pytest.raises(adali.PipelineClosedError):
            await call()


@pytest.mark.parametrize("name", ["batch_size", "num_threads"])
@pytest.mark.parametrize("value", [-1, 0, -5])
def test_sizes_must_be_positive(name: str, value: int) -> None:
    with pytest.raises(ValueError, match=name):
        make(Probe(), adali.sync.Pipeline, **{name: value}).build()


@pytest.mark.parametrize("value", [-1, -7])
def test_a_negative_device_is_an_error(value: int) -> None:
    with pytest.raises(ValueError, match="device_id"):
        make(Probe(), adali.sync.Pipeline, device_id=value).build()


def test_sizes_left_out_are_an_error() -> None:
    pipe = adali.sync.Pipeline(batch_size=2)
    with pipe:
        pipe.set_outputs(node("Source", probe=Probe()))
    with pytest.raises(ValueError, match="num_threads must be given"):
        pipe.build()


@pytest.mark.parametrize("threads", [1, 2, 5])
def test_random_results_do_not_depend_on_threads_or_depth(threads: int) -> None:
    def draw(num_threads: int, depth: int, seed: int) -> list[float]:
        pipe = adali.sync.Pipeline(
            batch_size=6, num_threads=num_threads, device_id=None, prefetch_queue_depth=depth, seed=seed
        )
        with pipe:
            pipe.set_outputs(node("Draw", node("Source", probe=Probe())))
        values = [float(v) for _ in range(3) for v in pipe.run()[0].as_array()]
        pipe.close()
        return values

    reference = draw(1, 1, seed=7)
    assert len(set(reference)) == 18
    assert draw(threads, threads + 1, seed=7) == reference
    assert draw(threads, 2, seed=8) != reference
    assert draw(threads, 2, seed=-1) != draw(threads, 2, seed=-1), "without a seed each pipeline draws its own"


@pytest.mark.asyncio
async def test_callers_on_trio_are_served() -> None:
    trio = pytest.importorskip("trio", reason="trio is not installed")

    async def main() -> list[int]:
        async with make(Probe(limit=3)) as pipe:
            return [first(o) async for o in pipe]

    assert await asyncio.to_thread(trio.run, main) == [0, 1000, 2000]


def test_affinity_ties_workers_to_cpus() -> None:
    import os

    if not hasattr(os, "sched_getaffinity"):
        pytest.skip("this system cannot tie threads to CPUs")
    pipe = make(Probe(), adali.sync.Pipeline, set_affinity=True)
    pipe.build()
    workers = [t for t in threading.enumerate() if t.name.startswith("adali-worker")]
    pipe.run()
    assert len(workers) == 2
    for worker in workers:
        assert worker.native_id is not None
        assert len(os.sched_getaffinity(worker.native_id)) == 1
    pipe.close()
