"""Operators on the emulated device that have no golden cases: the CPU operators' own tests, run there."""

from __future__ import annotations

import itertools
from pathlib import Path
from typing import Any

import emulated
import numpy as np
import pytest
from on_gpu import everything_on_gpu, test_module

import adali.sync
from adali import fn, types
from adali.operators.generic import numba_function

single_file = test_module("test_single_file_readers")
gpu_only = test_module("test_gpu_only")


# ---- readers --------------------------------------------------------------------------------------------------------


@pytest.fixture(scope="module")
def runner(tmp_path_factory: pytest.TempPathFactory) -> Any:
    return single_file.file_run.Runner(adali.sync.Pipeline, fn, types, tmp_path_factory.mktemp("manifests"))


def numpy_cases() -> list[Any]:
    """All of them with --long, one in six else."""
    cases = [case for case in single_file.GOLDEN["single"] if case[0] == "numpy"]
    return [pytest.param(*c, marks=[pytest.mark.long] if k % 6 else []) for k, c in enumerate(cases)]


@pytest.mark.parametrize(("reader", "args", "expected"), numpy_cases())
def test_arrays_are_dalis(runner: Any, reader: str, args: dict[str, Any], expected: Any, gpu: Any) -> None:
    with everything_on_gpu() as ran:
        single_file.test_samples_are_dalis(runner, reader, args, expected)
    assert ran == {"readers__Numpy"} or expected is None


def test_shards_and_epochs(runner: Any, gpu: Any) -> None:
    for case in single_file.GOLDEN["epochs"]:
        if case[0] == "numpy":
            with everything_on_gpu() as ran:
                single_file.test_shards_padding_and_epochs_are_dalis(runner, *case)
            assert ran == {"readers__Numpy"}


def test_regions_fits_and_failures(gpu: Any) -> None:
    with everything_on_gpu() as ran:
        single_file.test_a_region_may_be_data_of_the_graph()
        single_file.test_arrays_that_do_not_fit_into_one_batch_fail_by_name()
        for path in sorted((single_file.FILES / "fits").glob("*.fits"))[::3]:
            single_file.test_fits_images_are_astropys(path)
        single_file.test_fits_outputs_types_and_errors()
    assert ran >= {"readers__Numpy", "experimental__readers__Fits"}


def test_a_reader_on_the_device_reads_ahead_and_is_resumed(gpu: Any) -> None:
    """Its batches go through the mixed stage; a checkpoint is the reader's, and files are closed once."""
    emulated.Settings.jitter = 0.001
    root = str(single_file.FILES / "numpy" / "kinds")
    names = [str(Path(root, f"{kind}.npy")) for kind in ("f4", "c", "f4")]
    pipe = adali.sync.Pipeline(batch_size=1, num_threads=1, device_id=0, enable_checkpointing=True)
    with pipe:
        data = fn.readers.numpy(files=names, device="gpu", name="reader")
        pipe.set_outputs(data, data * 2)
    pipe.build()
    wanted = itertools.cycle([np.load(name) for name in names])
    for _ in range(4):
        one, two = pipe.run()
        array = next(wanted)
        np.testing.assert_array_equal(one.as_cpu().at(0), array)
        np.testing.assert_array_equal(two.as_cpu().at(0), array * 2)
    assert pipe.reader_meta("reader")["epoch_size"] == 3
    checkpoint = pipe.checkpoint()
    pipe.close()

    again = adali.sync.Pipeline(
        batch_size=1, num_threads=1, device_id=0, enable_checkpointing=True, checkpoint=checkpoint
    )
    with again:
        data = fn.readers.numpy(files=names, device="gpu", name="reader")
        again.set_outputs(data, data * 2)
    one, _ = again.run()
    np.testing.assert_array_equal(one.as_cpu().at(0), next(wanted))
    again.close()


# ---- inflate and optical_flow ---------------------------------------------------------------------------------------


def test_inflate(gpu: Any) -> None:
    with everything_on_gpu() as ran:
        gpu_only.test_inflate(np.float32)
        gpu_only.test_inflate_chunks("offsets")
        gpu_only.test_inflate_chunks("both")
    assert "decoders__Inflate" in ran


