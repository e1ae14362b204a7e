"""Geometric operators: what the golden cases do not show."""

from __future__ import annotations

import math
from typing import Any

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

import adali
from adali import fn, types
from adali.kernels import warp

Batch = list[Any]


def run(make: Any, inputs: list[tuple[Batch, str]], iterations: int = 1, **options: Any) -> list[list[Batch]]:
    """Outputs of a pipeline: [iteration][output][sample]."""
    options = {"num_threads": 2, "seed": 11, **options}
    count = len(inputs[0][0]) if inputs else options.pop("batch_size", 4)
    with adali.sync.Pipeline(batch_size=count, device_id=None, **options) as pipe:
        nodes = [_source(samples, layout) for samples, layout in inputs]
        out = make(*nodes)
        pipe.set_outputs(*(out if isinstance(out, (list, tuple)) else [out]))
    try:
        pipe.build()
        return [[[np.array(t.at(i)) for i in range(len(t))] for t in pipe.run()] for _ in range(iterations)]
    finally:
        pipe.close()


def _source(samples: Batch, layout: str) -> Any:
    return fn.external_source(source=lambda: samples, layout=layout or None)


def reference(image: Any, matrix: Any, size: tuple[int, int], fill: float | None) -> Any:
    """Linear warp in double precision, pixel by pixel."""
    height, width = image.shape[:2]
    out = np.zeros((*size, image.shape[2]))
    for y in range(size[0]):
        for x in range(size[1]):
            u, v = matrix @ (x + 0.5, y + 0.5, 1) - 0.5
            x0, y0 = math.floor(u), math.floor(v)
            for j, wy in ((y0, 1 - (v - y0)), (y0 + 1, v - y0)):
                for i, wx in ((x0, 1 - (u - x0)), (x0 + 1, u - x0)):
                    inside = 0 <= i < width and 0 <= j < height
                    value = image[min(max(j, 0), height - 1), min(max(i, 0), width - 1)]
                    out[y, x] += wx * wy * (value if inside or fill is None else fill)
    return out


@settings(max_examples=40, deadline=None)
@given(
    st.tuples(st.integers(1, 12), st.integers(1, 12), st.integers(1, 4)),
    st.tuples(st.integers(1, 9), st.integers(1, 9)),
    st.lists(st.floats(-2, 2, width=16), min_size=4, max_size=4),
    st.tuples(st.floats(-15, 15, width=16), st.floats(-15, 15, width=16)),
    st.sampled_from([None, 0.0, 200.0]),
    st.sampled_from([np.uint8, np.float32]),
)
def test_linear_warp_is_bilinear_interpolation(
    shape: Any, size: Any, linear: Any, shift: Any, fill: Any, dtype: Any
) -> None:
    image = np.random.default_rng(0).integers(0, 256, shape).astype(dtype)
    matrix = np.array([[linear[0], linear[1], shift[0]], [linear[2], linear[3], shift[1]]], np.float32)
    out = warp.affine(image, matrix, np.empty((*size, shape[2]), dtype), fill=fill)
    wanted = reference(image.astype(float), matrix.astype(float), size, fill)
    assert np.abs(out - wanted).max() <= (0.51 if dtype == np.uint8 else 0.02)


@pytest.mark.parametrize("linear", [True, False])
@pytest.mark.parametrize("value", [math.nan, math.inf, -math.inf, 1e30, -3e38])
@pytest.mark.parametrize("position", [(0, 0), (0, 2), (1, 1)])
def test_wild_matrices_read_nothing_outside(linear: bool, value: float, position: tuple[int, int]) -> None:
    matrix = np.float32([[1, 0, 0], [0, 1, 0]])
    matrix[position] = value
    image = np.full((40, 300, 3), 7, np.uint8)
    out = warp.affine(image, matrix, np.empty_like(image), linear=linear, fill=7.0)
    assert (out == 7).all()
    volume = np.full((3, 4, 300, 1), 7, np.float32)
    matrix3 = np.eye(3, 4, dtype=np.float32)
    matrix3[position] = value
    assert (warp.affine(volume, matrix3, np.empty_like(volume), linear=linear, fill=7.0) == 7).all()


def test_a_shift_by_whole_pixels_is_exact() -> None:
    image = np.random.default_rng(1).integers(0, 256, (50, 700, 3)).astype(np.uint8)
    out = warp.affine(image, np.float32([[1, 0, 5], [0, 1, -3]]), np.empty_like(image), fill=0.0)
    assert (out[3:, :-5] == image[:-3, 5:]).all()
    assert not out[:3].any()
    assert not out[:, -5:].any()


def test_empty_images() -> None:
    empty = np.zeros((0, 4, 3), np.uint8)
    matrix = np.float32([[1, 0, 0], [0, 1, 0]])
    assert (warp.affine(empty, matrix, np.zeros((2, 2, 3), np.uint8), fill=5.0) == 5).all()
    with pytest.raises(ValueError, match="border"):
        warp.affine(empty, matrix, np.zeros((2, 2, 3), np.uint8))


