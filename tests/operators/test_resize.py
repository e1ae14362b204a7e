"""Resizing operators against the real DALI (golden), their arguments, and resize fused with crop_mirror_normalize."""

from __future__ import annotations

import sys
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

import adali
import adali.sync
from adali import fn, types
from adali.errors import ArgumentError, OperatorError
from adali.kernels import resample as kernel
from adali.operators.image._resize_args import resolve

sys.path.insert(0, str(Path(__file__).parent.parent / "golden"))
from image_cases import RESIZE, sample
from image_run import check_case, load, run_arrays

sys.path.pop(0)

GOLDEN = load("image.npz")


@pytest.mark.parametrize("name", sorted(RESIZE))
def test_equals_dali(name: str) -> None:
    """At most 1 of 255 apart, on average 0.3, as acceptance asks; floats and nearest neighbours within rounding."""
    exact = name.startswith("NN-")
    check_case(name, RESIZE[name], GOLDEN, atol=0 if exact else 1.0, mean=None if exact else 0.3)


@pytest.mark.parametrize(
    ("op", "kwargs", "message"),
    [
        ("resize", {}, "size of the output"),
        ("resize", {"size": [4, 5], "resize_x": 4}, "exclude"),
        ("resize", {"resize_shorter": 4, "resize_longer": 4}, "exclude"),
        ("resize", {"resize_shorter": 4, "mode": "stretch"}, "exclude"),
        ("resize", {"size": [4, 5], "mode": "biggest"}, "mode"),
        ("resize", {"size": [4, 5], "roi_start": [1, 1]}, "together"),
        ("tensor_resize", {}, "sizes or scales"),
        ("tensor_resize", {"sizes": [1.0], "scales": [1.0]}, "sizes or scales"),
        ("tensor_resize", {"sizes": [4.0], "axes": [0], "axis_names": "H"}, "exclude"),
        ("tensor_resize", {"scales": [1.0], "size_rounding": "up"}, "size_rounding"),
        ("tensor_resize", {"scales": [1.0], "mode": "not_larger"}, "not_larger"),
        ("resize_crop_mirror", {"crop": [4, 5]}, "size of the output"),
        ("random_resized_crop", {"size": [4, 5, 6]}, "size"),
        ("random_resized_crop", {"size": [4, 0]}, "size"),
        ("random_resized_crop", {"size": 4, "random_area": [0.5, 0.1]}, "random_area"),
        ("random_resized_crop", {"size": 4, "num_attempts": 0}, "num_attempts"),
    ],
)
def test_contradicting_arguments(op: str, kwargs: dict[str, Any], message: str) -> None:
    with pytest.raises(ArgumentError, match=message):
        run_arrays(op, [[sample("uint8:6x7x3")]], ["HWC"], kwargs)


@pytest.mark.parametrize(
    ("op", "kwargs", "message"),
    [
        ("resize", {"size": [4, 5, 6]}, "size has 3 values"),
        ("resize", {"size": [4, 5], "max_size": [1, 2, 3]}, "max_size has 3 values"),
        ("resize", {"size": [4, 5], "roi_start": [1.0], "roi_end": [2.0, 3.0]}, "roi_start has 1 values"),
        ("resize", {"size": [4, 5], "dtype": types.INT16}, "dtype must be FLOAT"),
        ("tensor_resize", {"sizes": [4, 5], "axis_names": "HX"}, "'X' is not in the layout"),
        ("tensor_resize", {"sizes": [4, 5], "axes": [0, 3]}, "out of range"),
    ],
)
def test_arguments_that_do_not_fit_the_sample(op: str, kwargs: dict[str, Any], message: str) -> None:
    with pytest.raises(OperatorError, match=message):
        run_arrays(op, [[sample("uint8:6x7x3")]], ["HWC"], kwargs)


