"""The decoders with ``device="mixed"``: the golden cases of the CPU decoders, failures and policies."""

from __future__ import annotations

import itertools
import zlib
from collections.abc import Callable
from pathlib import Path
from typing import Any

import emulated
import numpy as np
import pytest
from on_gpu import REAL, test_module

import adali.sync
from adali import fn, types
from adali.data import TensorListGPU
from adali.errors import DeviceFaultError, OperatorError

decoders = test_module("test_decoders")
FILES = decoders.FILES
JPEG, PNG = FILES["file jpeg"], FILES["file png"]


def run(op: str, batch: list[Any], windows: list[list[Any]] = [], **kwargs: Any) -> list[Any]:  # noqa: B006
    """Samples of a decoder on the device."""
    pipe = adali.sync.Pipeline(batch_size=len(batch), num_threads=2, device_id=0, seed=1)
    try:
        with pipe:
            call: Any = fn
            for part in op.split("."):
                call = getattr(call, part)
            inputs = [fn.external_source(itertools.repeat(given)) for given in (batch, *windows)]
            pipe.set_outputs(call(*inputs, device="mixed", **{"jpeg_fancy_upsampling": True, **kwargs}))
        (out,) = pipe.run()
        assert type(out) is TensorListGPU
        assert out.layout() == "HWC"
        host = out.as_cpu()
        return [host.at(i) for i in range(len(batch))]
    finally:
        pipe.close()


#: ``use_fast_idct`` is for the CPU.
VARIANTS = {
    name: case
    for name, case in decoders.VARIANTS.items()
    if case[0] != "peek_image_shape" and "use_fast_idct" not in case[1]
}


@pytest.mark.parametrize("variant", VARIANTS)
def test_tiny_files_equal_dali(variant: str, gpu: Any) -> None:
    """Every golden case of the CPU decoders; all files of a variant in one batch."""
    op, kwargs = VARIANTS[variant]
    names = [name for name in decoders.NAMES if f"{name}#{variant}" in FILES]
    kwargs = {k: decoders.run_arrays.__globals__["value"](v) for k, v in kwargs.items()}
    for name, got in zip(names, run(op, [FILES[f"file {name}"] for name in names], **kwargs), strict=True):
        want = FILES[f"{name}#{variant}"]
        assert (got.dtype, got.shape) == (want.dtype, want.shape), name
        if REAL:  # nvJPEG rounds otherwise than libjpeg
            limit = 0.01 if want.dtype.kind == "f" else float(np.iinfo(want.dtype).max) / 100
            assert np.abs(got.astype(np.float64) - want).mean() <= limit, name
        elif name.endswith("-16") and variant in ("gray", "crop-hw"):
            np.testing.assert_allclose(got.astype(int), want.astype(int), atol=1, err_msg=name)
        else:
            np.testing.assert_array_equal(got, want, err_msg=name)


@decoders.needs_shared
@pytest.mark.parametrize("most", [50_000, pytest.param(1 << 40, marks=pytest.mark.long)])
def test_shared_files_equal_dali(most: int, gpu: Any) -> None:
    """What DALI refuses is refused, with the CPU decoder's words; all else has the same pixels."""
    known = {p: sums for p, sums in decoders.SUMS.items() if (decoders.SHARED / p).stat().st_size <= most}
    for variant in ("rgb", "any"):
        op, kwargs = VARIANTS[variant]
        kwargs = {k: decoders.run_arrays.__globals__["value"](v) for k, v in kwargs.items()}
        paths = [p for p, sums in known.items() if sums.get(variant, "error") != "error"]
        assert len(paths) > 20
        batch = [np.fromfile(decoders.SHARED / path, np.uint8) for path in paths]
        for path, got in zip(paths, run(op, batch, **kwargs), strict=True):
            want = known[path][variant]
            assert [list(got.shape), got.dtype.name] == want[:2], path
            assert REAL or zlib.crc32(np.ascontiguousarray(got)) == want[2], path
    for path in [p for p, sums in known.items() if sums.get("rgb") == "error"]:
        data = np.fromfile(decoders.SHARED / path, np.uint8)
        messages = []
        for decode in (lambda d: run("decoders.image", [d]), lambda d: decoders.decode(d, "rgb")):
            with pytest.raises(OperatorError) as info:
                decode(data)
            messages.append(str(info.value.__cause__))
        assert messages[0] == messages[1], path


