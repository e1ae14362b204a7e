from __future__ import annotations

import json
import math
from concurrent.futures import ThreadPoolExecutor
from typing import Any

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from adali.kernels.normalize import crop_mirror_normalize
from adali.kernels.resample import Filter, resample, resample_normalize, source_window

MEAN = np.array([123.675, 116.28, 103.53], np.float32)
INV_STD = np.array([1 / 58.395, 1 / 57.12, 1 / 57.375], np.float32)


def photo(height: int, width: int, channels: int = 3, seed: int = 0) -> np.ndarray[Any, Any]:
    """Smooth shapes with some noise: neighbouring pixels are alike, as in a photo."""
    rng = np.random.default_rng(seed)
    y, x = np.mgrid[:height, :width]
    waves = [128 + 90 * np.sin(y / (3 + 2 * c) + c) * np.cos(x / (5 + c)) for c in range(channels)]
    noisy = np.stack(waves, axis=-1) + rng.normal(0, 8, (height, width, channels))
    return np.clip(noisy, 0, 255).astype(np.uint8)


def matrix(n: int, out: int, lo: float, hi: float, antialias: bool) -> np.ndarray[Any, Any]:
    """Weights of the triangular filter, written independently of the code under test."""
    scale = (hi - lo) / out
    radius = max(1.0, abs(scale)) if antialias else 1.0
    result = np.zeros((out, n))
    for i in range(out):
        centre = lo + (i + 0.5) * scale - 0.5
        taps = np.arange(math.floor(centre - radius), math.ceil(centre + radius) + 1)
        weights = np.maximum(0, 1 - np.abs(taps - centre) / radius)
        np.add.at(result[i], np.clip(taps, 0, n - 1), weights / weights.sum())
    return result


def reference(
    src: np.ndarray[Any, Any], size: tuple[int, int], roi: Any = None, antialias: bool = True
) -> np.ndarray[Any, Any]:
    (y0, x0), (y1, x1) = roi or ((0, 0), src.shape[:2])
    vertical = matrix(src.shape[0], size[0], y0, y1, antialias)
    horizontal = matrix(src.shape[1], size[1], x0, x1, antialias)
    return np.einsum("ay,yxc,bx->abc", vertical, src.astype(np.float64), horizontal, optimize=True)


def test_oracle_results(oracle: dict[str, Any]) -> None:
    image = oracle["image"]
    cases = json.loads(str(oracle["cases"]))
    assert len(cases) > 40
    for case in cases:
        kind = Filter[case["filter"]]
        result = resample(
            image,
            case["size"],
            min_filter=kind,
            mag_filter=kind,
            antialias=case["antialias"],
            roi=case["roi"],
            dtype=case["dtype"],
        )
        expected = oracle[case["name"]]
        assert result.dtype == expected.dtype
        error = np.abs(result.astype(np.float64) - expected)
        if kind == Filter.NN:
            assert error.max() == 0, case
        elif case["dtype"] == "float32":
            assert error.max() < 255 * 1e-4, case
        elif kind == Filter.GAUSSIAN:  # taps on the very edge of the window are a matter of rounding there
            assert error.max() <= 2, case
            assert error.mean() < 0.05, case
        else:
            assert error.max() <= 1, case
            assert error.mean() < 0.03, case


@settings(max_examples=60, deadline=None)
@given(
    height=st.integers(1, 90),
    width=st.integers(1, 90),
    out_height=st.integers(1, 90),
    out_width=st.integers(1, 90),
    channels=st.integers(1, 5),
    antialias=st.booleans(),
)
def test_linear_is_within_one_of_exact_arithmetic(
    height: int, width: int, out_height: int, out_width: int, channels: int, antialias: bool
) -> None:
    src = photo(height, width, channels)
    result = resample(src, (out_height, out_width), antialias=antialias)
    exact = reference(src, (out_height, out_width), antialias=antialias)
    assert result.shape == exact.shape
    # Half a step of rounding, and a few 1/256 of the fixed-point arithmetic.
    assert np.abs(result - exact).max() < 0.5 + 0.1