def inflating(blocks: list[Any], shape: Any) -> Any:
    """A pipeline that inflates one block after another, one in each batch."""
    supply = iter(blocks)
    pipe = adali.sync.Pipeline(batch_size=1, num_threads=1, device_id=0, prefetch_queue_depth=1)
    with pipe:
        pipe.set_outputs(fn.decoders.inflate(fn.external_source(lambda: [next(supply)]).gpu(), shape=shape))
    return pipe


def test_what_is_no_block_is_refused(gpu: Any) -> None:
    data = gpu_only.deflate(np.arange(100, dtype=np.uint8))
    for size, message in ((90, "more than the 90 bytes"), (99, "holds 100 bytes"), (101, "holds 100 bytes")):
        pipe = inflating([data], [size])
        with pytest.raises(adali.OperatorError, match=message) as info:
            pipe.run()
        assert info.value.sample == 0
        pipe.close()
    pipe = inflating([data[:cut] for cut in range(len(data))], [100])
    for _ in data:
        with pytest.raises(adali.OperatorError, match=r"LZ4|holds \d+ bytes"):
            pipe.run()
    pipe.close()


def test_inflate_takes_what_the_library_makes_of_any_data(gpu: Any) -> None:
    """Long literals, long matches, near and far ones, and what does not shrink."""
    rng = np.random.default_rng(3)
    word = rng.integers(0, 256, 700, dtype=np.uint8)
    data = [
        np.zeros(5000, np.uint8),
        rng.integers(0, 256, 3000, dtype=np.uint8),
        np.tile(word[:3], 900),
        np.concatenate([word, rng.integers(0, 256, 400, dtype=np.uint8), word, word[5:]]),
        np.arange(1, dtype=np.uint8),
        rng.integers(0, 2, 20000, dtype=np.uint8),
    ]
    packed = [gpu_only.deflate(d) for d in data]
    pipe = adali.sync.Pipeline(batch_size=len(data), num_threads=1, device_id=0)
    with pipe:
        source = fn.external_source(lambda: packed)
        shape = fn.external_source(lambda: [np.int32(d.shape) for d in data])
        pipe.set_outputs(fn.decoders.inflate(source.gpu(), shape=shape))
    (out,) = pipe.run()
    for got, want in zip([out.as_cpu().at(i) for i in range(len(data))], data, strict=True):
        np.testing.assert_array_equal(got, want)
    pipe.close()


def test_damaged_blocks_stay_within_their_memory(gpu: Any) -> None:
    """Whatever is in a block: an error or other bytes, and nothing outside of the output."""
    rng = np.random.default_rng(5)
    block = gpu_only.deflate(np.tile(rng.integers(0, 256, 90, dtype=np.uint8), 3))
    damaged = []
    for _ in range(60):
        copy = block.copy()
        copy[rng.integers(0, len(copy), 3)] = rng.integers(0, 256, 3)
        damaged.append(copy)
    pipe = inflating(damaged, [270])
    refused = 0
    for _ in damaged:
        try:
            pipe.run()
        except adali.OperatorError as e:
            assert "LZ4" in str(e) or "holds" in str(e)  # noqa: PT017
            refused += 1
    assert 0 < refused < len(damaged)
    pipe.close()


def test_optical_flow(gpu: Any) -> None:
    with everything_on_gpu() as ran:
        gpu_only.test_optical_flow_finds_a_shift(1.0, (2.0, -1.0))
        gpu_only.test_optical_flow_hints()
        gpu_only.test_a_single_frame_has_no_flow()
    assert "OpticalFlow" in ran


# ---- numba_function -------------------------------------------------------------------------------------------------


class NumbaCuda:
    """In numba.cuda's place: runs a kernel's threads one after another, on the emulated stream."""

    def __init__(self) -> None:
        self.launches: list[Any] = []
        self.thread = 0

    def grid(self, axes: int) -> int:
        assert axes == 1
        return self.thread

    def as_cuda_array(self, array: Any, sync: bool = True) -> Any:
        assert not sync
        return array

    def external_stream(self, pointer: int) -> int:
        return pointer

    def jit(self, function: Any) -> Any:
        cuda = self

        class Kernel:
            def __getitem__(self, config: Any) -> Any:
                blocks, threads, stream = config
                cuda.launches.append((blocks, threads))
                assert stream == emulated.cupy.cuda.get_current_stream().ptr

                def launch(*arrays: Any) -> None:
                    views = [a._host() for a in arrays]

                    def run() -> None:
                        for cuda.thread in range(blocks[0] * threads[0]):
                            function(*views)

                    regions = [a._region() for a in arrays]
                    emulated.cupy.cuda.get_current_stream()._enqueue(run, "numba", regions[1:], regions[:1])

                return launch

        return Kernel()