@settings(max_examples=150, deadline=None)
@given(
    extents=st.lists(st.integers(1, 500), min_size=2, max_size=3),
    data=st.data(),
    mode=st.sampled_from(["not_larger", "not_smaller"]),
)
def test_sizes_keep_the_aspect_ratio(extents: list[int], data: st.DataObject, mode: str) -> None:
    n = len(extents)
    wanted = data.draw(st.lists(st.integers(1, 500).map(float), min_size=n, max_size=n))
    size, _ = resolve(
        wanted, [0.0] * n, [float(e) for e in extents], mode=mode, max_size=None, subpixel=True, whole=True
    )
    scales = [w / e for w, e in zip(wanted, extents, strict=True)]
    scale = min(scales) if mode == "not_larger" else max(scales)
    for out, extent, want in zip(size, extents, wanted, strict=True):
        assert abs(out - max(1.0, extent * scale)) <= 0.51
        assert out <= want if mode == "not_larger" else out >= want


@settings(max_examples=100, deadline=None)
@given(extents=st.tuples(st.integers(1, 300), st.integers(1, 300)), shorter=st.floats(1, 300, width=32))
def test_subpixel_regions_keep_the_scale(extents: tuple[int, int], shorter: float) -> None:
    """Output pixels per input pixel are the same along both axes, however sizes were rounded."""
    wanted, end = [shorter] * 2, [float(e) for e in extents]
    size, roi = resolve(wanted, [0.0, 0.0], end, mode="not_smaller", max_size=None, subpixel=True, whole=True)
    start, stop = roi or ((0.0, 0.0), tuple(end))
    scales = [s / (b - a) for s, a, b in zip(size, start, stop, strict=True)]
    assert scales[0] == pytest.approx(scales[1], rel=1e-4)
    assert [(a + b) / 2 for a, b in zip(start, stop, strict=True)] == pytest.approx([e / 2 for e in extents], abs=1e-3)


def test_whole_sizes_need_no_region() -> None:
    plan = resolve([5.0, 7.0], [0.0, 0.0], [9.0, 11.0], mode="default", max_size=None, subpixel=True, whole=True)
    assert plan == ((5, 7), None)


def test_random_resized_crop_takes_one_window_for_all_frames() -> None:
    frame = sample("uint8:30x40x3")
    video = np.stack([frame, frame])
    ((samples, layout),) = run_arrays("random_resized_crop", [[video]], ["FHWC"], {"size": [8, 9]})
    assert layout == "FHWC"
    assert samples[0].shape == (2, 8, 9, 3)
    np.testing.assert_array_equal(samples[0][0], samples[0][1])


def test_random_resized_crop_is_a_resized_window() -> None:
    """With one possible window, the result is that of resize with this region."""
    image = sample("float32:12x12x1")
    kwargs = {"random_area": [1.0, 1.0], "random_aspect_ratio": [1.0, 1.0], "size": 5}
    ((got, _),) = run_arrays("random_resized_crop", [[image]], ["HWC"], kwargs)
    ((want, _),) = run_arrays("resize", [[image]], ["HWC"], {"size": [5.0, 5.0]})
    np.testing.assert_allclose(got[0], want[0], rtol=1e-6)


def test_random_windows_differ_by_sample_and_iteration_and_repeat_with_the_seed() -> None:
    batch = [sample("uint8:40x50x3")] * 3

    def draw(seed: int) -> list[list[Any]]:
        results = run_arrays("random_resized_crop", [batch], ["HWC"], {"size": 6}, iterations=2, seed=seed)
        return [samples for iteration in results for samples, _ in iteration]

    first, second = draw(5)
    images = [s.tobytes() for s in first + second]
    assert len(set(images)) == len(images)
    assert [s.tobytes() for s in draw(5)[0]] == images[:3]
    assert [s.tobytes() for s in draw(6)[0]] != images[:3]


