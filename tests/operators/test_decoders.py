"""Image decoders against the real DALI: tiny files of the repository exactly, those of ../shared by checksums."""

from __future__ import annotations

import json
import math
import sys
import zlib
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from hypothesis import assume, given, settings
from hypothesis import strategies as st

import adali.sync
from adali import fn, types
from adali.errors import ArgumentError, OperatorError
from adali.graph.schema import registry
from adali.kernels.imagecodec import ImageDecodeError, backend_name
from adali.operators.base import OpEnv
from adali.operators.image._random_crop import RandomCrop

sys.path.insert(0, str(Path(__file__).parent.parent / "golden"))
from image_run import GOLDEN, load, run_arrays

sys.path.pop(0)

SHARED = Path(__file__).parents[3] / "shared" / "data"
FILES = load("image_files.npz")
VARIANTS: dict[str, Any] = json.loads(str(FILES["variants"]))
SUMS: dict[str, Any] = json.loads((GOLDEN / "image_decode.json").read_text())
NAMES = sorted(name[5:] for name in FILES if name.startswith("file "))
# Without nvImageCodec, OpenCV and simplejpeg decode; JPEG and lossless formats are the same there.
FALLBACK_DIFFERS = {"webp-lossy"}

needs_shared = pytest.mark.skipif(not SHARED.is_dir(), reason="the folder ../shared/data is not there")
needs_codec = pytest.mark.skipif(backend_name() != "nvimgcodec", reason="nvImageCodec is not installed")


def decode(data: Any, variant: str) -> Any:
    op, kwargs = VARIANTS[variant]
    ((samples, layout),) = run_arrays(op, [[data]], [""], kwargs)
    assert layout == ("" if op == "peek_image_shape" else "HWC")
    return samples[0]


@pytest.mark.parametrize("name", NAMES)
def test_tiny_files_equal_dali(name: str) -> None:
    """All types are equal, but for 16-bit colours as 8-bit grey: nvImageCodec narrows them before, DALI after."""
    if backend_name() != "nvimgcodec" and name in FALLBACK_DIFFERS:
        pytest.skip("nvImageCodec is not installed")
    variants = [key.split("#")[1] for key in FILES if key.startswith(f"{name}#")]
    assert len(variants) >= 10
    for variant in variants:
        want = FILES[f"{name}#{variant}"]
        got = decode(FILES[f"file {name}"], variant)
        assert got.dtype == want.dtype, variant
        if name.endswith("-16") and variant in ("gray", "crop-hw"):
            np.testing.assert_allclose(got.astype(int), want.astype(int), atol=1, err_msg=variant)
        else:
            np.testing.assert_array_equal(got, want, err_msg=variant)


@needs_shared
@needs_codec
@pytest.mark.parametrize("path", sorted(SUMS))
def test_shared_files_equal_dali(path: str) -> None:
    """What DALI refuses is refused, all else has the same pixels."""
    data = np.fromfile(SHARED / path, np.uint8)
    for variant, want in SUMS[path].items():
        if want == "error":
            with pytest.raises(OperatorError):
                decode(data, variant)
            continue
        got = decode(data, variant)
        assert [list(got.shape), got.dtype.name, zlib.crc32(np.ascontiguousarray(got))] == want, variant


def test_the_shared_files_hold_every_format_and_orientation() -> None:
    kinds = {Path(p).suffix for p in SUMS}
    assert {".jpg", ".png", ".bmp", ".tiff", ".webp", ".jp2"} <= kinds
    assert sum("orientation" in p for p in SUMS) >= 8


@pytest.mark.parametrize("orientation", range(1, 9))
def test_orientations(orientation: int) -> None:
    """EXIF orientation n is undone, and windows are those of the upright image."""
    stored = decode(FILES["file jpeg"], "rgb")
    turns = {
        1: stored,
        2: stored[:, ::-1],
        3: stored[::-1, ::-1],
        4: stored[::-1],
        5: stored.transpose(1, 0, 2),
        6: np.rot90(stored, -1),
        7: stored[::-1, ::-1].transpose(1, 0, 2),
        8: np.rot90(stored),
    }
    data = FILES[f"file jpeg-exif-{orientation}"]
    np.testing.assert_array_equal(decode(data, "rgb"), turns[orientation])
    np.testing.assert_array_equal(decode(data, "as-stored"), stored)
    np.testing.assert_array_equal(decode(data, "slice-hw"), turns[orientation][3:11, 2:12])
    assert tuple(decode(data, "shape")) == turns[orientation].shape


def test_gray_jpeg_keeps_its_channel() -> None:
    """DALI 2.4 crashes here, so there is no golden result."""
    np.testing.assert_array_equal(decode(FILES["file jpeg-gray"], "any"), decode(FILES["file jpeg-gray"], "gray"))


