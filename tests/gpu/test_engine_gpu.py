"""The engine's GPU path on the emulated device: order, waiting, memory, devices."""

from __future__ import annotations

import asyncio
import threading
from typing import Any

import emulated
import numpy as np
import pytest

import adali
import adali.sync
from adali import fn, types
from adali.engine.cuda import CudaDevice
from adali.errors import DeviceFaultError, DeviceUnavailableError, OperatorError
from adali.graph.schema import registry
from adali.operators.base import Operator

TIMEOUT = 60


def images(iteration: int, count: int = 4) -> list[Any]:
    rng = np.random.default_rng(iteration)
    return [rng.integers(0, 256, (9 + k, 8, 3), dtype=np.uint8) for k in range(count)]


def normalized(image: Any) -> Any:
    return (image[:8].astype(np.float32) - 10) * np.float32(0.5)


class Counting:
    """A source of batches that says in which iteration it is."""

    def __init__(self, limit: int = 1 << 30) -> None:
        self.iteration, self.limit = -1, limit

    def __call__(self) -> list[Any]:
        if self.iteration + 1 >= self.limit:
            raise StopIteration
        self.iteration += 1
        return images(self.iteration)


def pipeline(cls: Any = adali.Pipeline, device_id: int = 0, limit: int = 1 << 30, **kwargs: Any) -> Any:
    """Host -> device -> crop_mirror_normalize, with the input beside it."""
    pipe = cls(batch_size=4, num_threads=2, device_id=device_id, **{"prefetch_queue_depth": 2, **kwargs})
    with pipe:
        x = fn.external_source(Counting(limit), layout="HWC")
        y = fn.crop_mirror_normalize(x.gpu(), crop=[8, 8], crop_pos_y=0.0, mean=[10.0], std=[2.0], output_layout="HWC")
        pipe.set_outputs(y)
    return pipe


def check(outputs: Any, iteration: int) -> None:
    (y,) = outputs
    back = y.as_cpu()
    for k, image in enumerate(images(iteration)):
        np.testing.assert_allclose(back.at(k), normalized(image), rtol=1e-6)


#: Threads that were there before the test.
before: set[threading.Thread] = set()


def threads() -> list[str]:
    return [t.name for t in threading.enumerate() if t.name.startswith("adali") and t not in before]


@pytest.fixture(autouse=True)
def jitter(gpu: Any) -> None:
    emulated.Settings.jitter = 0.001
    before.clear()
    before.update(threading.enumerate())


@pytest.mark.parametrize("depth", [1, 3, {"cpu_size": 2, "gpu_size": 3}])
def test_batches_come_complete_and_in_order(depth: Any) -> None:
    pipe = pipeline(adali.sync.Pipeline, prefetch_queue_depth=depth)
    for k in range(8):
        check(pipe.run(), k)
    pipe.close()
    assert threads() == []


@pytest.mark.asyncio
async def test_the_loop_is_free_while_the_device_is_busy(gpu: Any) -> None:
    async with pipeline() as pipe:
        check(await pipe.run(), 0)
        await pipe._executor.completed(2)
        gate = emulated.block(pipe._executor.device._stages["gpu"].stream)
        check_one = await pipe.run()  # it was enqueued before
        assert len(check_one) == 1
        waiting = asyncio.ensure_future(_run(pipe))
        await asyncio.sleep(0)
        assert not waiting.done()
        gate.set()
        check(await asyncio.wait_for(waiting, TIMEOUT), 2)


async def _run(pipe: Any) -> Any:
    return await pipe.run()


@pytest.mark.asyncio
async def test_with_a_stream_the_outputs_come_before_they_are_ready(gpu: Any) -> None:
    mine = gpu.cuda.Stream(non_blocking=True)
    async with pipeline() as pipe:
        await pipe.run(mine)
        await pipe._executor.completed(2)
        gate = emulated.block(pipe._executor.device._stages["gpu"].stream)
        # One that had been enqueued before the gate, and one behind it: none of the calls waits for the device.
        for _ in range(2):
            (y,) = await asyncio.wait_for(_run_on(pipe, mine), TIMEOUT)
        with mine:
            sums = y.at(0)._array + 1.0
        assert not mine.done
        gate.set()
        np.testing.assert_allclose(sums.get(stream=mine), normalized(images(2)[0]) + 1, rtol=1e-6)