@pytest.mark.parametrize("orientation", range(1, 9))
def test_orientations(orientation: int, gpu: Any) -> None:
    data = FILES[f"file jpeg-exif-{orientation}"]
    (upright,) = run("decoders.image", [data])
    (stored,) = run("decoders.image", [data], adjust_orientation=False)
    (part,) = run("decoders.image_slice", [data], start=[3, 2], shape=[8, 10], axes=[0, 1])
    for got, variant in ((upright, "rgb"), (stored, "as-stored")):
        want = decoders.decode(data, variant)
        assert got.shape == want.shape
        assert np.abs(got.astype(int) - want).mean() <= (2 if REAL else 0)
    assert np.abs(part.astype(int) - upright[3:11, 2:12]).mean() <= (2 if REAL else 0)


def test_random_and_given_windows_are_those_of_the_cpu(gpu: Any) -> None:
    batch = [JPEG, FILES["file jpeg-exif-6"], PNG]
    ((want, _),) = decoders.run_arrays("decoders.image_random_crop", [batch], [""], {"random_area": [0.2, 0.9]})
    for got, expected in zip(run("decoders.image_random_crop", batch, random_area=[0.2, 0.9]), want, strict=True):
        assert got.shape == expected.shape
        assert np.abs(got.astype(int) - expected).mean() <= (2 if REAL else 0)
    windows = [[np.array([4, 3], np.int32)], [np.array([10, 7], np.int32)]]
    (got,) = run("decoders.image_slice", [JPEG], windows)
    assert np.abs(got.astype(int) - decoders.decode(JPEG, "rgb")[3:10, 4:14]).mean() <= (2 if REAL else 0)


@pytest.mark.parametrize(
    "name", ["image_decoder", "experimental.decoders.image", "legacy.decoders.image", "decoders.image"]
)
def test_names(name: str, gpu: Any) -> None:
    if name.startswith("legacy") and not hasattr(fn, "legacy"):
        pytest.skip("there is no fn.legacy")
    (got,) = run(name, [JPEG])
    assert got.shape == decoders.decode(JPEG, "rgb").shape


# ---- what the device's decoder refuses, and what nobody decodes ------------------------------------------------------


@pytest.mark.skipif(REAL, reason="tells the emulated decoder what to refuse")
@pytest.mark.parametrize("kwargs", [{}, {"dtype": types.FLOAT}, {"output_type": types.YCbCr}])
def test_what_the_device_refuses_is_decoded_on_the_host(kwargs: Any, gpu: Any) -> None:
    emulated.codec.Decoder.refused = {"png"}
    for got, data in zip(run("decoders.image", [PNG, JPEG, PNG], **kwargs), [PNG, JPEG, PNG], strict=True):
        given = {k: f"types.{v.name}" for k, v in kwargs.items()}
        ((want, _),) = decoders.run_arrays("decoders.image", [[data]], [""], given)
        np.testing.assert_array_equal(got, want[0])


@pytest.mark.skipif(REAL, reason="tells the emulated decoder what to refuse")
@pytest.mark.parametrize("kwargs", [{}, {"dtype": types.FLOAT}])
def test_a_library_that_decodes_into_its_own_memory(kwargs: Any, gpu: Any) -> None:
    emulated.Settings.jitter = 0.001
    emulated.codec.Decoder.own_memory, emulated.codec.Decoder.refused = True, {"png"}
    batch = [JPEG, PNG, FILES["file jpeg-exif-6"]]
    for got, data in zip(run("decoders.image", batch, **kwargs), batch, strict=True):
        given = {k: f"types.{v.name}" for k, v in kwargs.items()}
        ((want, _),) = decoders.run_arrays("decoders.image", [[data]], [""], given)
        np.testing.assert_array_equal(got, want[0])