@settings(max_examples=40, deadline=None)
@given(data=st.data(), name=st.sampled_from(["jpeg", "jpeg-exif-6", "png", "webp"]))
def test_a_window_is_a_part_of_the_whole(data: st.DataObject, name: str) -> None:
    encoded = FILES[f"file {name}"]
    whole = decode(encoded, "rgb")
    start = [data.draw(st.integers(0, n - 1)) for n in whole.shape[:2]]
    end = [data.draw(st.integers(a + 1, n)) for a, n in zip(start, whole.shape[:2], strict=True)]
    # The codec interpolates the colour of a single column at the border by itself; so do DALI's decoders.
    edges = zip(start, end, whole.shape[:2], strict=True)
    assume(not any(b - a == 1 and (a == 0 or b == n) for a, b, n in edges))
    kwargs = {"start": start, "end": end, "axes": [0, 1]}
    ((got, _),) = run_arrays("decoders.image_slice", [[encoded]], [""], kwargs)
    np.testing.assert_array_equal(got[0], whole[start[0] : end[0], start[1] : end[1]])


def test_windows_given_per_sample_and_as_inputs() -> None:
    encoded = FILES["file jpeg"]
    whole = decode(encoded, "rgb")
    arguments = {
        "crop_pos_x": [np.float32(0), np.float32(1)],
        "crop_w": [np.float32(10), np.float32(20)],
        "crop_h": [np.float32(5), np.float32(21)],
    }
    ((got, _),) = run_arrays("decoders.image_crop", [[encoded] * 2], [""], {}, arguments)
    np.testing.assert_array_equal(got[0], whole[8:13, :10])
    np.testing.assert_array_equal(got[1], whole[:, 10:])
    inputs = [[encoded], [np.array([4, 3], np.int32)], [np.array([10, 7], np.int32)]]
    ((got, _),) = run_arrays("decoders.image_slice", inputs, ["", "", ""], {})
    np.testing.assert_array_equal(got[0], whole[3:10, 4:14])


@pytest.mark.parametrize(
    ("op", "kwargs", "error", "message"),
    [
        ("decoders.image", {"dtype": types.FLOAT16}, ArgumentError, "FLOAT16 is not supported"),
        ("decoders.image", {"cache_type": "some"}, ArgumentError, "cache_type"),
        ("decoders.image_crop", {"crop_h": 5.0}, ArgumentError, "together"),
        ("decoders.image_crop", {"crop": [22.0, 5.0]}, OperatorError, "does not lie inside the image of 21x30"),
        ("decoders.image_slice", {"start": [25, 2], "shape": [10, 5]}, OperatorError, "does not lie inside"),
        ("decoders.image_slice", {"start": [5, 2], "end": [5, 9]}, OperatorError, "empty"),
        ("decoders.image_slice", {"start": [1], "axes": [2]}, OperatorError, "out of range"),
        ("decoders.image_slice", {}, ArgumentError, "give the window"),
        ("decoders.image_random_crop", {"random_aspect_ratio": [0.0, 1.0]}, ArgumentError, "random_aspect_ratio"),
        ("peek_image_shape", {"dtype": types.UINT8}, ArgumentError, "UINT8 is not supported"),
    ],
)
def test_wrong_arguments(op: str, kwargs: dict[str, Any], error: type[Exception], message: str) -> None:
    with pytest.raises(error, match=message):
        run_arrays(op, [[FILES["file jpeg"]]], [""], kwargs)


@pytest.mark.parametrize("op", ["image", "image_crop", "image_random_crop", "image_slice", "shape"])
@pytest.mark.parametrize("damage", ["empty", "text", "header", "type"])
def test_bytes_that_are_no_image(op: str, damage: str) -> None:
    data = {
        "empty": np.empty(0, np.uint8),
        "text": np.frombuffer(b"this is no image, whatever its name says", np.uint8),
        "header": FILES["file jpeg"][:40],
        "type": FILES["file jpeg"].astype(np.int16),
    }[damage]
    name = "peek_image_shape" if op == "shape" else f"decoders.{op}"
    kwargs = {"start": [0, 0]} if op == "image_slice" else {}
    with pytest.raises(OperatorError) as error:
        run_arrays(name, [[data]], [""], kwargs)
    assert isinstance(error.value.__cause__, TypeError if damage == "type" else ImageDecodeError)


@pytest.mark.parametrize("cut", [0.3, 0.6, 0.9])
def test_truncated_jpeg_is_refused(cut: float) -> None:
    data = FILES["file jpeg"]
    with pytest.raises(OperatorError) as error:
        decode(data[: int(len(data) * cut)].copy(), "rgb")
    assert isinstance(error.value.__cause__, ImageDecodeError)