async def _run_on(pipe: Any, stream: Any) -> Any:
    return await pipe.run(stream)


@pytest.mark.asyncio
async def test_a_cancelled_wait_loses_nothing(gpu: Any) -> None:
    async with pipeline() as pipe:
        check(await pipe.run(), 0)
        await pipe._executor.completed(2)
        gate = emulated.block(pipe._executor.device._stages["gpu"].stream)
        await pipe.run()
        waiting = asyncio.ensure_future(_run(pipe))
        await asyncio.sleep(0)
        waiting.cancel()
        with pytest.raises(asyncio.CancelledError):
            await waiting
        gate.set()
        check(await pipe.run(), 2)


def test_memory_is_used_again_and_views_stay_valid(gpu: Any) -> None:
    pipe = pipeline(adali.sync.Pipeline)
    kept = [pipe.run()[0] for _ in range(3)]
    for _ in range(12):
        pipe.run()
    blocks = sum(len(free) for free in emulated.memory.pool.free.values())
    for _ in range(20):
        pipe.run()
    assert sum(len(free) for free in emulated.memory.pool.free.values()) <= blocks + 8
    for k, batch in enumerate(kept):
        check((batch,), k)
    pipe.close()


def test_several_pipelines_and_devices(gpu: Any) -> None:
    pipes = [pipeline(adali.sync.Pipeline, device_id=d) for d in (0, 0, 1)]
    for k in range(4):
        for pipe, device_id in zip(pipes, (0, 0, 1), strict=True):
            (y,) = pipe.run()
            assert y.device_id() == device_id
            with gpu.cuda.Device(device_id):
                check((y,), k)
    for pipe in pipes:
        pipe.close()
    assert threads() == []


def test_streams_have_the_priority_that_was_asked_for(gpu: Any) -> None:
    pipe = pipeline(adali.sync.Pipeline, default_cuda_stream_priority=-1)
    pipe.build()
    assert {s.stream.priority for s in pipe._executor.device._stages.values()} == {-1}
    pipe.close()


def test_a_cpu_operator_behind_the_device(gpu: Any) -> None:
    pipe = adali.sync.Pipeline(batch_size=4, num_threads=2, device_id=0)
    with pipe:
        x = fn.external_source(Counting(), layout="HWC").gpu()
        y = fn.crop(x, crop=[8, 8]).cpu()
        pipe.set_outputs(fn.jpeg_compression_distortion(y, quality=90, device="cpu"), y, fn.flip(y.gpu()))
    for _ in range(3):
        distorted, y, flipped = pipe.run()
        np.testing.assert_array_equal(y.as_array()[:, :, ::-1], flipped.as_cpu().as_array())
        assert distorted.as_array().shape == (4, 8, 8, 3)
    pipe.close()


def test_an_epoch_ends(gpu: Any) -> None:
    pipe = pipeline(adali.sync.Pipeline, limit=3)
    assert len([check(batch, k) for k, batch in enumerate(pipe)]) == 3
    pipe.close()


def test_an_error_names_operator_line_and_sample(gpu: Any) -> None:
    pipe = adali.sync.Pipeline(batch_size=4, num_threads=2, device_id=0)
    with pipe:
        pipe.set_outputs(fn.crop(fn.external_source(Counting(), layout="HWC").gpu(), crop=[10, 8], name="cut"))
    with pytest.raises(OperatorError, match="leaves the input") as info:
        pipe.run()
    assert (info.value.name, info.value.sample, info.value.iteration) == ("cut", 0, 0)
    assert info.value.line is not None
    assert info.value.line.filename == __file__
    pipe.close()


