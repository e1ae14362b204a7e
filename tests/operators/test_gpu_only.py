"""Operators that the real DALI runs on the GPU only, or has no more, compared with NumPy and OpenCV."""

from __future__ import annotations

import functools
from collections.abc import Callable
from typing import Any

import numpy as np
import pytest
from numpy.lib.stride_tricks import sliding_window_view

import adali.sync
from adali import fn, types
from adali.errors import AdaliError

cv2 = pytest.importorskip("cv2")


def run(make: Callable[..., Any], *batches: Any, layouts: tuple[str, ...] = (), seed: int = 3) -> tuple[list[Any], str]:
    """Samples and layout of the first output; each input is a list of samples."""
    pipe = adali.sync.Pipeline(batch_size=len(batches[0]), num_threads=2, device_id=None, seed=seed)
    with pipe:
        nodes = []
        for k, batch in enumerate(batches):
            layout = layouts[k] if k < len(layouts) else ""

            source = functools.partial(list, batch)
            nodes.append(fn.external_source(source, layout=layout) if layout else fn.external_source(source))
        pipe.set_outputs(make(*nodes))
    try:
        (out,) = pipe.run()
        return [np.array(out.at(i)) for i in range(len(out))], out.layout()
    finally:
        pipe.close()


def rng(seed: int = 0) -> np.random.Generator:
    return np.random.default_rng(seed)


# ---- erode, dilate --------------------------------------------------------------------------------------------------

PAD = {"replicate": "edge", "reflect": "symmetric", "reflect_101": "reflect", "reflect101": "reflect", "wrap": "wrap"}