@settings(max_examples=40, deadline=None)
@given(
    roi=st.tuples(*[st.floats(-20, 80, width=32)] * 4).filter(
        lambda r: abs(r[0] - r[2]) > 0.1 and abs(r[1] - r[3]) > 0.1
    ),
    out_height=st.integers(8, 60),
    out_width=st.integers(8, 60),
)
def test_any_region_even_flipped_or_outside(
    roi: tuple[float, float, float, float], out_height: int, out_width: int
) -> None:
    src = photo(50, 60)
    region = ((roi[0], roi[1]), (roi[2], roi[3]))
    result = resample(src, (out_height, out_width), roi=region, dtype=np.float32)
    exact = reference(src, (out_height, out_width), roi=region)
    assert np.abs(result - exact).max() < 0.02
    rounded = resample(src, (out_height, out_width), roi=region)
    assert np.abs(rounded - exact).max() < 0.6


@pytest.mark.parametrize("value", [0, 1, 127, 254, 255])
@pytest.mark.parametrize("size", [(224, 224), (7, 300), (97, 3), (41, 57)])
@pytest.mark.parametrize("kind", [Filter.LINEAR, Filter.GAUSSIAN, Filter.CUBIC, Filter.LANCZOS3])
def test_a_uniform_image_stays_uniform(value: int, size: tuple[int, int], kind: Filter) -> None:
    src = np.full((83, 121, 3), value, np.uint8)
    assert (resample(src, size, min_filter=kind, mag_filter=kind) == value).all()


def test_the_same_size_changes_nothing() -> None:
    src = photo(40, 50)
    for kind in (Filter.NN, Filter.LINEAR, Filter.CUBIC, Filter.LANCZOS3, Filter.TRIANGULAR):
        assert np.array_equal(resample(src, (40, 50), min_filter=kind, mag_filter=kind), src)


@pytest.mark.parametrize("channels", [1, 3, 4])
def test_strided_source_and_crop(channels: int) -> None:
    whole = photo(100, 120, channels)
    view = whole[11:80, 20:97]
    assert np.array_equal(resample(view, (33, 44)), resample(view.copy(), (33, 44)))
    mirrored = whole[:, ::-1]
    assert np.array_equal(resample(mirrored, (33, 44)), resample(mirrored.copy(), (33, 44)))


@pytest.mark.parametrize("dtype", [np.int16, np.uint16, np.float32, np.int8, np.int32, np.float64])
def test_other_element_types(dtype: type) -> None:
    low = 0 if dtype == np.uint16 else -100
    src = (photo(40, 50).astype(np.float32) / 255 * 200 + low).astype(dtype)
    result = resample(src, (23, 71))
    exact = reference(src, (23, 71))
    assert result.dtype == dtype
    if np.dtype(dtype).kind == "f":
        assert np.abs(result - exact).max() < 0.01
    else:
        assert np.abs(result - exact).max() < 0.51
        assert np.abs(result - exact).mean() < 0.3


@pytest.mark.parametrize("kind", [Filter.CUBIC, Filter.LANCZOS3])
def test_overshoot_is_clamped(kind: Filter) -> None:
    src = np.zeros((40, 40, 1), np.uint8)
    src[:, 20:] = 255
    result = resample(src, (80, 80), mag_filter=kind)
    exact = resample(src, (80, 80), mag_filter=kind, dtype=np.float32)
    assert exact.min() < -1
    assert exact.max() > 256
    assert set(np.unique(result[:, :30])) == {0}
    assert set(np.unique(result[:, 50:])) == {255}


def test_axes_choose_their_own_filter() -> None:
    src = photo(40, 40)
    both = resample(src, (20, 80), min_filter=Filter.CUBIC, mag_filter=Filter.NN)
    rows = resample(src, (20, 40), min_filter=Filter.CUBIC, dtype=np.float32)
    expected = np.repeat(rows, 2, axis=1)
    assert np.abs(both - expected).max() <= 0.51