def test_legacy_names_and_arguments_of_the_mixed_backend() -> None:
    """They are accepted on the CPU and change nothing."""
    pipe = adali.sync.Pipeline(batch_size=1, num_threads=1, device_id=None)
    mixed = {"cache_size": 10, "cache_type": "largest", "hw_decoder_load": 0.2, "device_memory_padding": 1}
    with pipe, pytest.MonkeyPatch.context():
        encoded = fn.external_source(source=lambda: [FILES["file jpeg"]])
        pipe.set_outputs(
            fn.image_decoder(encoded, split_stages=True, **mixed),
            fn.image_decoder_crop(encoded, crop=[5, 6]),
            fn.image_decoder_slice(encoded, start=[0, 0], shape=[3, 4]),
            fn.image_decoder_random_crop(encoded),
            fn.experimental.decoders.image(encoded),
        )
    pipe.build()
    whole, crop, part, random, again = pipe.run()
    np.testing.assert_array_equal(np.array(whole.at(0)), decode(FILES["file jpeg"], "rgb"))
    np.testing.assert_array_equal(np.array(again.at(0)), np.array(whole.at(0)))
    assert crop.at(0).shape == (5, 6, 3)
    assert part.at(0).shape == (4, 3, 3)
    assert random.layout() == "HWC"
    pipe.close()


def crop_of(**kwargs: Any) -> RandomCrop:
    with adali.sync.Pipeline(batch_size=1, num_threads=1, device_id=None) as pipe:
        node = fn.decoders.image_random_crop(fn.external_source(source=lambda: []), **kwargs)
    op = registry["decoders__ImageRandomCrop"][1](node.source, OpEnv(1))
    pipe.close()
    return op.crop  # type: ignore[attr-defined, no-any-return]


@settings(max_examples=200, deadline=None)
@given(
    height=st.integers(1, 300),
    width=st.integers(1, 300),
    area=st.tuples(st.floats(0.01, 1), st.floats(0.01, 1)).map(sorted),
    ratio=st.tuples(st.floats(0.2, 5), st.floats(0.2, 5)).map(sorted),
    seed=st.integers(0, 1000),
)
def test_random_windows_lie_inside(height: int, width: int, area: Any, ratio: Any, seed: int) -> None:
    crop = crop_of(random_area=area, random_aspect_ratio=ratio, num_attempts=3)
    y, x, h, w = crop.window(np.random.default_rng(seed), height, width)
    assert 0 <= y <= y + h <= height
    assert 0 <= x <= x + w <= width
    assert h > 0
    assert w > 0


def test_random_windows_have_the_promised_distribution() -> None:
    """Area uniform, aspect ratio log-uniform, position uniform, where every draw fits (Kolmogorov-Smirnov)."""
    crop = crop_of(random_area=[0.05, 0.4], random_aspect_ratio=[0.8, 1.25])
    generator = np.random.default_rng(3)
    windows = np.array([crop.window(generator, 1000, 1000) for _ in range(4000)], float)
    y, x, h, w = windows.T
    uniforms = [
        (h * w / 1e6 - 0.05) / 0.35,
        (np.log(w / h) - math.log(0.8)) / math.log(1.25 / 0.8),
        y / (1000 - h),
        x / (1000 - w),
    ]
    for values in uniforms:
        distance = np.abs(np.sort(values) - np.arange(1, 4001) / 4000).max()
        assert distance < 1.95 / math.sqrt(4000)  # 0.1 % for a true uniform; the seed is fixed


@pytest.mark.parametrize(
    ("shape", "size"), [((10, 1000), (10, 13)), ((1000, 9), (12, 9)), ((40, 100), (40, 53)), ((1, 1), (1, 1))]
)
def test_windows_of_extreme_images(shape: tuple[int, int], size: tuple[int, int]) -> None:
    """Where no draw can fit, DALI's fallback: as much as the aspect ratios allow (sizes from the oracle)."""
    kwargs = {"random_area": [0.9, 1.0], "num_attempts": 1} if shape == (40, 100) else {}
    crop = crop_of(**kwargs)
    generator = np.random.default_rng(0)
    assert {crop.window(generator, *shape)[2:] for _ in range(50)} == {size}


def test_random_windows_differ_by_sample_and_iteration_and_repeat_with_the_seed() -> None:
    batch = [FILES["file jpeg"]] * 4

    def shapes(seed: int, iterations: int) -> list[Any]:
        results = run_arrays("decoders.image_random_crop", [batch], [""], {}, iterations=iterations, seed=seed)
        return [s.tobytes() for iteration in results for samples, _ in iteration for s in samples]

    first = shapes(1, 3)
    assert len(set(first)) > 9
    assert shapes(1, 2) == first[:8]
    assert shapes(2, 2) != first[:8]