def test_the_inverse_undoes() -> None:
    matrix = np.float32([[0.5, 2, 3], [-1, 0.25, 7]])
    back = warp.inverse(matrix)
    both = np.vstack([back, [[0, 0, 1]]]) @ np.vstack([matrix, [[0, 0, 1]]])
    np.testing.assert_allclose(both, np.eye(3), atol=1e-5)
    with pytest.raises(ValueError, match="no inverse"):
        warp.inverse(np.float32([[1, 2, 0], [2, 4, 0]]))


def test_rotations_by_a_right_angle_are_transpositions() -> None:
    image = np.random.default_rng(2).integers(0, 256, (23, 41, 3)).astype(np.uint8)
    for turns in range(4):
        ((out,),) = run(lambda x, a=90.0 * turns: fn.rotate(x, angle=a), [([image], "HWC")])
        assert (out[0] == np.rot90(image, turns)).all()


def test_transforms_feed_warps_of_frames() -> None:
    frames = np.random.default_rng(3).integers(0, 256, (3, 20, 24, 3)).astype(np.uint8)
    shifts = np.float32([[0, 0], [2, 1], [-3, 4]])

    def make(video: Any, offset: Any) -> Any:
        return fn.warp_affine(video, matrix=fn.transforms.translation(offset=fn.per_frame(offset)))

    ((out,),) = run(make, [([frames], "FHWC"), ([shifts], "")])
    assert (out[0][0] == frames[0]).all()
    assert (out[0][1][:-1, :-2] == frames[1][1:, 2:]).all()
    assert (out[0][2][:-4, 3:] == frames[2][4:, :-3]).all()


def test_legacy_and_ops_names() -> None:
    points = np.float32([[1, 2, 3], [4, 5, 6]])
    ((out,),) = run(lambda m: adali.ops.transforms.Translation(offset=[1, 1])(m), [([points], "")])
    ((old,),) = run(lambda m: adali.ops.TransformTranslation(offset=[1, 1])(m), [([points], "")])
    np.testing.assert_array_equal(out[0], old[0])


def test_multi_paste_of_sequences() -> None:
    # The real DALI fails on sequences here (CPU), so there is no golden case.
    rng = np.random.default_rng(4)
    one, two = (rng.integers(0, 256, (2, 5, 6, 3)).astype(np.uint8) for _ in range(2))
    anchors = np.int32([[[0, 0], [4, 5]], [[3, 2], [1, 1]]])

    def make(a: Any, b: Any, at: Any) -> Any:
        return fn.multi_paste(a, b, out_anchors=fn.per_frame(at), output_size=[10, 12])

    ((out,),) = run(make, [([one], "FHWC"), ([two], "FHWC"), ([anchors], "")])
    wanted = np.zeros((2, 10, 12, 3), np.uint8)
    for frame in range(2):
        for image, (y, x) in zip((one, two), anchors[frame], strict=True):
            wanted[frame, y : y + 5, x : x + 6] = image[frame]
    assert (out[0] == wanted).all()


def test_paste_refuses_wrong_channels() -> None:
    image = np.zeros((3, 4, 1), np.uint8)
    with pytest.raises(adali.errors.AdaliError, match="channels"):
        run(lambda x: fn.paste(x, ratio=2.0, fill_value=[1, 2, 3]), [([image], "HWC")])


def test_erase_leaves_its_input_alone() -> None:
    image = np.ones((4, 4, 1), np.uint8)
    run(lambda x: fn.erase(x, anchor=[0, 0], shape=[2, 2]), [([image], "HWC")])
    assert image.all()


def starts(**kwargs: Any) -> Any:
    batches = run(lambda: fn.roi_random_crop(**kwargs), [], iterations=40, batch_size=50)
    return np.concatenate([np.stack(b[0]) for b in batches])


@pytest.mark.parametrize(
    ("kwargs", "ranges"),
    [
        ({"crop_shape": [3, 4], "roi_start": [1, 2], "roi_end": [10, 6]}, [(1, 7), (2, 2)]),
        ({"crop_shape": [8, 4], "roi_start": [1, 2], "roi_shape": [3, 9]}, [(-4, 1), (2, 7)]),
        ({"crop_shape": [8, 8], "roi_start": [1, 7], "roi_shape": [3, 2], "in_shape": [9, 10]}, [(0, 1), (1, 2)]),
    ],
)
def test_roi_random_crop_is_uniform(kwargs: Any, ranges: Any) -> None:
    out = starts(**kwargs)
    assert out.dtype == np.int64
    for column, (low, high) in zip(out.T, ranges, strict=True):
        values, counts = np.unique(column, return_counts=True)
        assert values.tolist() == list(range(low, high + 1))
        expected = len(column) / len(values)
        # Five standard deviations of a multinomial count.
        assert np.abs(counts - expected).max() <= 5 * math.sqrt(expected)