def morphology(
    image: Any, size: tuple[int, int], anchor: tuple[int, int], border: str, times: int, most: bool
) -> np.ndarray[Any, Any]:
    """One plane, by the definition: a window over padded data."""
    anchor = tuple(s // 2 if a < 0 else a for a, s in zip(anchor, size, strict=True))  # type: ignore[assignment]
    width, height = (s + (times - 1) * (s - 1) for s in size)
    left, top = (a * times for a in anchor)
    margin = [(top, height - 1 - top), (left, width - 1 - left)]
    if border == "constant":
        wide = np.pad(image.astype(np.float64), margin, constant_values=-np.inf if most else np.inf)
    else:
        wide = np.pad(image, margin, mode=PAD[border])
    windows = sliding_window_view(wide, (height, width))
    return windows.max((2, 3)) if most else windows.min((2, 3))


@pytest.mark.parametrize("most", [False, True], ids=["erode", "dilate"])
@pytest.mark.parametrize(
    ("dtype", "size", "anchor", "border", "times"),
    [
        (np.uint8, (3, 3), (-1, -1), "constant", 1),
        (np.uint8, (5, 2), (-1, -1), "replicate", 1),
        (np.int16, (4, 3), (0, 2), "reflect", 1),
        (np.uint16, (3, 5), (2, 0), "reflect_101", 2),
        (np.int32, (3, 3), (1, 0), "wrap", 3),
        (np.float32, (2, 4), (1, 3), "reflect101", 1),
        (np.float64, (1, 1), (-1, -1), "wrap", 2),
    ],
)
def test_morphology(
    most: bool, dtype: Any, size: tuple[int, int], anchor: tuple[int, int], border: str, times: int
) -> None:
    random = rng(1)
    images = []
    for shape in ((17, 13, 3), (16, 20, 1), (15, 15, 5)):
        values = random.integers(0, 200, shape) if dtype == np.uint8 else random.normal(0, 20000, shape)
        images.append(values.clip(0 if np.dtype(dtype).kind == "u" else -30000, 30000).astype(dtype))
    images[0][4, 4, 0] = np.iinfo(dtype).max if np.dtype(dtype).kind in "iu" else 9e9
    op = fn.experimental.dilate if most else fn.experimental.erode
    kwargs = {"mask_size": list(size), "anchor": list(anchor), "border_mode": border, "iterations": times}
    got, layout = run(lambda x: op(x, **kwargs), images, layouts=("HWC",))
    assert layout == "HWC"
    for image, result in zip(images, got, strict=True):
        assert result.dtype == image.dtype
        for c in range(image.shape[2]):
            np.testing.assert_array_equal(result[..., c], morphology(image[..., c], size, anchor, border, times, most))
    planes, layout = run(lambda x: op(x, **kwargs), [i.transpose(2, 0, 1).copy() for i in images], layouts=("CHW",))
    assert layout == "CHW"
    for a, b in zip(planes, got, strict=True):
        np.testing.assert_array_equal(a, b.transpose(2, 0, 1))


def test_morphology_defaults_are_those_of_opencv() -> None:
    image = rng().integers(0, 256, (20, 30, 3), dtype=np.uint8)
    (got,), _ = run(fn.experimental.erode, [image], layouts=("HWC",))
    np.testing.assert_array_equal(got, cv2.erode(image, np.ones((3, 3), np.uint8)))
    (got,), _ = run(fn.experimental.dilate, [image[..., 0]], layouts=("HW",))
    np.testing.assert_array_equal(got, cv2.dilate(image[..., 0], np.ones((3, 3), np.uint8)))


def test_morphology_arguments_for_samples_and_frames() -> None:
    video = rng().integers(0, 256, (2, 12, 14, 3), dtype=np.uint8)
    sizes = [np.int32([[3, 1], [1, 5]])]
    anchors = [np.int32([[-1, 0], [0, 4]])]
    (got,), layout = run(
        lambda x, s, a: fn.experimental.erode(x, mask_size=fn.per_frame(s), anchor=fn.per_frame(a)),
        [video],
        sizes,
        anchors,
        layouts=("FHWC",),
    )
    assert layout == "FHWC"
    for frame, size, anchor, result in zip(video, sizes[0], anchors[0], got, strict=True):
        want = cv2.erode(frame, np.ones(size[::-1], np.uint8), anchor=tuple(anchor.tolist()))
        np.testing.assert_array_equal(result, want)
    images = [video[0], video[1]]
    got, _ = run(lambda x, s: fn.experimental.dilate(x, mask_size=s), images, [np.int32([3, 3]), np.int32([7, 1])])
    for image, size, result in zip(images, (3, 7), got, strict=True):
        np.testing.assert_array_equal(result, cv2.dilate(image, np.ones((3 if size == 3 else 1, size), np.uint8)))


@pytest.mark.parametrize(
    ("kwargs", "message"),
    [
        ({"mask_size": [0, 3]}, "mask_size must be positive"),
        ({"anchor": [3, 0]}, "outside of the mask"),
        ({"border_mode": "mirror"}, "border_mode must be one of"),
        ({"iterations": 0}, "iterations must be positive"),
    ],
)
def test_morphology_errors(kwargs: dict[str, Any], message: str) -> None:
    with pytest.raises(AdaliError, match=message):
        run(lambda x: fn.experimental.erode(x, **kwargs), [np.zeros((4, 4, 3), np.uint8)], layouts=("HWC",))
    with pytest.raises(AdaliError, match="input type int8"):
        run(fn.experimental.erode, [np.zeros((4, 4, 3), np.int8)], layouts=("HWC",))


# ---- median_blur ----------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("dtype", [np.uint8, np.int16, np.uint16, np.int32, np.float32])
@pytest.mark.parametrize("size", [(3, 3), (5, 3), (1, 1), (7, 7), 5, (1, 9)])
def test_median_blur(dtype: Any, size: Any) -> None:
    images = [
        rng(k).integers(0, 9000, shape).astype(dtype) for k, shape in enumerate([(12, 17, 3), (9, 5, 1), (7, 8, 6)])
    ]
    width, height = (size, size) if isinstance(size, int) else size
    got, _ = run(lambda x: fn.experimental.median_blur(x, window_size=size), images, layouts=("HWC",))
    for image, result in zip(images, got, strict=True):
        wide = np.pad(image, [(height // 2,) * 2, (width // 2,) * 2, (0, 0)], mode="edge")
        windows = sliding_window_view(wide, (height, width), (0, 1))
        np.testing.assert_array_equal(result, np.median(windows, (3, 4)).astype(dtype))
        assert result.dtype == image.dtype


def test_median_blur_of_sequences_and_sizes_for_samples() -> None:
    videos = [rng(k).integers(0, 256, (2, 3, 9, 11), dtype=np.uint8) for k in range(2)]
    sizes = [np.int32([3, 3]), np.int32([5, 5])]
    got, layout = run(lambda x, s: fn.experimental.median_blur(x, window_size=s), videos, sizes, layouts=("FCHW",))
    assert layout == "FCHW"
    for video, size, result in zip(videos, (3, 5), got, strict=True):
        for f, c in np.ndindex(2, 3):
            np.testing.assert_array_equal(result[f, c], cv2.medianBlur(video[f, c], size))
    with pytest.raises(AdaliError, match="window_size must be odd"):
        run(lambda x: fn.experimental.median_blur(x, window_size=[3, 4]), videos, layouts=("FCHW",))


# ---- remap ----------------------------------------------------------------------------------------------------------


def weight(kind: types.DALIInterpType, x: Any) -> Any:
    x = np.abs(x)
    if kind == types.INTERP_LINEAR:
        return np.maximum(1 - x, 0)
    if kind == types.INTERP_CUBIC:
        near, far = 1.5 * x**3 - 2.5 * x**2 + 1, -0.5 * x**3 + 2.5 * x**2 - 4 * x + 2
        return np.where(x < 1, near, np.where(x < 2, far, 0))
    return np.where(x < 3, np.sinc(x) * np.sinc(x / 3), 0)


def remapped(image: Any, xs: Any, ys: Any, kind: types.DALIInterpType) -> Any:
    """By the definition: every pixel of the input weighs with its distance from the point."""
    height, width = image.shape[:2]
    if kind == types.INTERP_NN:
        u, v = np.floor(xs + 0.5).astype(int), np.floor(ys + 0.5).astype(int)
        inside = (u >= 0) & (v >= 0) & (u < width) & (v < height)
        return np.where(inside[..., None], image[v.clip(0, height - 1), u.clip(0, width - 1)], 0).astype(np.float64)
    # Weights of pixels around the image count for the sum of 1.
    columns, rows = np.arange(-9, width + 9), np.arange(-9, height + 9)
    wx, wy = weight(kind, xs[..., None] - columns), weight(kind, ys[..., None] - rows)
    for w in (wx, wy):
        total = w.sum(-1, keepdims=True)
        np.divide(w, total, out=w, where=total > 0.5)
    return np.einsum("yxi,yxj,ijc->yxc", wy[..., 9:-9], wx[..., 9:-9], image.astype(np.float64))


@pytest.mark.parametrize("kind", [types.INTERP_NN, types.INTERP_LINEAR, types.INTERP_CUBIC, types.INTERP_LANCZOS3])
@pytest.mark.parametrize("dtype", [np.uint8, np.int16, np.uint16, np.float32])
@pytest.mark.parametrize("origin", ["corner", "center"])
def test_remap(kind: types.DALIInterpType, dtype: Any, origin: str) -> None:
    random = rng(4)
    images = [random.integers(0, 250, (14, 11, c)).astype(dtype) for c in (1, 3)]
    maps = [random.uniform(-3, 16, (2, 9, 12)).astype(np.float32) for _ in images]
    maps[0][0, 0, 0], maps[0][1, 0, 1], maps[0][0, 0, 2] = np.nan, np.inf, 1e30
    xs, ys = [m[0] for m in maps], [m[1] for m in maps]
    got, layout = run(
        lambda i, x, y: fn.experimental.remap(i, x, y, interp=kind, pixel_origin=origin),
        images,
        xs,
        ys,
        layouts=("HWC", "HW", "HW"),
    )
    assert layout == "HWC"
    for image, x, y, result in zip(images, xs, ys, got, strict=True):
        far = ~(np.isfinite(x) & np.isfinite(y)) | (np.abs(x) > 1e9)
        shift = 0.5 if origin == "corner" else 0.0
        want = remapped(image, np.where(far, -99, x) - shift, np.where(far, -99, y) - shift, kind)
        assert result.dtype == image.dtype
        if dtype != np.float32:
            want = np.clip(want, np.iinfo(dtype).min, np.iinfo(dtype).max)
        np.testing.assert_allclose(result, want, atol=0.51 if dtype != np.float32 else 1e-3, rtol=1e-6)


def test_remap_is_that_of_opencv() -> None:
    image = cv2.GaussianBlur(rng().integers(0, 256, (40, 50, 3), dtype=np.uint8), (5, 5), 2)
    x, y = (m.astype(np.float32) for m in np.meshgrid(np.arange(50) * 0.9 + 1.3, np.arange(40) + 0.7))
    (got,), _ = run(lambda i: fn.experimental.remap(i, x, y, pixel_origin="center"), [image], layouts=("HWC",))
    assert np.abs(got.astype(int) - cv2.remap(image, x, y, cv2.INTER_LINEAR)).max() <= 2  # it has steps of 1/32 pixel


def test_remap_of_sequences() -> None:
    video = rng().integers(0, 256, (2, 8, 9, 3), dtype=np.uint8)
    maps = [rng(k).uniform(0, 8, (2, 6, 5, 1)).astype(np.float32) for k in (1, 2)]
    both, layout = run(fn.experimental.remap, [video], [maps[0]], [maps[1]], layouts=("FHWC", "FHWC", "FHWC"))
    assert layout == "FHWC"
    one, _ = run(fn.experimental.remap, [video], [maps[0][0]], [maps[1][:1]], layouts=("FHWC", "HWC", "FHWC"))
    for frame in range(2):
        singly, _ = run(fn.experimental.remap, [video[frame]], *[[m[frame]] for m in maps], layouts=("HWC",) * 3)
        np.testing.assert_array_equal(both[0][frame], singly[0])
        first, _ = run(fn.experimental.remap, [video[frame]], *[[m[0]] for m in maps], layouts=("HWC",) * 3)
        np.testing.assert_array_equal(one[0][frame], first[0])
    with pytest.raises(AdaliError, match="maps for 2 frames"):
        run(fn.experimental.remap, [video[0]], [maps[0]], [maps[1]], layouts=("HWC", "FHWC", "FHWC"))
    with pytest.raises(AdaliError, match="same size"):
        run(fn.experimental.remap, [video[0]], [maps[0][0]], [maps[1][0, 1:]], layouts=("HWC", "HWC", "HWC"))
    with pytest.raises(AdaliError, match="must be FLOAT"):
        run(fn.experimental.remap, [video[0]], [np.zeros((3, 3))], [np.zeros((3, 3))], layouts=("HWC", "HW", "HW"))


# ---- jitter ---------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("degree", [0, 1, 2, 5])
def test_jitter_is_uniform_within_its_bounds(degree: int) -> None:
    """On a ramp, the value of a pixel says where it comes from."""
    ramp = np.stack(np.meshgrid(np.arange(120), np.arange(100)), -1).astype(np.float32)
    (got,), _ = run(
        lambda x: fn.jitter(x, nDegree=degree, interp_type=types.INTERP_LINEAR, fill_value=-99.0),
        [ramp],
        layouts=("HWC",),
    )
    moved = (got - ramp)[5:-5, 5:-5]
    assert np.abs(moved).max() <= degree / 2 + 1e-4
    if not degree:
        np.testing.assert_allclose(moved, 0, atol=1e-4)
        return
    sample = np.sort(moved.reshape(-1, 2) / degree + 0.5, axis=0)
    expected = np.linspace(0, 1, len(sample))[:, None]
    assert np.abs(sample - expected).max() < 2 / np.sqrt(len(sample))  # Kolmogorov and Smirnov, level 0.0007
    assert abs(np.corrcoef(moved[..., 0].ravel(), moved[..., 1].ravel())[0, 1]) < 0.04
    assert (got[:, 0, 0] < -1).any()  # the fill value shows at the edge


def test_jitter_nearest_takes_pixels_of_the_image() -> None:
    image = rng().integers(0, 200, (30, 40, 3), dtype=np.uint8)
    (got,), _ = run(lambda x: fn.jitter(x, nDegree=4, fill_value=255.0), [image], layouts=("HWC",))
    padded = np.pad(image, [(2, 2), (2, 2), (0, 0)], constant_values=255)
    windows = sliding_window_view(padded, (5, 5), (0, 1))
    assert (windows == got[..., None, None]).all(2).any((2, 3)).all()
    assert 0.01 < (got == image).all(-1).mean() < 0.2  # 1 in 16, and some are there again


def test_jitter_mask_seed_and_errors() -> None:
    image = rng().integers(0, 256, (20, 20, 3), dtype=np.uint8)
    masks = [np.int32(1), np.int32(0), np.int32(1)]
    got, _ = run(lambda x, m: fn.jitter(x, mask=m, seed=5), [image] * 3, masks, layouts=("HWC",))
    again, _ = run(lambda x, m: fn.jitter(x, mask=m, seed=5), [image] * 3, masks, layouts=("HWC",), seed=9)
    np.testing.assert_array_equal(got, again)
    np.testing.assert_array_equal(got[1], image)
    assert (got[0] != image).any()
    assert (got[0] != got[2]).any()
    with pytest.raises(AdaliError, match="nDegree must not be negative"):
        run(lambda x: fn.jitter(x, nDegree=-1), [image], layouts=("HWC",))


# ---- decoders.inflate -----------------------------------------------------------------------------------------------


def deflate(data: Any) -> Any:
    block = pytest.importorskip("lz4.block", reason="needs the package lz4")
    return np.frombuffer(block.compress(data.tobytes(), store_size=False), np.uint8)


@pytest.mark.parametrize("dtype", [np.uint8, np.int16, np.float32, np.bool_])
def test_inflate(dtype: Any) -> None:
    data = [rng(k).integers(0, 3, shape).astype(dtype) for k, shape in enumerate([(40, 30, 3), (5, 7, 1), (0, 3, 2)])]
    shapes = [np.int32(d.shape) for d in data]
    got, layout = run(
        lambda x, s: fn.decoders.inflate(x, shape=s, dtype=types.to_dali_type(np.dtype(dtype)), layout="HWC"),
        [deflate(d) for d in data],
        shapes,
    )
    assert layout == "HWC"
    for want, result in zip(data, got, strict=True):
        assert result.dtype == want.dtype
        np.testing.assert_array_equal(result, want)


@pytest.mark.parametrize("given", ["sizes", "offsets", "both"])
def test_inflate_chunks(given: str) -> None:
    videos = [rng(k).integers(0, 3, (frames, 8, 9, 3), dtype=np.uint8) for k, frames in enumerate((3, 1, 4))]
    chunks = [[deflate(frame) for frame in video] for video in videos]
    gap = 5 if given == "both" else 0  # bytes between chunks, which belong to none
    data = [np.concatenate([np.r_[np.full(gap, 77, np.uint8), c] for c in each]) for each in chunks]
    sizes = [np.int32([len(c) for c in each]) for each in chunks]
    offsets = [np.cumsum([gap, *(s[:-1] + gap)]).astype(np.int32) for s in sizes]

    def make(x: Any, s: Any, o: Any) -> Any:
        names = {"sizes": {"chunk_sizes": s}, "offsets": {"chunk_offsets": o}}
        chosen = names.get(given, {"chunk_sizes": s, "chunk_offsets": o})
        return fn.experimental.inflate(x, shape=[8, 9, 3], layout="HWC", sequence_axis_name="N", **chosen)

    got, layout = run(make, data, sizes, offsets)
    assert layout == "NHWC"
    for want, result in zip(videos, got, strict=True):
        np.testing.assert_array_equal(result, want)


def test_inflate_errors() -> None:
    data = deflate(np.arange(100, dtype=np.uint8))
    for kwargs, message in (
        ({"shape": [90]}, "more than the 90 bytes"),
        ({"shape": [99]}, "holds 100 bytes, but 'shape' and 'dtype' say 99"),
        ({"shape": [101]}, "holds 100 bytes, but 'shape' and 'dtype' say 101"),
        ({"shape": [100], "chunk_sizes": [len(data) + 1]}, "chunk 0 reaches from byte 0"),
        ({"shape": [100], "chunk_sizes": [3, 4], "chunk_offsets": [0]}, "1 chunk_offsets, but 2 chunk_sizes"),
        ({"shape": [100], "algorithm": "zlib"}, "algorithm must be 'LZ4'"),
        ({"shape": [100], "sequence_axis_name": "FG"}, "one letter"),
    ):
        with pytest.raises(AdaliError, match=message):
            run(lambda x, k=kwargs: fn.decoders.inflate(x, **k), [data])
    for cut in range(len(data)):  # a damaged block is an error, or (rarely) shorter
        with pytest.raises(AdaliError):
            run(lambda x: fn.decoders.inflate(x, shape=[100]), [data[:cut]])


# ---- optical_flow ---------------------------------------------------------------------------------------------------


def moving(dy: float, dx: float, frames: int = 3, channels: int = 3) -> Any:
    """A smooth random scene that moves by (dx, dy) from frame to frame."""
    noise = rng(7).normal(0, 1, (160, 180)).astype(np.float32)
    scene = cv2.GaussianBlur(noise, (0, 0), 3)
    scene = ((scene - scene.min()) / np.ptp(scene) * 255).astype(np.float32)
    video = []
    for k in range(frames):
        shift = np.float32([[1, 0, 30 - k * dx], [0, 1, 30 - k * dy]])
        frame = cv2.warpAffine(scene, shift, (100, 80), flags=cv2.INTER_LINEAR | cv2.WARP_INVERSE_MAP)
        video.append(frame.round().astype(np.uint8))
    return np.repeat(np.stack(video)[..., None], channels, -1)


@pytest.mark.parametrize("preset", [0.0, 0.5, 1.0])
@pytest.mark.parametrize("shift", [(0.0, 0.0), (2.0, -1.0), (-1.5, 3.25)])
def test_optical_flow_finds_a_shift(preset: float, shift: tuple[float, float]) -> None:
    (flow,), layout = run(lambda x: fn.optical_flow(x, preset=preset), [moving(*shift)], layouts=("FHWC",))
    assert layout == "FHWC"
    assert flow.shape == (2, 20, 25, 2)
    assert flow.dtype == np.float32
    inner = flow[:, 3:-3, 3:-3]
    assert np.abs(inner - np.float32(shift[::-1])).mean() < 0.15


def test_optical_flow_arguments() -> None:
    video = moving(1.0, 2.0)
    fine, _ = run(lambda x: fn.optical_flow(x, output_grid=1), [video], layouts=("FHWC",))
    for grid in (2, 4):
        coarse, _ = run(lambda x, g=grid: fn.optical_flow(x, output_grid=g), [video[:, :79]], layouts=("FHWC",))
        assert coarse[0].shape == (2, -(-79 // grid), 100 // grid, 2)
        whole, _ = run(lambda x, g=grid: fn.optical_flow(x, output_format=g), [video], layouts=("FHWC",))
        means = fine[0].reshape(2, 80 // grid, grid, 100 // grid, grid, 2).mean((2, 4))
        np.testing.assert_allclose(whole[0], means, atol=1e-4)
    gray, _ = run(
        lambda x: fn.optical_flow(x, output_grid=1, image_type=types.GRAY), [video[..., :1].copy()], layouts=("FHWC",)
    )
    np.testing.assert_array_equal(gray[0], fine[0])
    tinted = video * np.uint8([1, 0, 0])
    red, _ = run(lambda x: fn.optical_flow(x), [tinted], layouts=("FHWC",))
    blue, _ = run(lambda x: fn.optical_flow(x, image_type=types.BGR), [tinted[..., ::-1].copy()], layouts=("FHWC",))
    np.testing.assert_array_equal(red[0], blue[0])


def test_optical_flow_hints() -> None:
    """A shift that is too large for the search is found from a hint."""
    video = moving(0.0, 24.0)
    hint = np.zeros((2, 10, 13, 2), np.float32)
    hint[..., 0] = 24

    def errors(make: Callable[..., Any], *inputs: Any) -> Any:
        (flow,), _ = run(make, *inputs, layouts=("FHWC",) * len(inputs))
        return np.abs(flow[:, 3:-3, 3:15] - np.float32([24, 0])).mean((1, 2, 3))

    without = errors(lambda x: fn.optical_flow(x, preset=1.0), [video])
    hinted = errors(
        lambda x, h: fn.optical_flow(x, h, preset=1.0, enable_external_hints=True, hint_grid=8), [video], [hint]
    )
    assert (hinted < 0.1).all()
    assert (hinted <= without).all()
    temporal = errors(lambda x: fn.optical_flow(x, preset=1.0, enable_temporal_hints=True), [video])
    assert temporal[0] == without[0]
    assert temporal[1] != without[1]
    for make, inputs, message in (
        (lambda x: fn.optical_flow(x, enable_external_hints=True), [[video]], "give both"),
        (lambda x, h: fn.optical_flow(x, h), [[video], [hint]], "give both"),
        (lambda x, h: fn.optical_flow(x, h, enable_external_hints=True), [[video], [hint]], "hints must be FLOAT"),
        (lambda x: fn.optical_flow(x, output_grid=3), [[video]], "output_grid must be one of"),
        (lambda x: fn.optical_flow(x, hint_grid=3), [[video]], "hint_grid must be one of"),
        (lambda x: fn.optical_flow(x, preset=0.3), [[video]], "preset must be"),
        (lambda x: fn.optical_flow(x, image_type=types.GRAY), [[video]], "with 1 channels"),
        (lambda x: fn.optical_flow(x), [[video[:, :9]]], "at least 16 rows"),
    ):
        with pytest.raises(AdaliError, match=message):
            run(make, *inputs, layouts=("FHWC",) * len(inputs))  # type: ignore[arg-type]


def test_a_single_frame_has_no_flow() -> None:
    (flow,), _ = run(fn.optical_flow, [moving(0, 0, frames=1)], layouts=("FHWC",))
    assert flow.shape == (0, 20, 25, 2)


# ---- operators and names of the documented version ------------------------------------------------------------------


@pytest.mark.parametrize("dtype", [types.FLOAT, types.FLOAT16])
@pytest.mark.parametrize("channels", [1, 3])
def test_normalize_permute(dtype: types.DALIDataType, channels: int) -> None:
    images = [rng(k).integers(0, 256, (8, 9, channels), dtype=np.uint8) for k in range(2)]
    mean, std = [[10.0, 20.0, 30.0][:channels], [2.0, 4.0, 8.0][:channels]]
    kind = types.GRAY if channels == 1 else types.RGB
    kwargs = {"height": 8, "width": 9, "mean": mean, "std": std, "output_dtype": dtype, "image_type": kind}
    got, layout = run(lambda x: fn.normalize_permute(x, **kwargs), images, layouts=("HWC",))
    assert layout == "CHW"
    for image, result in zip(images, got, strict=True):
        want = ((image - np.float64(mean)) / std).transpose(2, 0, 1)
        assert result.dtype == types.to_numpy_type(dtype)
        np.testing.assert_allclose(result, want, rtol=1e-3 if dtype == types.FLOAT16 else 1e-5, atol=1e-5)
    for wrong, message in (
        ({"height": 7}, "expected an image of shape"),
        ({"mean": [1.0, 2.0]}, "'mean' must have"),
        ({"output_dtype": types.INT32}, "FLOAT or FLOAT16"),
    ):
        with pytest.raises(AdaliError, match=message):
            run(lambda x, w=wrong: fn.normalize_permute(x, **{**kwargs, **w}), images, layouts=("HWC",))