@pytest.mark.parametrize("policy", ["skip", "replace"])
@pytest.mark.parametrize("branch", [False, True])
def test_a_policy_reaches_the_gpu_stage(policy: str, branch: bool, gpu: Any) -> None:
    """A sample that an operator's arguments refuse is replaced as on the CPU; in a branch too, where places shift."""
    seen = []
    for device in ("cpu", "gpu"):

        @adali.sync.pipeline_def(batch_size=4, num_threads=2, device_id=0, enable_conditionals=True, on_error=policy)
        def build(device: str = device) -> Any:
            x = fn.external_source(Counting(), layout="HWC")
            tall = fn.reductions.sum(x.shape()) % 2 == 0  # every other sample
            image = x.gpu() if device == "gpu" else x
            if not branch:
                return fn.crop(image, crop=[10, 8]), x
            if tall:  # noqa: SIM108
                y = fn.crop(image, crop=[11, 8])  # too much for the first sample, or for the second as well
            else:
                y = fn.crop(image, crop=[5, 8])
            return y, x

        pipe = build()
        batches = []
        for _ in range(4):
            y, x = pipe.run()
            host = y.as_cpu() if device == "gpu" else y
            batches.append([(host.at(i).tobytes(), x.at(i).tobytes()) for i in range(len(x))])
        errors = [e for e in pipe.stats().errors if e.iteration < 4]
        assert errors
        seen.append((batches, sorted((e.iteration, e.sample, e.operator, str(e.__cause__)) for e in errors)))
        pipe.close()
    assert seen[0] == seen[1]


def test_a_batch_that_no_policy_can_save(gpu: Any) -> None:
    pipe = adali.sync.Pipeline(batch_size=4, num_threads=2, device_id=0, on_error="replace")
    with pipe:
        pipe.set_outputs(fn.crop(fn.external_source(Counting(), layout="HWC").gpu(), crop=[50, 8]))
    with pytest.raises(OperatorError, match="leaves the input"):
        pipe.run()
    pipe.close()
    assert threads() == []


