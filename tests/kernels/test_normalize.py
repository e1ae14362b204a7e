from __future__ import annotations

from typing import Any

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from adali.kernels.normalize import affine, convert, crop_mirror_normalize, flip, per_channel

MEAN, STD = [123.675, 116.28, 103.53], [58.395, 57.12, 57.375]


def image(height: int, width: int, channels: int, dtype: Any = np.uint8) -> np.ndarray[Any, Any]:
    rng = np.random.default_rng(height * 1000 + width * 10 + channels)
    return rng.integers(0, 120, (height, width, channels)).astype(dtype)


@pytest.mark.parametrize(
    ("name", "options"),
    [
        ("c0", {}),
        ("c1", {"scale": 2.5, "shift": 0.75}),
        ("c2", {"dtype": np.float16}),
        ("c3", {"dtype": np.int8, "scale": 40.0}),
        ("c4", {"dtype": np.uint8, "scale": 30.0, "shift": 100.0}),
        ("c5", {"mirror": True}),
        ("c6", {"layout": "HWC"}),
        ("c7", {"pad_output": True}),
    ],
)
def test_oracle_results(oracle: dict[str, Any], name: str, options: dict[str, Any]) -> None:
    source = oracle["image"]
    crop = ((source.shape[0] - 12 + 1) // 2, (source.shape[1] - 18 + 1) // 2, 12, 18)
    options = {"mirror": False, **options}
    result = crop_mirror_normalize(source, crop, mean=MEAN, std=STD, **options)
    assert result.dtype == oracle[name].dtype
    assert np.array_equal(result, oracle[name])


@settings(max_examples=80, deadline=None)
@given(
    size=st.tuples(st.integers(1, 40), st.integers(1, 40), st.integers(1, 5)),
    window=st.tuples(st.integers(-15, 45), st.integers(-15, 45), st.integers(1, 40), st.integers(1, 40)),
    mirror=st.booleans(),
    layout=st.sampled_from(["CHW", "HWC"]),
    pad=st.booleans(),
    dtype=st.sampled_from([np.uint8, np.int16, np.uint16, np.float32, np.float64]),
)
def test_any_window_against_numpy(
    size: tuple[int, int, int],
    window: tuple[int, int, int, int],
    mirror: bool,
    layout: Any,
    pad: bool,
    dtype: Any,
) -> None:
    src = image(*size, dtype)
    channels = size[2]
    total = {1: 1, 2: 2, 3: 4, 4: 4, 5: 8}[channels] if pad else channels
    fill = np.arange(total, dtype=np.float32) - 7
    mean = np.linspace(10, 20, channels, dtype=np.float32)
    inv_std = np.linspace(0.5, 2, channels, dtype=np.float32)
    y, x, h, w = window
    expected = np.empty((h, w, total), np.float32)
    expected[:] = fill
    for i in range(h):
        for j in range(w):
            if 0 <= y + i < size[0] and 0 <= x + j < size[1]:
                expected[i, j, :channels] = (src[y + i, x + j].astype(np.float32) - mean) * inv_std
    if mirror:
        expected = expected[:, ::-1]
    if layout == "CHW":
        expected = expected.transpose(2, 0, 1)
    result = crop_mirror_normalize(
        src, window, mirror, mean=mean, inv_std=inv_std, layout=layout, pad_output=pad, fill=fill
    )
    assert np.array_equal(result, expected)


@pytest.mark.parametrize("mirror", [False, True])
@pytest.mark.parametrize("width", [15, 16, 17, 31, 48, 100])
@pytest.mark.parametrize("channels", [1, 3, 4])
def test_every_width_of_the_vector_path(channels: int, width: int, mirror: bool) -> None:
    src = image(5, width + 9, channels)[:, 4 : 4 + width]
    result = crop_mirror_normalize(src, None, mirror, mean=3.0, std=2.0)
    expected = (src[:, ::-1] if mirror else src).astype(np.float32).transpose(2, 0, 1)
    assert np.array_equal(result, (expected - 3) * np.float32(0.5))


def test_affine_folds_scale_and_shift() -> None:
    mean, inv_std = affine(MEAN, STD, 2.0, 0.25, 3)
    x = np.arange(256, dtype=np.float32)
    direct = (x - MEAN[1]) / STD[1] * 2 + 0.25
    assert np.abs((x - mean[1]) * inv_std[1] - direct).max() < 1e-5
    assert [a.shape for a in affine(1.0, 2.0, channels=3)] == [(3,), (3,)]


def test_out_must_fit() -> None:
    src = image(10, 20, 3)
    out = np.empty((3, 10, 20), np.float32)
    assert crop_mirror_normalize(src, out=out) is out
    with pytest.raises(ValueError, match="out must be"):
        crop_mirror_normalize(src, layout="HWC", out=out)
    with pytest.raises(ValueError, match="out must be"):
        crop_mirror_normalize(src, dtype=np.float16, out=out)


def test_bad_arguments() -> None:
    src = image(10, 20, 3)
    with pytest.raises(ValueError, match="HWC"):
        crop_mirror_normalize(src[..., 0])
    with pytest.raises(ValueError, match="channels"):
        crop_mirror_normalize(src, mean=[1.0, 2.0])
    with pytest.raises(ValueError, match="empty"):
        crop_mirror_normalize(src, (0, 0, 0, 5))
    with pytest.raises(ValueError, match="channels"):
        per_channel([1.0, 2.0], 3)


@pytest.mark.parametrize("name", ["uint8", "int8", "int16", "uint16", "int32", "uint32", "int64", "float16", "bool"])
def test_cast_of_floats_as_the_oracle(oracle: dict[str, Any], name: str) -> None:
    result = convert(oracle["cast_in"], name)
    assert result.dtype == np.dtype(name)
    np.testing.assert_array_equal(result, oracle["cast_" + name])
    if name not in ("float16", "bool"):
        wide = convert(oracle["cast_in"].astype(np.float64), name)
        np.testing.assert_array_equal(wide, oracle["cast_" + name])


@pytest.mark.parametrize("name", ["uint8", "int8", "int16", "uint16", "int32", "uint32", "bool"])
def test_cast_of_integers_as_the_oracle(oracle: dict[str, Any], name: str) -> None:
    np.testing.assert_array_equal(convert(oracle["icast_in"], name), oracle["icast_" + name])


def test_cast_to_floats_and_from_bool() -> None:
    assert convert(np.array([1e300, -1e300, 1.5]), np.float32).tolist() == [np.inf, -np.inf, 1.5]
    assert convert(np.array([True, False]), np.uint8).tolist() == [1, 0]
    assert convert(np.array([3, 300], np.uint16), np.float32).tolist() == [3.0, 300.0]


def test_cast_shapes_strides_and_out() -> None:
    src = np.linspace(-10, 300, 60, dtype=np.float32).reshape(3, 4, 5)
    expected = np.clip(np.floor(np.abs(src) + 0.5) * np.sign(src), 0, 255)
    assert np.array_equal(convert(src.transpose(2, 0, 1), np.uint8), expected.transpose(2, 0, 1))
    out = np.zeros((6, 4, 5), np.uint8)
    convert(src, np.uint8, out=out[::2])
    assert np.array_equal(out[::2], expected)
    assert not out[1::2].any()
    with pytest.raises(ValueError, match="out must be"):
        convert(src, np.uint8, out=out)


@pytest.mark.parametrize("channels", [1, 3, 4, 7])
@pytest.mark.parametrize("dtype", [np.uint8, np.float32, np.int64])
@pytest.mark.parametrize(("horizontal", "vertical"), [(False, False), (True, False), (False, True), (True, True)])
def test_flip(channels: int, dtype: Any, horizontal: bool, vertical: bool) -> None:
    src = image(6, 9, channels, dtype)
    expected = src
    if horizontal:
        expected = expected[:, ::-1]
    if vertical:
        expected = expected[::-1]
    result = flip(src, horizontal, vertical)
    assert np.array_equal(result, expected)
    assert not np.shares_memory(result, src)
    out = np.empty_like(src)
    assert flip(src, horizontal, vertical, out=out) is out
    assert np.array_equal(out, expected)


def test_flip_of_volumes_and_errors() -> None:
    src = np.arange(2 * 3 * 4 * 5).reshape(2, 3, 4, 5)
    assert np.array_equal(flip(src, True, True, True), src[::-1, ::-1, ::-1])
    with pytest.raises(ValueError, match="axis"):
        flip(src[0], depthwise=True)
    with pytest.raises(ValueError, match="out must be"):
        flip(src, out=np.empty((1,), src.dtype))


@pytest.mark.parametrize("count", [1, 15, 16, 17, 40, 1000])
def test_half_precision_is_numpy_s(count: int) -> None:
    rng = np.random.default_rng(count)
    values = np.concatenate([rng.normal(0, 10.0 ** rng.integers(-9, 6), count), [65504.0, 65520.0, np.inf, -0.0]])
    single = values.astype(np.float32)
    with np.errstate(over="ignore"):
        expected = single.astype(np.float16)
    np.testing.assert_array_equal(convert(single, np.float16).view(np.uint16), expected.view(np.uint16))