def test_volumes() -> None:
    src = np.stack([photo(20, 30, 2, seed) for seed in range(9)])
    result = resample(src, (5, 31, 17), dtype=np.float32)
    depth = matrix(9, 5, 0, 9, True)
    planes = np.einsum("ad,dyxc->ayxc", depth, src.astype(np.float64))
    exact = np.stack([reference(plane, (31, 17)) for plane in planes])
    assert np.abs(result - exact).max() < 0.01
    nearest = resample(src, (9, 20, 60), min_filter=Filter.NN, mag_filter=Filter.NN)
    assert np.array_equal(nearest, np.repeat(src, 2, axis=2))


def test_images_without_a_channel_axis() -> None:
    src = photo(40, 50, 1)
    assert np.array_equal(resample(src[..., 0], (20, 30)), resample(src, (20, 30))[..., 0])


def test_extreme_shrinking_uses_enough_taps() -> None:
    src = photo(2000, 900)
    result = resample(src, (2, 3))
    assert np.abs(result - reference(src, (2, 3))).max() < 0.6


def test_out_is_filled_and_checked() -> None:
    src = photo(30, 40)
    out = np.empty((10, 20, 3), np.uint8)
    assert resample(src, (10, 20), out=out) is out
    assert np.array_equal(out, resample(src, (10, 20)))
    with pytest.raises(ValueError, match="out must be"):
        resample(src, (10, 21), out=out)
    with pytest.raises(ValueError, match="out must be"):
        resample(src, (10, 20), out=np.empty((10, 20, 3), np.int16))


@pytest.mark.parametrize(
    ("shape", "size"), [((10, 10, 3), (0, 5)), ((0, 10, 3), (5, 5)), ((10,), (5, 5)), ((10, 10, 3, 1), (5, 5))]
)
def test_impossible_shapes(shape: tuple[int, ...], size: tuple[int, int]) -> None:
    with pytest.raises(ValueError, match=r"size|resize"):
        resample(np.zeros(shape, np.uint8), size)


def test_roi_of_the_wrong_length() -> None:
    with pytest.raises(ValueError, match="roi"):
        resample(photo(10, 10), (5, 5), roi=((0.0,), (5.0, 5.0)))


@settings(max_examples=60, deadline=None)
@given(
    height=st.integers(2, 80),
    width=st.integers(2, 80),
    out_height=st.integers(2, 70),
    out_width=st.integers(2, 70),
    channels=st.sampled_from([1, 2, 3, 4]),
    mirror=st.booleans(),
    layout=st.sampled_from(["CHW", "HWC"]),
    dtype=st.sampled_from([np.float32, np.float16, np.int8]),
    data=st.data(),
)
def test_fused_equals_the_chain(
    height: int,
    width: int,
    out_height: int,
    out_width: int,
    channels: int,
    mirror: bool,
    layout: Any,
    dtype: Any,
    data: st.DataObject,
) -> None:
    src = photo(height, width, channels)
    h = data.draw(st.integers(1, out_height))
    w = data.draw(st.integers(1, out_width))
    crop = (data.draw(st.integers(0, out_height - h)), data.draw(st.integers(0, out_width - w)), h, w)
    mean, inv_std = np.resize(MEAN, channels), np.resize(INV_STD, channels) * 20
    chain = crop_mirror_normalize(
        resample(src, (out_height, out_width)), crop, mirror, mean=mean, inv_std=inv_std, layout=layout, dtype=dtype
    )
    fused = resample_normalize(
        src,
        (out_height, out_width),
        crop=crop,
        mirror=mirror,
        mean=mean,
        inv_std=inv_std,
        layout=layout,
        dtype=dtype,
    )
    assert fused.dtype == dtype
    assert np.array_equal(fused, chain)


def test_fused_with_other_filters_and_regions() -> None:
    src = photo(90, 120)
    for kind in Filter:
        for roi in (None, ((3.5, 100.0), (80.25, 7.0))):
            options: dict[str, Any] = {"min_filter": kind, "mag_filter": kind, "roi": roi}
            chain = crop_mirror_normalize(
                resample(src, (50, 60), **options), (5, 6, 40, 30), True, mean=MEAN, inv_std=INV_STD
            )
            fused = resample_normalize(
                src, (50, 60), crop=(5, 6, 40, 30), mirror=True, mean=MEAN, inv_std=INV_STD, **options
            )
            assert np.array_equal(fused, chain)


