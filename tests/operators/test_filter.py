"""Filters against the real DALI (golden) and by their arguments."""

from __future__ import annotations

import sys
from pathlib import Path
from typing import Any

import numpy as np
import pytest

import adali.sync
from adali import fn, types
from adali.kernels.filter import border_index

GOLDEN = Path(__file__).parent.parent / "golden"
sys.path.insert(0, str(GOLDEN))
from filter_cases import CASES, noise, photo  # noqa: E402

sys.path.pop(0)

TILES = {"tiles_x": 4, "tiles_y": 3, "clip_limit": 2.0}
expected = dict(np.load(GOLDEN / "filter.npz"))


def repeated(value: Any) -> Any:
    return lambda: value


def argument(value: Any) -> Any:
    if isinstance(value, str) and value.startswith("@"):
        return getattr(types, value[1:])
    if isinstance(value, list) and isinstance(value[0], np.ndarray):
        return fn.external_source(repeated(value))
    return value


def run(op: str, *inputs: tuple[list[Any], str], **kwargs: Any) -> list[Any]:
    size = len(inputs[0][0])
    pipe = adali.sync.Pipeline(batch_size=size, num_threads=2, device_id=None, seed=3)
    with pipe:
        nodes = [fn.external_source(repeated(samples), layout=layout or None) for samples, layout in inputs]
        pipe.set_outputs(getattr(fn, op)(*nodes, **{k: argument(v) for k, v in kwargs.items()}))
    try:
        (out,) = pipe.run()
        return [out.at(i).copy() for i in range(size)]
    finally:
        pipe.close()


def test_golden_file_has_exactly_these_cases() -> None:
    assert {key.split("/")[0] for key in expected} == set(CASES)


@pytest.mark.parametrize("name", sorted(CASES))
def test_equals_dali(name: str) -> None:
    op, inputs, kwargs, tolerance = CASES[name]
    for i, got in enumerate(run(op, *inputs, **kwargs)):
        want = expected[f"{name}/{i}"]
        assert got.dtype == want.dtype
        assert got.shape == want.shape
        difference = np.abs(got.astype(float) - want.astype(float))
        if want.dtype.kind == "f":
            assert difference.max() <= tolerance * np.abs(want.astype(float)).max()
        else:
            assert difference.max() <= 1
            assert difference.mean() < 0.05


def test_gaussian_blur_of_frames_with_their_own_sigma() -> None:
    frames = np.stack([photo(), photo()[::-1]])
    pipe = adali.sync.Pipeline(batch_size=1, num_threads=2, device_id=None)
    with pipe:
        sigma = fn.per_frame(fn.external_source(repeated([np.float32([[0.5, 1], [2, 3]])])))
        pipe.set_outputs(fn.gaussian_blur(fn.external_source(repeated([frames]), layout="FHWC"), sigma=sigma))
    (out,) = pipe.run()
    got = out.at(0).copy()
    pipe.close()
    for frame, sigmas in zip(range(2), ([0.5, 1.0], [2.0, 3.0]), strict=True):
        (alone,) = run("gaussian_blur", ([frames[frame]], "HWC"), sigma=sigmas)
        np.testing.assert_array_equal(got[frame], alone)


@pytest.mark.parametrize(
    ("op", "data", "layout", "kwargs", "message"),
    [
        ("gaussian_blur", photo(), "HWC", {}, "sigma or window_size"),
        ("gaussian_blur", photo(), "HWC", {"window_size": 4}, "odd"),
        ("gaussian_blur", photo(), "HWC", {"sigma": -1.0}, "negative"),
        ("gaussian_blur", photo(), "HWC", {"sigma": [1.0, 1.0, 1.0]}, "1 or 2 values"),
        ("gaussian_blur", photo(), "HCW", {"sigma": 1.0}, "first or last"),
        ("gaussian_blur", noise(0, (2, 3, 4, 5)), "HWFC", {"sigma": 1.0}, "frames must come first"),
        ("gaussian_blur", noise(0, (2, 3, 4, 5)), "", {"sigma": 1.0}, "without a layout"),
        ("gaussian_blur", noise(0, (3,)), "C", {"sigma": 1.0}, "0 data axes"),
        ("gaussian_blur", photo(), "HWC", {"sigma": 1.0, "dtype": types.INT16}, "dtype must be FLOAT"),
        ("gaussian_blur", photo() > 3, "HWC", {"sigma": 1.0}, "bool is not supported"),
        ("gaussian_blur", photo(), "HWC", {"sigma": [np.ones((2, 2), np.float32)]}, "one value or a list"),
        ("normalize", photo(), "HWC", {"axes": [3]}, "out of range"),
        ("normalize", photo(), "HWC", {"axes": [1, 1]}, "named twice"),
        ("normalize", photo(), "HWC", {"axis_names": "D"}, "no axis 'D'"),
        ("normalize", photo(), "HWC", {"mean": [np.ones((1, 23, 1), np.float32)], "axes": [0, 1]}, "has shape"),
        ("normalize", photo(), "HWC", {"mean": [np.ones(3, np.float32)]}, "must have 3 axes"),
        ("normalize", photo() > 3, "HWC", {}, "bool is not supported"),
        ("laplacian", photo(), "HWC", {"window_size": 4}, "'window_size' must be odd and from 3 to 31"),
        ("laplacian", photo(), "HWC", {"smoothing_size": 33}, "'smoothing_size' must be odd and from 1 to 31"),
        ("equalize", photo().astype(np.int16), "HWC", {}, "uint8"),
        ("equalize", photo(), "DHW", {}, "layout 'DHW'"),
        ("jpeg_compression_distortion", photo((5, 6, 1)), "HWC", {}, "3 channels"),
        ("jpeg_compression_distortion", photo() / np.float32(255), "HWC", {}, "float32"),
        ("jpeg_compression_distortion", photo(), "CHW", {}, "layout 'CHW'"),
        ("clahe", photo((5, 6, 2)), "HWC", {**TILES}, "1 or 3 channels"),
        ("clahe", photo().astype(np.int16), "HWC", {**TILES}, "uint8"),
        ("debayer", photo((8, 8, 3)), "HWC", {"blue_position": [0, 0]}, "one channel"),
        ("debayer", photo((5, 8, 1)), "HWC", {"blue_position": [0, 0]}, "even"),
        ("debayer", photo((8, 8, 1)), "HWC", {"blue_position": [2, 0]}, "2x2"),
        ("debayer", photo((8, 8, 1)).astype(np.int16), "HWC", {"blue_position": [0, 0]}, "int16"),
    ],
)
def test_what_does_not_fit_is_refused(op: str, data: Any, layout: str, kwargs: Any, message: str) -> None:
    with pytest.raises(adali.OperatorError, match=message):
        run(op, ([data], layout), **kwargs)


