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
from adali.graph.schema import registry
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


def test_a_reader_on_the_device_reads_ahead_and_is_resumed(gpu: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    """Its batches go through the mixed stage; a checkpoint is the reader's, and it is closed once."""
    cls = registry["readers__Numpy"][1]
    closed: list[Any] = []
    original = cls.close
    monkeypatch.setattr(cls, "close", lambda self: (closed.append(self), original(self)))
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
    assert len(closed) == 1

    again = adali.sync.Pipeline(
        batch_size=1, num_threads=1, device_id=0, enable_checkpointing=True, checkpoint=checkpoint
    )
    with again:
        data = fn.readers.numpy(files=names, device="gpu", name="reader")
        again.set_outputs(data, data * 2)
    one, _ = again.run()
    np.testing.assert_array_equal(one.as_cpu().at(0), next(wanted))
    again.close()


def test_videos(gpu: Any, tmp_path: Path) -> None:
    """The host decodes and the device resizes."""
    pytest.importorskip("av", reason="PyAV is in the extra video")
    beyond = test_module("test_video_beyond")
    with everything_on_gpu() as ran:
        beyond.test_the_older_arguments(tmp_path)
        beyond.test_parts_of_videos_in_lists(tmp_path, "1 3 7", {"file_list_frame_num": True}, [3, 4, 5, 6])
        beyond.test_shuffled_shards_are_the_whole(3)
        beyond.test_a_bad_video_is_one_sample_that_fails(tmp_path, "skip")
        beyond.test_resized_sequences_are_those_of_resize()
    assert {"readers__Video", "readers__VideoResize", "experimental__readers__Video"} <= ran


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


def test_a_sample_of_no_chunks_is_empty(gpu: Any) -> None:
    block = gpu_only.deflate(np.arange(9, dtype=np.uint8))
    for counts in ([0], [1, 0]):
        pipe = adali.sync.Pipeline(batch_size=len(counts), num_threads=1, device_id=0)
        with pipe:
            x = fn.external_source(itertools.repeat([block] * len(counts)))
            sizes = fn.external_source(itertools.repeat([np.full(n, len(block), np.int32) for n in counts]))
            pipe.set_outputs(fn.decoders.inflate(x.gpu(), shape=[9], chunk_sizes=sizes))
        (out,) = pipe.run()
        assert out.shape() == [(n, 9) for n in counts]
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


# ---- images ---------------------------------------------------------------------------------------------------------


def photo(height: int, width: int, channels: int = 3, dtype: Any = np.uint8, seed: int = 0) -> Any:
    """Something smooth with noise on it."""
    y, x = np.mgrid[0:height, 0:width][..., None]
    noise = np.random.default_rng(height * 1000 + width + seed).integers(-40, 40, (height, width, channels))
    image = np.clip(x * 3 + y * 5 + np.arange(channels) * 30 + noise, 0, 255)
    return (image * (257 if dtype is np.uint16 else 1)).astype(dtype)


def per_sample(values: list[Any]) -> Any:
    return fn.external_source(itertools.repeat([np.array(v) for v in values]))


SIZES = [(33, 50), (1, 1), (2, 2), (16, 16), (3, 40), (41, 4), (64, 5), (0, 7)]
IMAGES = [photo(*size) for size in SIZES]
VIDEOS = [np.stack([photo(*size, seed=k) for k in range(count)]) for size, count in (((9, 12), 3), ((20, 7), 1))]
MOSAICS = [photo(h, w, 1)[..., 0] for h, w in ((2, 8), (4, 4), (8, 8), (6, 30), (24, 34), (2, 2), (0, 2))]
CASES: dict[str, tuple[list[Any], str, Any]] = {
    "equalize": (IMAGES, "HWC", fn.equalize),
    "equalize of planes": ([v.transpose(0, 3, 1, 2) for v in VIDEOS], "FCHW", fn.equalize),
    "clahe": (
        [IMAGES[0], IMAGES[2], photo(20, 31, 1)],
        "HWC",
        lambda x, **d: fn.clahe(x, tiles_x=3, tiles_y=2, clip_limit=1.7, **d),
    ),
    "clahe of channels": (
        [IMAGES[1], IMAGES[4]],
        "HWC",
        lambda x, **d: fn.clahe(x, tiles_x=2, tiles_y=3, clip_limit=-1.0, luma_only=False, **d),
    ),
    "jpeg": (
        IMAGES,
        "HWC",
        lambda x, **d: fn.jpeg_compression_distortion(x, quality=per_sample([1, 10, 30, 49, 50, 75, 90, 100]), **d),
    ),
    "jpeg of frames": (
        VIDEOS,
        "FHWC",
        lambda x, **d: fn.jpeg_compression_distortion(x, quality=fn.per_frame(per_sample([[3, 60, 97], [20]])), **d),
    ),
    "grid_mask": (
        IMAGES,
        "HWC",
        lambda x, **d: fn.grid_mask(
            x,
            tile=per_sample([3, 5, 7, 9, 11, 13, 15, 4]),
            angle=per_sample([np.float32(0.2 * k) for k in range(8)]),
            ratio=0.45,
            shift_x=1.3,
            shift_y=-2.5,
            **d,
        ),
    ),
    **{
        f"debayer {name}": (
            mosaics,
            "HW",
            lambda x, n=name, m=mosaics, **d: fn.debayer(
                x, blue_position=per_sample([[k % 2, k // 2 % 2] for k in range(len(m))]), algorithm=n, **d
            ),
        )
        for name, mosaics in {
            "bilinear_ocv": MOSAICS,
            "edgeaware_ocv": [m.astype(np.uint16) * 257 for m in MOSAICS],
            "vng_ocv": MOSAICS,
            "gray_ocv": [m.astype(np.uint16) * 257 for m in MOSAICS],
        }.items()
    },
}


@pytest.mark.parametrize("name", CASES)
def test_ragged_images_come_out_as_from_the_cpu(name: str, gpu: Any) -> None:
    if hasattr(gpu, "_declare_accesses"):
        emulated.Settings.jitter = 0.0005
    images, layout, call = CASES[name]
    pipe = adali.sync.Pipeline(batch_size=len(images), num_threads=2, device_id=0)
    with pipe:
        x = fn.external_source(itertools.repeat(images), layout=layout)
        pipe.set_outputs(call(x, device="cpu"), call(x.gpu(), device="gpu"))
    for _ in range(2):
        there, here = pipe.run()
        back = here.as_cpu()
        assert back.layout() == there.layout()
        for i in range(len(images)):
            got, want = np.asarray(back.at(i)), np.asarray(there.at(i))
            assert (got.shape, got.dtype) == (want.shape, want.dtype)
            difference = np.abs(got.astype(int) - want.astype(int))
            # Halves are rounded otherwise by some of OpenCV's vector instructions.
            assert difference.max(initial=0) <= ("vng" in name)
    pipe.close()


def test_bins_of_clahe_count_on_the_device(gpu: Any) -> None:
    """Fewer bins are those of an image with fewer values."""
    image = photo(32, 48, 1)
    coarse = image // 64 * 64

    def run(data: Any, bins: int) -> Any:
        pipe = adali.sync.Pipeline(batch_size=1, num_threads=1, device_id=0)
        with pipe:
            x = fn.external_source(itertools.repeat([data]), layout="HWC").gpu()
            pipe.set_outputs(fn.clahe(x, tiles_x=2, tiles_y=2, clip_limit=0.0, bins=bins))
        (out,) = pipe.run()
        pipe.close()
        return np.asarray(out.as_cpu().at(0))

    np.testing.assert_array_equal(run(image, 4), run(coarse, 256))
    with pytest.raises(adali.ArgumentError, match="power of two"):
        run(image, 48)


def test_debayer_by_dalis_name(gpu: Any) -> None:
    mosaic = photo(12, 18, 1)
    pipe = adali.sync.Pipeline(batch_size=1, num_threads=1, device_id=0)
    with pipe:
        x = fn.external_source(itertools.repeat([mosaic]), layout="HWC").gpu()
        names = ("default_npp", "edgeaware_ocv")
        pipe.set_outputs(*[fn.debayer(x, blue_position=[0, 1], algorithm=name) for name in names])
    one, other = (o.as_cpu().as_array() for o in pipe.run())
    np.testing.assert_array_equal(one, other)
    pipe.close()


def test_what_does_not_fit_is_refused_by_sample(gpu: Any) -> None:
    for call, images, layout, message in (
        (fn.equalize, [IMAGES[0].astype(np.int16)], "HWC", "uint8"),
        (fn.jpeg_compression_distortion, [IMAGES[0], IMAGES[0][..., :2]], "HWC", "3 channels"),
        (lambda x: fn.debayer(x, blue_position=[0, 0]), [MOSAICS[0], MOSAICS[2][:, :7]], "HW", "even"),
        (lambda x: fn.debayer(x, blue_position=[2, 0]), [MOSAICS[0]], "HW", "2x2"),
        (lambda x: fn.grid_mask(x, tile=0), IMAGES[:1], "HWC", "positive"),
        (
            lambda x: fn.clahe(x, tiles_x=2, tiles_y=2, clip_limit=2.0),
            [IMAGES[0], IMAGES[0][..., :2]],
            "HWC",
            "1 or 3 channels",
        ),
    ):
        pipe = adali.sync.Pipeline(batch_size=len(images), num_threads=1, device_id=0)
        with pipe:
            pipe.set_outputs(call(fn.external_source(itertools.repeat(images), layout=layout).gpu()))
        with pytest.raises(adali.OperatorError, match=message) as info:
            pipe.run()
        assert info.value.sample in (None, len(images) - 1)
        pipe.close()