def test_an_operator_without_a_gpu_kernel_is_refused_by_name(gpu: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(registry["JpegCompressionDistortion"][1], "run_gpu", Operator.run_gpu)
    pipe = adali.sync.Pipeline(batch_size=4, num_threads=2, device_id=0)
    with pipe:
        x = fn.external_source(Counting(), layout="HWC").gpu()
        pipe.set_outputs(fn.jpeg_compression_distortion(x, device="gpu"))
    with pytest.raises(DeviceUnavailableError, match=r"JpegCompressionDistortion.*no GPU kernel"):
        pipe.build()
    assert threads() == []


@pytest.mark.asyncio
async def test_closing_while_the_device_is_busy(gpu: Any) -> None:
    pipe = pipeline()
    await pipe.run()
    gate = emulated.block(pipe._executor.device._stages["gpu"].stream)
    closing = asyncio.ensure_future(_close(pipe))
    await asyncio.sleep(0)
    gate.set()
    await asyncio.wait_for(closing, TIMEOUT)
    assert threads() == []


async def _close(pipe: Any) -> None:
    await pipe.aclose()


# ---- planted faults -----------------------------------------------------------------------------------------------


def run_some(pipe: Any, count: int = 6) -> None:
    try:
        for k in range(count):
            check(pipe.run(), k)
    finally:
        pipe.close()


def test_a_missing_wait_event_is_caught(gpu: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(emulated.Stream, "wait_event", lambda self, event: None)
    with pytest.raises(OperatorError, match="no event orders the two") as info:
        run_some(pipeline(adali.sync.Pipeline))
    assert isinstance(info.value.__cause__, emulated.RaceError)


def test_an_output_returned_too_early_is_caught(gpu: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    """Without :meth:`CudaDevice.take_back` memory is free while the consumer's stream still reads it."""
    monkeypatch.setattr(CudaDevice, "take_back", lambda self, array, lending, more: None)
    mine = gpu.cuda.Stream(non_blocking=True)
    pipe = pipeline(adali.sync.Pipeline)

    def train() -> None:
        for _ in range(8):
            (y,) = pipe.run(mine)
            with mine:
                y.at(0)._array + 1.0
            del y

    gate = emulated.block(mine)
    try:
        with pytest.raises(OperatorError, match=r"'reuse of freed memory'.*no event orders"):
            train()
    finally:
        gate.set()
        pipe.close()


def test_memory_is_not_free_before_the_consumers_stream_has_passed(gpu: Any) -> None:
    """The same with it."""
    mine = gpu.cuda.Stream(non_blocking=True)
    pipe = pipeline(adali.sync.Pipeline)
    gate = emulated.block(mine)
    for _ in range(8):
        (y,) = pipe.run(mine)
        with mine:
            y.at(0)._array + 1.0
        del y
    gate.set()
    pipe.close()


def test_memory_is_not_free_before_a_consumer_by_dlpack_has_passed(gpu: Any) -> None:
    """Nobody told the pipeline of the stream; DLPack's consumer did."""
    mine = gpu.cuda.Stream(non_blocking=True)
    pipe = pipeline(adali.sync.Pipeline)
    gate = emulated.block(mine)
    for _ in range(8):
        (y,) = pipe.run()
        with mine:
            gpu.from_dlpack(y.at(0)) + 1.0
        del y
    gate.set()
    pipe.close()


def check_all(batches: list[Any]) -> None:
    for k, batch in enumerate(batches):
        check((batch,), k)


def test_pinned_memory_returned_too_early_is_caught(gpu: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    """Without the ledger the host overwrites what the device has yet to copy."""

    class Forgetful(list):  # type: ignore[type-arg]
        def append(self, item: Any) -> None:
            pass

        def __iadd__(self, items: Any) -> Any:
            return self

    from adali.engine import cuda

    def forget(self: Any) -> None:
        original(self)
        self.ledger = Forgetful()

    original = cuda.Flight.__init__
    monkeypatch.setattr(cuda.Flight, "__init__", forget)
    pipe = pipeline(adali.sync.Pipeline)
    pipe.build()
    gates = [emulated.block(stage.stream) for stage in pipe._executor.device._stages.values()]
    mine = gpu.cuda.Stream(non_blocking=True)
    batches = [pipe.run(mine)[0] for _ in range(2)]
    for gate in gates:
        gate.set()
    with pytest.raises((AssertionError, OperatorError, DeviceFaultError, emulated.CUDARuntimeError)):
        check_all(batches)
    pipe.close()


@pytest.mark.asyncio
async def test_a_stream_held_across_an_await_is_caught(gpu: Any) -> None:
    streams = [gpu.cuda.Stream(), gpu.cuda.Stream()]

    async def hold(stream: Any) -> None:
        with stream:
            await asyncio.sleep(0)
            gpu.empty(3, np.float32)

    results = await asyncio.gather(*map(hold, streams), return_exceptions=True)
    assert any("across an await" in str(r) for r in results)


def test_a_wrong_device_is_caught(gpu: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(CudaDevice, "use", lambda self: self.xp.cuda.Device(0).use())
    with pytest.raises((OperatorError, DeviceFaultError), match="device"):
        run_some(pipeline(adali.sync.Pipeline, device_id=1))


def repeat(function: Any, count: int) -> None:
    for _ in range(count):
        function()


@pytest.mark.parametrize(
    ("operation", "stage"), [("h2d", "mixed"), ("cmn_u8_f32", "gpu"), ("d2h", "gpu"), ("reuse of freed memory", "any")]
)
def test_a_device_fault_reaches_the_consumer(operation: str, stage: str, gpu: Any) -> None:
    pipe = adali.sync.Pipeline(batch_size=4, num_threads=2, device_id=0)
    with pipe:
        x = fn.external_source(Counting(), layout="HWC").gpu()
        y = fn.crop_mirror_normalize(x, crop=[8, 8], mean=[10.0], dtype=types.FLOAT)
        pipe.set_outputs(y, y.cpu())
    pipe.run()
    emulated.Settings.fail = {operation}
    with pytest.raises((DeviceFaultError, OperatorError), match="planted fault"):
        repeat(pipe.run, 4)
    with pytest.raises((DeviceFaultError, OperatorError), match="cudaErrorLaunchFailure"):  # it stays
        pipe.run()
    pipe.close()
    assert threads() == []
