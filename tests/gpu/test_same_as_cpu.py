"""GPU operators against the CPU's where golden cases do not reach: random numbers, large windows, odd types."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np
import pytest
from on_gpu import everything_on_gpu

import adali.sync
from adali import fn, types


def data(dtype: str, *shapes: tuple[int, ...], seed: int = 0) -> list[Any]:
    random = np.random.default_rng(seed)
    if dtype.startswith("float"):
        return [(random.random(shape) * 200 - 20).astype(dtype) for shape in shapes]
    low = 0 if dtype[0] == "u" else -100
    return [random.integers(low, 250 if dtype != "int8" else 120, shape).astype(dtype) for shape in shapes]


IMAGES = (17, 13, 3), (20, 31, 3), (0, 5, 3)
ONE, TWO = np.float32(0.3), np.float32(2.5)


def each(*values: Any) -> Any:
    arrays = [np.asarray(v) for v in values]
    return fn.external_source(lambda: [a.astype(np.int32) if a.dtype == np.int64 else a for a in arrays])


Case = tuple[Callable[[Any], Any], list[Any], str, float]
CASES: dict[str, Case] = {
    "jitter": (lambda x: fn.jitter(x, nDegree=4, fill_value=9.0), data("uint8", *IMAGES), "HWC", 0),
    "jitter-linear": (
        lambda x: fn.jitter(x, nDegree=3, interp_type=types.INTERP_LINEAR, mask=each(np.int32(1), 0, 1)),
        data("float32", *IMAGES),
        "HWC",
        1e-3,
    ),
    "gaussian-uint8": (lambda x: fn.noise.gaussian(x, stddev=30.0), data("uint8", *IMAGES), "HWC", 0),
    "gaussian-float": (
        lambda x: fn.noise.gaussian(x, mean=each(ONE, TWO, ONE), stddev=each(TWO, ONE, ONE)),
        data("float32", *IMAGES, seed=1),
        "",
        1e-5,
    ),
    "gaussian-int32": (lambda x: fn.noise.gaussian(x, stddev=3e5), data("int32", *IMAGES), "HWC", 0),
    "shot-uint8": (lambda x: fn.noise.shot(x, factor=each(TWO, np.float32(0), ONE)), data("uint8", *IMAGES), "HWC", 0),
    "shot-float": (lambda x: fn.noise.shot(x, factor=11.0), data("float32", *IMAGES), "HWC", 1e-4),
    "salt-pixels": (lambda x: fn.noise.salt_and_pepper(x, prob=0.4), data("float32", *IMAGES), "HWC", 0),
    "salt-planes": (
        lambda x: fn.noise.salt_and_pepper(x, prob=0.5, salt_vs_pepper=each(ONE, ONE), salt_val=77.5),
        data("int16", (3, 9, 8), (2, 5, 7)),
        "CHW",
        0,
    ),
    "salt-values": (
        lambda x: fn.noise.salt_and_pepper(x, prob=each(ONE, ONE), per_channel=True),
        data("uint64", (7,), (5,)),
        "",
        0,
    ),
    "laplacian-large": (
        lambda x: fn.laplacian(x, window_size=13, normalized_kernel=True, dtype=types.FLOAT),
        data("uint8", (30, 41, 3), (8, 9, 3)),
        "HWC",
        2e-3,
    ),
    "laplacian-volume": (
        lambda x: fn.laplacian(x, window_size=[7, 5, 7], normalized_kernel=True, smoothing_size=each([3, 5, 7])),
        data("int16", (12, 9, 11)),
        "DHW",
        1,
    ),
    "dilate-large": (
        lambda x: fn.experimental.dilate(x, mask_size=each([9, 4], [3, 3]), anchor=each([1, 3], [-1, 0])),
        data("float64", (2, 3, 20, 21), (1, 3, 9, 5)),
        "FCHW",
        0,
    ),
    "erode-repeated": (
        lambda x: fn.experimental.erode(x, iterations=4, border_mode="reflect_101"),
        data("int32", *IMAGES[:2]),
        "HWC",
        0,
    ),
    **{
        f"median-{dtype}": (
            lambda x: fn.experimental.median_blur(x, window_size=[5, 7]),
            data(dtype, (9, 11, 2), (5, 6, 1)),
            "HWC",
            0,
        )
        for dtype in ("int8", "uint32", "int64", "float16", "float64")
    },
    "median-five": (lambda x: fn.experimental.median_blur(x, window_size=5), data("int16", *IMAGES[:2]), "HWC", 0),
    "filter-depth": (
        lambda x: fn.filter(x, each(np.arange(12, dtype=np.float64).reshape(2, 3, 2) / 60), border="wrap"),
        data("float32", (4, 5, 6)),
        "DHW",
        1e-4,
    ),
    "normalize-axes": (
        lambda x: fn.normalize(x, axes=[0, 2], ddof=1, epsilon=0.1),
        data("float32", (3, 4, 5, 6), (2, 1, 7, 3), (2, 0, 7, 3)),
        "",
        1e-4,
    ),
    "normalize-batch": (
        lambda x: fn.normalize(x, batch=True, axes=[0, 1], mean=100.0, shift=2.0),
        data("uint16", *IMAGES),
        "HWC",
        1e-4,
    ),
    "normalize-float64": (lambda x: fn.normalize(x, dtype=types.FLOAT16), data("float64", *IMAGES), "HWC", 2e-3),
    "erase-many": (
        lambda x: fn.erase(
            x, anchor=each([0, 0, 3, 2], [1, 1]), shape=each([2, 2, 9, 4], [0, 3]), fill_value=[1, 2, 3]
        ),
        data("float16", *IMAGES[:2]),
        "HWC",
        0,
    ),
}


def run(make: Callable[[Any], Any], batch: list[Any], layout: str) -> list[Any]:
    pipe = adali.sync.Pipeline(batch_size=len(batch), num_threads=2, device_id=None, seed=4)
    with pipe:
        pipe.set_outputs(make(fn.external_source(lambda: batch, layout=layout or None)))
    try:
        results = []
        for _ in range(2):
            (out,) = pipe.run()
            results += [(np.array(out.at(i)), out.layout()) for i in range(len(batch))]
        return results
    finally:
        pipe.close()


@pytest.mark.parametrize("name", sorted(CASES))
def test_same_as_on_the_cpu(name: str, gpu: Any) -> None:
    make, batch, layout, tolerance = CASES[name]
    wanted = run(make, batch, layout)
    with everything_on_gpu() as ran:
        found = run(make, batch, layout)
    assert ran
    for (got, got_layout), (want, want_layout) in zip(found, wanted, strict=True):
        assert (got.dtype, got.shape, got_layout) == (want.dtype, want.shape, want_layout)
        if tolerance:
            scale = max(1.0, float(np.abs(want).max(initial=0)))
            np.testing.assert_allclose(
                got, want, rtol=0, atol=tolerance * scale if want.dtype.kind == "f" else tolerance
            )
        else:
            np.testing.assert_array_equal(got, want)