def test_fused_out_and_errors() -> None:
    src = photo(90, 120)
    out = np.empty((3, 40, 30), np.float32)
    assert resample_normalize(src, (50, 60), crop=(0, 0, 40, 30), out=out) is out
    with pytest.raises(ValueError, match="inside"):
        resample_normalize(src, (50, 60), crop=(11, 0, 40, 30))
    with pytest.raises(ValueError, match="out must be"):
        resample_normalize(src, (50, 60), out=out)


def test_threads_do_not_disturb_each_other() -> None:
    sources = [photo(60 + k, 80 + 3 * k, seed=k) for k in range(12)]
    alone = [resample(src, (40, 50)) for src in sources]
    with ThreadPoolExecutor(4) as pool:
        for _ in range(3):
            together = list(pool.map(lambda src: resample(src, (40, 50)), sources))
            assert all(np.array_equal(a, b) for a, b in zip(alone, together, strict=True))


@pytest.mark.parametrize("channels", [1, 2, 3, 4, 5])
@pytest.mark.parametrize("dtype", [np.uint8, np.uint16, np.float32])
def test_nearest_copies_whole_pixels(channels: int, dtype: type) -> None:
    src = photo(23, 37, channels).astype(dtype)
    for size in ((23, 37), (50, 90), (9, 11), (1, 1), (46, 74)):
        result = resample(src, size, min_filter=Filter.NN, mag_filter=Filter.NN)
        rows = np.floor((np.arange(size[0]) + 0.5) * 23 / size[0] + 1e-6).astype(int)
        columns = np.floor((np.arange(size[1]) + 0.5) * 37 / size[1] + 1e-6).astype(int)
        assert np.array_equal(result, src[rows][:, columns])
    flipped = resample(src, (23, 37), min_filter=0, mag_filter=0, roi=((23.0, 37.0), (0.0, 0.0)))
    assert np.array_equal(flipped, src[::-1, ::-1])


@settings(max_examples=60, deadline=None)
@given(
    size=st.tuples(st.integers(5, 90), st.integers(5, 90)),
    out_size=st.tuples(st.integers(5, 70), st.integers(5, 70)),
    kind=st.sampled_from(list(Filter)),
    antialias=st.booleans(),
    flipped=st.booleans(),
    mirror=st.booleans(),
    data=st.data(),
)
def test_a_part_of_the_source_gives_the_same_crop(
    size: tuple[int, int],
    out_size: tuple[int, int],
    kind: Filter,
    antialias: bool,
    flipped: bool,
    mirror: bool,
    data: st.DataObject,
) -> None:
    src = photo(*size)
    h, w = data.draw(st.integers(1, out_size[0])), data.draw(st.integers(1, out_size[1]))
    crop = (data.draw(st.integers(0, out_size[0] - h)), data.draw(st.integers(0, out_size[1] - w)), h, w)
    options: dict[str, Any] = {"min_filter": kind, "mag_filter": kind, "antialias": antialias}
    if flipped:
        options["roi"] = ((size[0] * 0.9, 1.0), (-1.5, size[1] * 0.8))
    y, x, part_height, part_width = source_window(size, out_size, crop, **options)
    assert 0 <= y <= y + part_height <= size[0]
    assert 0 <= x <= x + part_width <= size[1]
    part = src[y : y + part_height, x : x + part_width]
    whole = resample_normalize(src, out_size, crop=crop, mirror=mirror, **options)
    partly = resample_normalize(part, out_size, crop=crop, mirror=mirror, source=(y, x, *size), **options)
    # The choice between the two arithmetics depends on the number of columns only, which is the same.
    assert np.array_equal(partly, whole)


def test_a_part_that_is_too_small_is_refused() -> None:
    src = photo(80, 90)
    with pytest.raises(ValueError, match="does not hold"):
        resample_normalize(src[10:50, 10:80], (40, 45), crop=(0, 0, 40, 45), source=(10, 10, 80, 90))