def test_roi_random_crop_takes_the_shape_of_its_input() -> None:
    image = np.zeros((9, 10, 3), np.uint8)
    ((out,),) = run(
        lambda x: fn.roi_random_crop(x, crop_shape=[9, 10], roi_start=[2, 2], roi_shape=[3, 3]), [([image], "HWC")]
    )
    assert out[0].tolist() == [0, 0]


@pytest.mark.parametrize(
    "kwargs",
    [
        {"crop_shape": [3, 3], "roi_start": [0, 0]},
        {"crop_shape": [3, 3], "roi_start": [0, 0], "roi_end": [2, 2], "roi_shape": [2, 2]},
        {"crop_shape": [30, 3], "roi_start": [0, 0], "roi_shape": [2, 2], "in_shape": [10, 10]},
        {"crop_shape": [3, 3], "roi_start": [0, 9], "roi_shape": [2, 2], "in_shape": [10, 10]},
        {"crop_shape": [3, 3], "roi_start": [0, 0], "roi_shape": [2, 2], "in_shape": [10, 10, 3]},
    ],
)
def test_roi_random_crop_refuses(kwargs: Any) -> None:
    with pytest.raises((adali.errors.AdaliError, ValueError)):
        run(lambda: fn.roi_random_crop(**kwargs), [])


def distance(sample: Any) -> float:
    """Kolmogorov-Smirnov distance of numbers in 0..1 from the uniform distribution, times the root of their count."""
    x = np.sort(sample)
    n = len(x)
    return float(max((np.arange(1, n + 1) / n - x).max(), (x - np.arange(n) / n).max()) * math.sqrt(n))


def crops(seed: int = 11, threads: int = 2, iterations: int = 30, **kwargs: Any) -> tuple[Any, Any]:
    shapes = [np.int64([4000, 5000, 3])] * 40
    out = run(
        lambda s: fn.random_crop_generator(s, **kwargs), [(shapes, "")], iterations, num_threads=threads, seed=seed
    )
    return tuple(np.concatenate([np.stack(b[k]) for b in out]) for k in range(2))  # type: ignore[return-value]


def test_random_crop_generator_draws_area_and_ratio() -> None:
    anchor, shape = crops(random_area=[0.1, 0.3], random_aspect_ratio=[0.8, 1.25])
    assert anchor.dtype == shape.dtype == np.int32
    assert (anchor >= 0).all()
    assert (anchor + shape <= (4000, 5000)).all()
    # No window of these areas is too large for the image, so none is drawn twice. 1.63 is the 1 % point.
    assert distance((shape.prod(1) / 2e7 - 0.1) / 0.2) < 1.63
    ratio = np.log(shape[:, 1] / shape[:, 0])
    assert distance(np.clip((ratio / math.log(1.25) + 1) / 2, 0, 1)) < 1.63
    assert distance(anchor[:, 0] / (4000 - shape[:, 0] + 1)) < 1.63


def test_random_crop_generator_is_reproducible() -> None:
    first, again, other = crops(iterations=2), crops(iterations=2, threads=4), crops(iterations=2, seed=12)
    np.testing.assert_array_equal(first, again)
    assert (first[0] != other[0]).any()
    assert len({tuple(a) for a in first[0]}) > 70


@pytest.mark.parametrize("shape", [np.float32([3, 4]), np.int64([3]), np.int64([1, 2, 3, 4])])
def test_random_crop_generator_refuses(shape: Any) -> None:
    with pytest.raises(adali.errors.AdaliError, match="integers"):
        run(lambda s: fn.random_crop_generator(s), [([shape], "")])


def test_per_frame_values_must_fit_the_frames() -> None:
    video = np.zeros((3, 5, 6, 1), np.uint8)
    with pytest.raises(adali.errors.AdaliError, match="2 frames"):
        run(lambda v, a: fn.rotate(v, angle=fn.per_frame(a)), [([video], "FHWC"), ([np.float32([1, 2])], "")])


def test_interpolations_of_displacements() -> None:
    image = np.random.default_rng(5).integers(0, 256, (30, 31, 3)).astype(np.uint8)
    still = {"ampl_x": 0.0, "ampl_y": 0.0}
    ((out,),) = run(lambda x: fn.water(x, **still), [([image], "HWC")])
    assert (out[0] == image).all()
    ((out,),) = run(lambda x: fn.water(x, interp_type=types.INTERP_LINEAR, **still), [([image], "HWC")])
    # Linear interpolation takes the corner of each pixel, which four pixels share.
    corner = (image[:-1, :-1].astype(float) + image[1:, :-1] + image[:-1, 1:] + image[1:, 1:]) / 4
    assert np.abs(out[0][1:, 1:] - corner).max() <= 0.5