@pytest.mark.parametrize(
    ("op", "kwargs", "message"),
    [
        ("normalize", {"axes": [0], "axis_names": "H"}, "either 'axes' or 'axis_names'"),
        ("laplacian", {"scale": 2.0, "normalized_kernel": True}, "either 'scale' or 'normalized_kernel'"),
        ("clahe", {"tiles_x": 0, "tiles_y": 1, "clip_limit": 2.0}, "must be positive"),
        ("debayer", {"blue_position": [0, 0], "algorithm": "default_npp"}, "on CPU"),
        ("normalize", {"dtype": types.BOOL}, "cannot be of type BOOL"),
        ("normalize", {"batch": True, "mean": [np.ones((1, 1, 3), np.float32)]}, "one constant"),
    ],
)
def test_contradictions_are_refused_at_build(op: str, kwargs: Any, message: str) -> None:
    with pytest.raises(ValueError, match=message):
        run(op, ([photo()], "HWC"), **kwargs)


def test_normalize_of_a_batch_needs_equal_extents() -> None:
    with pytest.raises(adali.OperatorError, match="must agree; sample 1"):
        run("normalize", ([photo(), photo((5, 6, 3))], "HWC"), batch=True, axes=[0])


@pytest.mark.parametrize(
    ("window", "kwargs", "message"),
    [
        (np.ones((3, 3, 1), np.float32), {}, "2 axes besides channels and frames"),
        (np.ones((3, 3), np.float32), {"anchor": [3, 0]}, "outside the filter"),
        (np.ones((30, 3), np.float32), {"mode": "valid"}, "must not be larger"),
        (np.ones((0, 3), np.float32), {}, "empty"),
        (np.ones((3, 3), np.float32), {"dtype": types.INT16}, "dtype must be FLOAT"),
        (np.ones((3, 3), np.float32), {"mode": "full"}, "'same' or 'valid'"),
        (np.ones((3, 3), np.float32), {"border": "mirror"}, "border must be one of"),
    ],
)
def test_filters_that_do_not_fit_are_refused(window: Any, kwargs: Any, message: str) -> None:
    with pytest.raises((adali.OperatorError, ValueError), match=message):
        run("filter", ([photo()], "HWC"), ([window], ""), **kwargs)


def test_filter_of_volumes_and_lines() -> None:
    """DALI's CPU operator has two axes only; a separable window can be checked against one after the other."""
    volume = noise(3, (4, 6, 7, 1), "float32")
    a, b, c = (noise(k, (3,), "float32") for k in (1, 2, 3))
    (got,) = run("filter", ([volume], "DHWC"), ([np.einsum("i,j,k->ijk", a, b, c)], ""))
    want = volume[..., 0]
    for axis, window in enumerate((a, b, c)):
        lines = np.moveaxis(want, axis, -1)
        flat = np.ascontiguousarray(lines).reshape(-1, lines.shape[-1])
        filtered = np.stack([run("filter", ([line], "W"), ([window], ""))[0] for line in flat])
        want = np.moveaxis(filtered.reshape(lines.shape), -1, axis)
    np.testing.assert_allclose(got[..., 0], want, atol=1e-5)


def test_old_names() -> None:
    for name in ("equalize", "debayer", "filter"):
        assert getattr(fn.experimental, name) is not None


def test_jpeg_quality_of_each_frame() -> None:
    frames = np.stack([photo(), photo()])
    pipe = adali.sync.Pipeline(batch_size=1, num_threads=2, device_id=None)
    with pipe:
        quality = fn.per_frame(fn.external_source(repeated([np.int32([5, 90])])))
        data = fn.external_source(repeated([frames]), layout="FHWC")
        pipe.set_outputs(fn.jpeg_compression_distortion(data, quality=quality))
    (out,) = pipe.run()
    got = out.at(0).copy()
    pipe.close()
    for frame, value in ((0, 5), (1, 90)):
        (alone,) = run("jpeg_compression_distortion", ([photo()], "HWC"), quality=value)
        np.testing.assert_array_equal(got[frame], alone)


@pytest.mark.parametrize(
    ("border", "mode"), [("reflect_101", "reflect"), ("reflect_1001", "symmetric"), ("wrap", "wrap"), ("clamp", "edge")]
)
def test_borders_are_those_of_numpy(border: str, mode: Any) -> None:
    for size in range(1, 7):
        padded = np.pad(np.arange(size), 17, mode=mode)
        np.testing.assert_array_equal(border_index(np.arange(-17, size + 17), size, border), padded)
    with pytest.raises(ValueError, match="border must be"):
        border_index(np.arange(3), 3, "mirror")