RESIZES: tuple[dict[str, Any], ...] = (
    {"resize_x": 40.0, "resize_y": 33.0},
    {"resize_shorter": 25.0},
    {"size": [-30.0, 20.5], "interp_type": types.INTERP_TRIANGULAR},
    {"size": [60.0, 70.0], "interp_type": types.INTERP_CUBIC},
    {"size": [24.0, 20.0], "antialias": False, "interp_type": types.INTERP_NN},
    {"size": [30.0, 31.0], "roi_start": [4.0, 5.0], "roi_end": [20.0, 41.0]},
    {"size": [30.0, 31.0], "dtype": types.FLOAT},
)
NORMALIZES: tuple[dict[str, Any], ...] = (
    {"crop": [16.0, 18.0], "crop_pos_x": 0.3, "output_layout": "CHW"},
    {"output_layout": "HWC", "crop": [20.0, 17.0]},
    {"crop": [45.0, 50.0], "out_of_bounds_policy": "pad", "fill_values": [5.0]},
    {"crop": [45.0, 17.0], "out_of_bounds_policy": "trim_to_shape", "output_layout": ""},
    {"dtype": types.UINT8, "shift": 120.0, "scale": 40.0},
    {"pad_output": True},
    {"output_layout": "WHC"},
)


@pytest.mark.parametrize("normalize", NORMALIZES, ids=range(len(NORMALIZES)))
@pytest.mark.parametrize("resize", RESIZES, ids=range(len(RESIZES)))
def test_fused_equals_the_two(resize: dict[str, Any], normalize: dict[str, Any]) -> None:
    """The engine fuses the two where nothing else reads the resized images; the results are equal to the last bit."""
    batch = [sample("uint8:37x53x3"), sample("uint8:50x44x3")]
    mirror = [np.int32(0), np.int32(1)]
    results = []
    for keep in (False, True):
        pipe = adali.sync.Pipeline(batch_size=2, num_threads=1, device_id=None)
        with pipe:
            resized = fn.resize(fn.external_source(source=lambda: batch, layout="HWC"), **resize)
            out = fn.crop_mirror_normalize(
                resized,
                mirror=fn.external_source(source=lambda: mirror),
                mean=[120.0, 110.0, 100.0],
                std=[50.0, 60.0, 70.0],
                **normalize,
            )
            pipe.set_outputs(out, *([resized] if keep else []))
        pipe.build()
        out = pipe.run()[0]
        results.append([np.array(out.at(i)) for i in range(2)])
        pipe.close()
    for a, b in zip(*results, strict=True):
        assert a.dtype == b.dtype
        np.testing.assert_array_equal(a, b)


def test_fusing_saves_the_resized_image(monkeypatch: pytest.MonkeyPatch) -> None:
    """The common pair takes the short way (or the test above would prove nothing)."""
    from adali.operators.image import fused, resize

    def forbidden(*args: Any, **kwargs: Any) -> None:
        raise AssertionError("the image was resized on its own")

    calls = []

    def counted(*args: Any, **kwargs: Any) -> Any:
        calls.append(kwargs["crop"])
        return kernel.resample_normalize(*args, **kwargs)

    monkeypatch.setattr(resize, "resample", forbidden)
    monkeypatch.setattr(fused, "resample_normalize", counted)
    pipe = adali.sync.Pipeline(batch_size=1, num_threads=1, device_id=None, prefetch_queue_depth=1)
    with pipe:
        image = fn.external_source(source=lambda: [sample("uint8:37x53x3")], layout="HWC")
        image = fn.resize(image, resize_shorter=30)
        pipe.set_outputs(fn.crop_mirror_normalize(image, crop=[20, 21], mean=[1.0, 2.0, 3.0]))
    pipe.build()
    assert pipe.run()[0].at(0).shape == (3, 20, 21)
    pipe.close()
    assert calls[0] == (5, 11, 20, 21)


@pytest.mark.parametrize(("height", "crop", "operator"), [(0, 4.0, "Resize"), (12, 20.0, "CropMirrorNormalize")])
def test_an_error_in_a_fused_pair_names_the_operator_that_made_it(height: int, crop: float, operator: str) -> None:
    pipe = adali.sync.Pipeline(batch_size=1, num_threads=1, device_id=None)
    with pipe:
        image = fn.external_source([[np.zeros((height, 10, 3), np.uint8)]], layout="HWC", cycle=True)
        resized = fn.resize(image, size=(8, 8))
        pipe.set_outputs(fn.crop_mirror_normalize(resized, crop=(crop, crop), dtype=types.FLOAT))
    with pytest.raises(adali.OperatorError) as caught:
        pipe.run()
    assert caught.value.operator == operator
    pipe.close()
