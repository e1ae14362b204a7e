"""The mixed and gpu stages, with host threads in place of the device."""

from __future__ import annotations

import asyncio
import importlib.util
import subprocess
import sys
from collections.abc import Iterator
from typing import Any

import anyio
import pytest
from conftest import engine_threads
from engine_operators import TIMEOUT, Probe, node, pipeline
from host_device import HostDevice, host_devices

import adali
import adali.sync
from adali.errors import DeviceUnavailableError, GraphError, OperatorError


@pytest.fixture
def devices() -> Iterator[list[HostDevice]]:
    with host_devices() as made:
        yield made


def first(outputs: Any) -> int:
    return int(outputs[0].at(0))


class Staged:
    """Source -> cpu -> mixed -> gpu, with a probe in each."""

    def __init__(self, cls: Any = adali.Pipeline, mixed: bool = True, limit: int | None = None, **kwargs: Any) -> None:
        self.source, self.cpu, self.mixed, self.gpu = Probe(limit=limit), Probe(), Probe(), Probe()

        def build() -> Any:
            x = node("Step", node("Source", probe=self.source), probe=self.cpu, name="on cpu")
            x = node("Step", x, probe=self.mixed, device="mixed", name="on mixed") if mixed else x.gpu()
            return node("Step", x, probe=self.gpu, device="gpu", name="on gpu")

        self.pipe = pipeline(build, cls, **{"device_id": 0, **kwargs})

    async def settle(self) -> int:
        """Wait until every task of the engine waits; returns how many iterations were started."""
        await self.pipe._executor.call(anyio.wait_all_tasks_blocked())
        return int(self.pipe.stats().iterations)

    def iterations(self, probe: Probe) -> list[int]:
        return sorted({s // 1000 for s in probe.samples})


@pytest.mark.usefixtures("devices")
@pytest.mark.parametrize("depth", [1, 2, {"cpu_size": 2, "gpu_size": 3}])
def test_batches_pass_all_stages_in_order(depth: Any) -> None:
    s = Staged(adali.sync.Pipeline, prefetch_queue_depth=depth)
    for k in range(10):
        (out,) = s.pipe.run()
        assert [int(x) for x in out._samples] == [k * 1000 + i for i in range(3)]
    done = [k * 1000 + i for k in range(10) for i in range(3)]
    assert s.mixed.samples[:30] == s.gpu.samples[:30] == done
    assert [t.name for t in s.pipe.stats().stages] == ["reader", "cpu", "mixed", "gpu"]
    assert [q.name for q in s.pipe.stats().queues] == ["reader->cpu", "cpu->mixed", "mixed->gpu"]


@pytest.mark.asyncio
async def test_each_stage_is_enqueued_in_order(devices: list[HostDevice]) -> None:
    s = Staged(prefetch_queue_depth=3)
    async with s.pipe:
        for _ in range(6):
            await s.pipe.run()
        (device,) = devices
        assert device.device_id == 0
        for stage in ("mixed", "gpu"):
            iterations = [i for st, i in device.log if st == stage]
            assert iterations == list(range(len(iterations)))
    assert device.closed == 1


DEPTHS = [
    (1, 1, 1),
    (2, 2, 2),
    (4, 4, 4),
    ({"cpu_size": 1, "gpu_size": 1}, 2, 1),
    ({"cpu_size": 3, "gpu_size": 1}, 4, 1),
    ({"cpu_size": 1, "gpu_size": 3}, 4, 3),
    ({"cpu_size": 3, "gpu_size": 2}, 5, 2),
]


@pytest.mark.usefixtures("devices")
@pytest.mark.asyncio
@pytest.mark.parametrize("mixed", [True, False])
@pytest.mark.parametrize(("depth", "on_cpu", "on_gpu"), DEPTHS)
async def test_queues_of_cpu_and_gpu_have_exact_depths_of_their_own(
    depth: Any, on_cpu: int, on_gpu: int, mixed: bool
) -> None:
    s = Staged(prefetch_queue_depth=depth, mixed=mixed)
    last = s.cpu.mark(on_cpu - 1)
    async with s.pipe:
        await s.pipe.schedule_run()
        await s.pipe._executor.completed(on_gpu)
        assert last.wait(TIMEOUT)
        for taken in range(4):
            assert await s.settle() == on_cpu + taken
            assert s.iterations(s.cpu) == list(range(on_cpu + taken))
            assert s.iterations(s.gpu) == list(range(on_gpu + taken))
            if mixed:
                assert s.iterations(s.mixed) == list(range(on_gpu + taken))
            last = s.cpu.mark(on_cpu + taken)
            assert first(await s.pipe.outputs()) == taken * 1000
            # The place of the batch is free only when it is released.
            assert await s.settle() == on_cpu + taken
            await s.pipe.release_outputs()
            await s.pipe.schedule_run()
            await s.pipe._executor.completed(on_gpu + taken + 1)
            assert last.wait(TIMEOUT)


@pytest.mark.usefixtures("devices")
@pytest.mark.asyncio
@pytest.mark.parametrize(("depth", "on_cpu", "on_gpu"), DEPTHS)
async def test_a_busy_gpu_holds_the_cpu_back_exactly(depth: Any, on_cpu: int, on_gpu: int) -> None:
    s = Staged(prefetch_queue_depth=depth)
    s.gpu.gate.clear()
    last = s.cpu.mark(on_cpu - 1)
    async with s.pipe:
        await s.pipe.schedule_run()
        assert await asyncio.to_thread(s.gpu.entered.wait, TIMEOUT)
        assert await asyncio.to_thread(last.wait, TIMEOUT)
        assert await s.settle() == on_cpu
        assert s.gpu.samples == []
        assert s.iterations(s.mixed)[-1] <= on_gpu - 1
        s.gpu.gate.set()
        assert first(await s.pipe.outputs()) == 0


@pytest.mark.usefixtures("devices")
@pytest.mark.asyncio
async def test_synchronous_execution_waits_for_the_device() -> None:
    s = Staged(exec_async=False, prefetch_queue_depth={"cpu_size": 2, "gpu_size": 2})
    async with s.pipe:
        await s.pipe.schedule_run()
        assert s.iterations(s.gpu) == [0, 1]


@pytest.mark.usefixtures("devices")
@pytest.mark.parametrize("stage", ["cpu", "mixed", "gpu"])
@pytest.mark.parametrize("depth", [1, 3])
def test_a_failure_in_any_stage_reaches_the_consumer_in_its_turn(stage: str, depth: int) -> None:
    s = Staged(adali.sync.Pipeline, prefetch_queue_depth=depth)
    getattr(s, stage).fail["sample"] = {1002}
    assert first(s.pipe.run()) == 0
    with pytest.raises(OperatorError, match="bad value 1002") as info:
        s.pipe.run()
    error = info.value
    assert (error.name, error.iteration, error.sample) == (f"on {stage}", 1, 2)
    assert isinstance(error.__cause__, ValueError)
    assert error.line is not None
    assert error.line.filename == __file__
    assert [first(s.pipe.run()) for _ in range(3)] == [2000, 3000, 4000]
    failures = {t.name: t.failures for t in s.pipe.stats().stages}
    assert sum(failures.values()) == 1


@pytest.mark.usefixtures("devices")
def test_an_epoch_of_nothing_but_bad_rows_does_not_reach_the_device() -> None:
    probe, gpu = Probe(limit=4), Probe()
    probe.fail["row"] = {0, 1, 2, 3}
    pipe = pipeline(
        lambda: node("Step", node("Rows", probe=probe).gpu(), probe=gpu, device="gpu"), device_id=0, on_error="skip"
    )
    assert list(pipe) == []
    assert gpu.samples == []


@pytest.mark.usefixtures("devices")
@pytest.mark.asyncio
async def test_reset_while_the_device_is_busy() -> None:
    s = Staged(prefetch_queue_depth={"cpu_size": 2, "gpu_size": 1}, limit=4)
    async with s.pipe:
        assert first(await s.pipe.run()) == 0
        await s.settle()
        s.gpu.gate.clear()
        s.gpu.entered.clear()
        waiting = asyncio.create_task(_call(s.pipe.run))
        assert await asyncio.to_thread(s.gpu.entered.wait, TIMEOUT)
        reset = asyncio.create_task(_call(lambda: s.pipe._executor.reset(abandon=True)))
        await anyio.wait_all_tasks_blocked()
        s.gpu.gate.set()
        await reset
        assert s.source.resets == 1
        assert first(await waiting) in (0, 1000)
        rest = [first(o) async for o in s.pipe]
        assert rest == sorted(rest)


async def _call(function: Any) -> Any:
    return await function()


@pytest.mark.asyncio
@pytest.mark.parametrize("stage", ["cpu", "mixed", "gpu"])
async def test_close_while_a_stage_is_busy(stage: str, devices: list[HostDevice]) -> None:
    s = Staged(prefetch_queue_depth=3)
    probe: Probe = getattr(s, stage)
    probe.gate.clear()
    await s.pipe.schedule_run()
    assert await asyncio.to_thread(probe.entered.wait, TIMEOUT)
    closing = asyncio.create_task(_call(s.pipe.aclose))
    await anyio.wait_all_tasks_blocked()
    assert not closing.done()
    probe.gate.set()
    await closing
    assert engine_threads() == []
    assert devices[0].closed == 1
    assert s.source.closed == 1


@pytest.mark.usefixtures("devices")
def test_a_batch_goes_to_the_device_and_back() -> None:
    def build() -> Any:
        x = node("Source", probe=Probe())
        y = x.gpu()
        assert (y.device, y.gpu(), x.cpu()) == ("gpu", y, x)
        z = y.cpu()
        assert z.device == "cpu"
        return y, z

    pipe = pipeline(build, device_id=0)
    y, z = pipe.run()
    assert y.as_array().tolist() == z.as_array().tolist() == [0, 1, 2]
    assert [t.name for t in pipe.stats().stages] == ["reader", "cpu", "mixed", "gpu"]


def test_the_host_cannot_read_device_memory() -> None:
    def cpu_from_gpu() -> Any:
        return node("Extra", node("Source", probe=Probe()).gpu())

    def argument_from_gpu() -> Any:
        x = node("Source", probe=Probe())
        return node("Extra", x, value=x.gpu())

    with pytest.raises(GraphError, match=r"takes a CPU batch as input 0.*Call \.cpu\(\)"):
        pipeline(cpu_from_gpu)
    with pytest.raises(GraphError, match="'value' must be a CPU node"):
        pipeline(argument_from_gpu)


@pytest.mark.parametrize("cls", [adali.Pipeline, adali.sync.Pipeline])
@pytest.mark.parametrize("device_id", [None, 0])
def test_without_a_device_the_build_says_why_and_what_to_install(cls: Any, device_id: int | None) -> None:
    probe = Probe()
    pipe = pipeline(lambda: node("Source", probe=probe).gpu(), cls, device_id=device_id)

    def build() -> None:
        if cls is adali.Pipeline:
            asyncio.run(_call(pipe.build))
        else:
            pipe.build()

    if device_id is None:
        with pytest.raises(DeviceUnavailableError, match="made with device_id=None"):
            build()
    else:
        with pytest.raises(DeviceUnavailableError, match="GPU") as info:
            build()
        if importlib.util.find_spec("cupy") is None:
            assert "CuPy cannot be imported" in str(info.value)
            assert "pip install adali[cuda12]" in str(info.value)
    assert probe.closed == 1, "the operators made before are closed"
    assert engine_threads() == []


def test_a_cpu_pipeline_imports_nothing_of_cuda() -> None:
    code = """
import sys, numpy as np, adali, adali.sync, adali.fn as fn
pipe = adali.sync.Pipeline(batch_size=2, num_threads=1, device_id=None)
with pipe:
    pipe.set_outputs(fn.cast(fn.constant(fdata=[1.0, 2.0]), dtype=adali.types.INT32))
pipe.build()
assert pipe.run()[0].as_array().tolist() == [[1, 2], [1, 2]]
pipe.close()
bad = [m for m in sys.modules if m.split(".")[0] in ("cupy", "torch", "jax") or m.startswith("numba.cuda")]
assert not bad, bad
"""
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, timeout=50)
    assert done.returncode == 0, done.stderr