def test_numba_function(gpu: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    cuda = NumbaCuda()
    monkeypatch.setattr(numba_function, "_numba_cuda", lambda: cuda)

    def add(out: Any, a: Any, b: Any) -> None:
        i = cuda.grid(1)
        if i < out.size:
            out.reshape(-1)[i] = a.reshape(-1)[i] + 2 * b.reshape(-1)[i]

    def double(out: Any, a: Any) -> None:
        i = cuda.grid(1)
        if i < out.size:
            out.reshape(-1)[i] = a.reshape(-1)[i] * 2

    def transposed(outs: Any, ins: Any) -> None:
        for s in range(len(outs[0])):
            outs[0][s][0] = ins[0][s][1]
            outs[0][s][1] = ins[0][s][0]

    batches = [[np.arange(n * 3, dtype=np.float32).reshape(n, 3) * k for n in (1, 4, 2)] for k in (1, 10)]
    two = {"in_types": [types.FLOAT] * 2, "ins_ndim": [2, 2]}
    more = {
        "out_types": [types.FLOAT],
        "outs_ndim": [2],
        "blocks": [3, 1, 1],
        "threads_per_block": [4, 1, 1],
        "device": "gpu",
    }
    pipe = adali.sync.Pipeline(batch_size=3, num_threads=1, device_id=0)
    with pipe:
        a, b = (fn.external_source(itertools.repeat(x)).gpu() for x in batches)
        pipe.set_outputs(
            fn.experimental.numba_function(a, run_fn=double, in_types=[types.FLOAT], ins_ndim=[2], **more),
            fn.experimental.numba_function(a, b, run_fn=add, setup_fn=transposed, **two, **more),
        )
    doubled, turned = (out.as_cpu() for out in pipe.run())
    for i in range(3):
        want = batches[0][i] + 2 * batches[1][i]
        np.testing.assert_array_equal(doubled.at(i), 2 * batches[0][i])
        np.testing.assert_array_equal(turned.at(i), want.reshape(want.shape[::-1]))
    assert set(cuda.launches) == {((3, 1, 1), (4, 1, 1))}
    pipe.close()


def test_numba_function_refuses(gpu: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    good = {
        "run_fn": lambda out, data: None,
        "in_types": [types.FLOAT],
        "ins_ndim": [1],
        "out_types": [types.FLOAT],
        "outs_ndim": [1],
        "blocks": [1, 1, 1],
        "threads_per_block": [1, 1, 1],
    }

    def build(**changed: Any) -> None:
        pipe = adali.sync.Pipeline(batch_size=1, num_threads=1, device_id=0)
        with pipe:
            x = fn.external_source(lambda: [np.zeros((1, 1), np.float32)]).gpu()
            pipe.set_outputs(fn.experimental.numba_function(x, device="gpu", **{**good, **changed}))
        try:
            pipe.run()
        finally:
            pipe.close()

    monkeypatch.setattr(numba_function, "_numba_cuda", NumbaCuda)
    with pytest.raises(adali.ArgumentError, match="blocks must be three positive numbers"):
        build(blocks=[1, 0, 1])
    with pytest.raises(adali.ArgumentError, match="threads_per_block must be three"):
        build(threads_per_block=None)
    with pytest.raises(adali.ArgumentError, match="batch_processing must be False"):
        build(batch_processing=True)
    with pytest.raises(adali.OperatorError, match="2 axes, but"):
        build()

    def missing() -> Any:
        raise ImportError("there is none")

    monkeypatch.setattr(numba_function, "_numba_cuda", missing)
    with pytest.raises(adali.ArgumentError, match=r"needs numba\.cuda.*there is none.*pip install"):
        build()