@pytest.mark.skipif(REAL, reason="looks into the emulated decoder")
def test_arguments_reach_the_decoder(gpu: Any) -> None:
    run("decoders.image", [JPEG], hw_decoder_load=0.25, hybrid_huffman_threshold=7, preallocate_width_hint=640,
        preallocate_height_hint=480, device_memory_padding=1, host_memory_padding=2, device_memory_padding_jpeg2k=3,
        host_memory_padding_jpeg2k=4)  # fmt: skip
    ((device, threads, backends, options),) = emulated.codec.Decoder.made
    assert (device, threads, len(backends)) == (0, 2, 4)
    assert backends[0].load_hint == 0.25
    assert set(options.split()) == {
        ":fancy_upsampling=1",
        "nvjpeg_cuda_decoder:hybrid_huffman_threshold=7",
        "nvjpeg_cuda_decoder:device_memory_padding=1",
        "nvjpeg_cuda_decoder:host_memory_padding=2",
        "nvjpeg2k_cuda_decoder:device_memory_padding=3",
        "nvjpeg2k_cuda_decoder:host_memory_padding=4",
        "nvjpeg_hw_decoder:preallocate_width_hint=640",
        "nvjpeg_hw_decoder:preallocate_height_hint=480",
        "nvjpeg_hw_decoder:preallocate_batch_size=1",
    }
    emulated.codec.Decoder.made.clear()
    run("decoders.image", [JPEG], hw_decoder_load=0.0)
    assert len(emulated.codec.Decoder.made[0][2]) == 3


DAMAGES: dict[str, Callable[[], Any]] = {
    "empty": lambda: np.empty(0, np.uint8),
    "text": lambda: np.frombuffer(b"this is no image, whatever its name says", np.uint8),
    "cut": lambda: JPEG[: len(JPEG) * 2 // 3].copy(),
    "cut png": lambda: PNG[: len(PNG) * 2 // 3].copy(),
    "type": lambda: JPEG.astype(np.int16),
}


def names_of(error: OperatorError) -> tuple[Any, ...]:
    return error.operator, error.sample, error.iteration, str(error.__cause__)


@pytest.mark.parametrize("damage", DAMAGES)
def test_an_error_is_that_of_the_cpu_decoder(damage: str, gpu: Any) -> None:
    seen = []
    for device in ("cpu", "mixed"):
        kind = DAMAGES[damage]().dtype
        batch = [JPEG.astype(kind), DAMAGES[damage]()] if damage != "type" else [DAMAGES[damage]()] * 2
        pipe = adali.sync.Pipeline(batch_size=2, num_threads=1, device_id=0)
        with pipe:
            pipe.set_outputs(fn.decoders.image(fn.external_source(itertools.repeat(batch)), device=device))
        with pytest.raises(OperatorError) as info:
            pipe.run()
        pipe.close()
        assert info.value.line is not None
        assert info.value.line.filename == __file__
        seen.append(names_of(info.value))
    assert seen[0] == seen[1]


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """Ten JPEGs of other sizes by their number; the third and the seventh are cut."""
    import cv2

    for k in range(10):
        fine, data = cv2.imencode(".jpg", np.full((10 + k, 16, 3), 20 * k, np.uint8))
        assert fine
        content = data.tobytes()
        (tmp_path / f"{k}.jpg").write_bytes(content if k not in (2, 6) else content[: len(content) // 2])
    return tmp_path


@pytest.mark.parametrize("policy", ["skip", "replace"])
def test_the_policy_is_that_of_the_cpu_decoder(policy: str, folder: Path, gpu: Any) -> None:
    """With readers a place is filled with the next sample, in the same order as on the CPU, whatever runs ahead."""
    seen = []
    for device in ("cpu", "mixed"):
        pipe = adali.sync.Pipeline(batch_size=4, num_threads=2, device_id=0, prefetch_queue_depth=3, on_error=policy)
        with pipe:
            files, labels = fn.readers.file(
                files=[str(folder / f"{k}.jpg") for k in range(10)], labels=list(range(10)), name="reader"
            )
            images = fn.decoders.image(files, device=device)
            tops = fn.crop(images, crop=[10, 16], crop_pos_y=0.0)
            pipe.set_outputs(images, labels, tops)
        found: list[Any] = []
        for _ in range(5):
            images, labels, tops = pipe.run()
            shapes = images.shape()
            assert [s[0] - 10 for s in shapes] == labels.as_array().ravel().tolist()
            assert len(tops) == len(labels)
            found.append(labels.as_array().ravel().tolist())
        errors = pipe.stats().errors
        assert {e.operator for e in errors} == {"decoders__Image"}
        found.append(sorted((e.iteration, e.sample, str(e.source)) for e in errors if e.iteration < 5))
        pipe.close()
        seen.append(found)
    assert seen[0] == seen[1]


def run_often(pipe: Any) -> None:
    for _ in range(4):
        pipe.run()


@pytest.mark.skipif(REAL, reason="plants a fault")
@pytest.mark.parametrize("policy", ["raise", "skip", "replace"])
@pytest.mark.parametrize("stage", ["decode", "h2d", "gather"])
def test_no_policy_hides_a_fault_of_the_device(policy: str, stage: str, gpu: Any) -> None:
    emulated.Settings.jitter = 0.001
    pipe = adali.sync.Pipeline(batch_size=2, num_threads=2, device_id=0, on_error=policy)
    with pipe:
        images = fn.decoders.image(fn.external_source(lambda: [JPEG, PNG]), device="mixed")
        pipe.set_outputs(fn.crop(images, crop=[5, 5]))
    pipe.run()
    emulated.Settings.fail = {stage}
    with pytest.raises((DeviceFaultError, OperatorError), match="planted fault"):
        run_often(pipe)
    with pytest.raises((DeviceFaultError, OperatorError), match="cudaErrorLaunchFailure"):
        pipe.run()
    pipe.close()


@pytest.mark.skipif(REAL, reason="uses the race checker")
def test_a_missing_wait_behind_the_decoder_is_caught(gpu: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    emulated.Settings.jitter = 0.001
    monkeypatch.setattr(emulated.Stream, "wait_event", lambda self, event: None)
    pipe = adali.sync.Pipeline(batch_size=2, num_threads=2, device_id=0)
    with pipe:
        images = fn.decoders.image(fn.external_source(lambda: [JPEG, PNG]), device="mixed")
        pipe.set_outputs(fn.crop(images, crop=[5, 5]))
    with pytest.raises(OperatorError, match="no event orders the two"):
        run_often(pipe)
    pipe.close()


def test_videos_are_decoded_by_the_host_and_copied(gpu: Any) -> None:
    """Ragged batches, per-sample arguments, and a video that is none, under skip."""
    pytest.importorskip("av", reason="PyAV is in the extra video")
    beyond = test_module("test_video_beyond")
    one, other = (beyond.data(name) for name in ("h264.mp4", "mjpeg.avi"))

    def frames(device: str, encoded: list[Any], policy: str = "raise") -> list[Any]:
        pipe = adali.sync.Pipeline(batch_size=2, num_threads=2, device_id=0, on_error=policy)
        with pipe:
            videos = fn.external_source(itertools.repeat(encoded))
            first = fn.external_source(itertools.repeat([np.int32(1), np.int32(2)]))
            out = fn.decoders.video(videos, start_frame=first, end_frame=5, device=device)
            pipe.set_outputs(out if device == "cpu" else out + np.uint8(0))
        try:
            (got,) = pipe.run()
            assert got.layout() == "FHWC"
            assert (type(got) is TensorListGPU) is (device == "mixed")
            host = got if device == "cpu" else got.as_cpu()
            return [host.at(i) for i in range(len(host))]
        finally:
            pipe.close()

    for got, want in zip(frames("mixed", [one, other]), frames("cpu", [one, other]), strict=True):
        np.testing.assert_array_equal(got, want)
    with pytest.raises(OperatorError, match="decoders__Video"):
        frames("mixed", [one, other[:40]])
    bad = frames("mixed", [one, other[:40]], "replace")
    np.testing.assert_array_equal(bad[0], frames("cpu", [one, one])[0])


@pytest.mark.parametrize("policy", ["raise", "skip"])
def test_videos_that_are_fed(gpu: Any, policy: str) -> None:
    """experimental.inputs.video on the device: the sequences of the CPU, the short last batch included."""
    pytest.importorskip("av", reason="PyAV is in the extra video")
    beyond = test_module("test_video_beyond")

    def batches(device: str) -> list[list[Any]]:
        pipe = adali.sync.Pipeline(batch_size=2, num_threads=2, device_id=0, on_error=policy, prefetch_queue_depth=1)
        with pipe:
            pipe.set_outputs(fn.experimental.inputs.video(name="v", sequence_length=4, device=device))
        pipe.build()
        try:
            pipe.feed_input("v", [beyond.data("mjpeg.avi")])
            given = []
            for _ in range(2):
                (got,) = pipe.run()
                host = got if device == "cpu" else got.as_cpu()
                given.append([host.at(i) for i in range(len(host))])
            return given
        finally:
            pipe.close()

    for got, want in zip(batches("mixed"), batches("cpu"), strict=True):
        assert len(got) == len(want)
        for a, b in zip(got, want, strict=True):
            np.testing.assert_array_equal(a, b)
